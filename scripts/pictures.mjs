#!/usr/bin/env node
/** `npm run pictures`: takes the pictures of the documents from the end-to-end test on the demonstration archive. */
import { cpSync, mkdirSync } from 'node:fs';
import { inRoot } from './setup/paths.mjs';
import { run } from './setup/run.mjs';
import { fail } from './setup/terminal.mjs';

try {
  await run(process.execPath, [inRoot('scripts', 'test.mjs'), 'e2e', '--', 'tour'], {
    title: 'Taking the pictures',
    sentence: 'The end-to-end test failed; its pictures are not taken over.',
  });
  mkdirSync(inRoot('docs', 'pictures'), { recursive: true });
  cpSync(inRoot('test-output', 'pictures'), inRoot('docs', 'pictures'), { recursive: true });
} catch (error) {
  fail(error);
}

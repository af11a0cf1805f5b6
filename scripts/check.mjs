#!/usr/bin/env node
/** `npm run check`: types, lint with the rule of layers, format. */
import { checkCode } from './setup/checks.mjs';
import { setUp } from './setup/index.mjs';
import { closingLine } from './setup/suites.mjs';
import { fail, say } from './setup/terminal.mjs';

try {
  await setUp({ system: [] });
  const count = checkCode();
  say(closingLine(count));
  process.exitCode = count.failed > 0 ? 1 : 0;
} catch (error) {
  fail(error);
}

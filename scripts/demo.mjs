#!/usr/bin/env node
/** `npm run demo`: the whole job without a window, on generated scans; leaves demo-output/. */
import { runCommandLine } from './setup/command-line.mjs';
import { fail } from './setup/terminal.mjs';

try {
  process.exitCode = await runCommandLine(['demo', '--out', 'demo-output', ...process.argv.slice(2)]);
} catch (error) {
  fail(error);
}

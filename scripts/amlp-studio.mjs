#!/usr/bin/env node
/**
 * `npx amlp-studio …`: the command line. Sets up only what is missing; standard output belongs to the command.
 */
import { runCommandLine } from './setup/command-line.mjs';
import { fail } from './setup/terminal.mjs';

try {
  process.exitCode = await runCommandLine(process.argv.slice(2));
} catch (error) {
  fail(error);
}

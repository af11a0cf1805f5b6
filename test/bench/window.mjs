#!/usr/bin/env node
/**
 * `npm run bench:window`: opening, scrolling and painting a CT of 512 × 512 × 300 in the real Electron, drawn by
 * software on a virtual display. Writes docs/benchmarks/window.json and window.md.
 */
import { application } from '../../scripts/setup/application.mjs';
import { testDisplay } from '../../scripts/setup/display.mjs';
import { setUp } from '../../scripts/setup/index.mjs';
import { nodeProgram, show } from '../../scripts/setup/suites.mjs';
import { fail } from '../../scripts/setup/terminal.mjs';

try {
  const made = await setUp({ system: ['compiler', 'window', 'display'], tensor: true, electron: true });
  await application();
  const display = await testDisplay();
  try {
    process.exitCode = await show(
      [
        ...nodeProgram('@playwright/test/cli.js'),
        'test',
        '-c',
        'test/bench/window/playwright.config.ts',
        ...process.argv.slice(2),
      ],
      { ELECTRON_EXEC_PATH: made.electron, DISPLAY: display.name },
    );
  } finally {
    display.close();
  }
} catch (error) {
  fail(error);
}

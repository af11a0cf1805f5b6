#!/usr/bin/env node
/**
 * `npm run bench:desktop`: in the real Electron, a proposal from the click to the overlay, and 500 scrolls while the
 * engine trains beside 500 while it rests. Leaves test-output/bench-desktop.json. AMLP_BENCH_WIDTH, AMLP_BENCH_SCROLLS.
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
        'test/bench/desktop/playwright.config.ts',
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

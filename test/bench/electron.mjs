import { application } from '../../scripts/setup/application.mjs';
import { testDisplay } from '../../scripts/setup/display.mjs';
import { setUp } from '../../scripts/setup/index.mjs';
import { nodeProgram, show } from '../../scripts/setup/suites.mjs';
import { fail } from '../../scripts/setup/terminal.mjs';

/**
 * Runs a benchmark of the window, `test/bench/<folder>`, in the real Electron on a virtual display. What the command
 * line says further goes to its runner.
 * @param {string} folder
 */
export async function benchElectron(folder) {
  try {
    const made = await setUp({ system: ['compiler', 'window', 'display'], tensor: true, electron: true });
    await application();
    const display = await testDisplay();
    const config = `test/bench/${folder}/playwright.config.ts`;
    try {
      process.exitCode = await show(
        [...nodeProgram('@playwright/test/cli.js'), 'test', '-c', config, ...process.argv.slice(2)],
        { ELECTRON_EXEC_PATH: made.electron, DISPLAY: display.name },
      );
    } finally {
      display.close();
    }
  } catch (error) {
    fail(error);
  }
}

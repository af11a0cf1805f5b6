/**
 * Set-up: every command of the project calls `setUp` with the steps that it needs. Each step looks first whether
 * there is anything to do, so that a second call takes a moment.
 */
import { alone } from './lock.mjs';
import { nodePackages } from './node-packages.mjs';
import { report } from './report.mjs';
import { systemLibraries } from './system-libraries.mjs';
import { SetupError } from './terminal.mjs';

/**
 * @typedef {object} Steps
 * @property {import('./system-libraries.mjs').Group[]} system
 * @property {boolean} [tensor] the tensor runtime
 * @property {boolean} [electron] an Electron to run the application with
 * @property {boolean} [python] the Python environment of the interoperability tests
 * @property {boolean} [application] the application, built
 */

/**
 * @param {Steps} steps
 * @returns {Promise<{ electron?: string, python?: string }>} executables
 * @throws {SetupError} in one sentence, where something cannot be had
 */
export async function setUp(steps) {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19))
    throw new SetupError(`AMLP Studio needs Node 20.19 or newer; this is Node ${process.versions.node}.`);
  return alone(async () => {
    await systemLibraries(steps.system);
    await nodePackages();
    /** @type {{ electron?: string, python?: string }} */
    const made = {};
    if (steps.tensor) {
      const { tensorRuntime } = await import('./tensor-runtime.mjs');
      report({ tensorRuntime: await tensorRuntime() });
    }
    if (steps.electron) {
      const { electronRuntime } = await import('./electron-runtime.mjs');
      const electron = await electronRuntime();
      report({ electron });
      made.electron = electron.executable;
    }
    if (steps.python) {
      const { interopEnvironment } = await import('./python.mjs');
      made.python = await interopEnvironment();
      report({ python: { interpreter: made.python } });
    }
    if (steps.application) {
      const { application } = await import('./application.mjs');
      await application();
    }
    return made;
  });
}

import { inCache } from './paths.mjs';
import { textOf, writeWhole } from './files.mjs';

/**
 * What set-up has put where, for the program's `doctor` and for the tests: `<cache>/setup.json`.
 * @typedef {object} SetupReport
 * @property {{ executable: string, version: string, source: 'electron' | 'npm package' }} [electron]
 * @property {{ folder: string, variant: 'cpu' | 'cuda', tensorflow: string }} [tensorRuntime]
 * @property {{ interpreter: string }} [python]
 */

const file = inCache('setup.json');

/** @returns {SetupReport} */
export function readReport() {
  try {
    return JSON.parse(textOf(file) ?? '{}');
  } catch {
    return {};
  }
}

/** Adds facts to the report. @param {SetupReport} facts */
export function report(facts) {
  const before = readReport();
  const after = { ...before, ...facts };
  if (JSON.stringify(before) !== JSON.stringify(after))
    writeWhole(file, `${JSON.stringify(after, null, 2)}\n`);
}

import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { remove, textOf } from './files.mjs';
import { inRoot, root } from './paths.mjs';
import { say } from './terminal.mjs';

/**
 * A suite of checks or tests: runs, shows its output, and counts.
 * @typedef {{ passed: number, failed: number, skipped: number }} Count
 */

/** @param {readonly Count[]} counts @returns {Count} */
export const sum = (counts) => ({
  passed: counts.reduce((total, { passed }) => total + passed, 0),
  failed: counts.reduce((total, { failed }) => total + failed, 0),
  skipped: counts.reduce((total, { skipped }) => total + skipped, 0),
});

/** The closing line. @param {Count} count */
export const closingLine = ({ passed, failed, skipped }) =>
  `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;

/** A program of node_modules. @param {string} path */
export const nodeProgram = (path) => [process.execPath, inRoot('node_modules', ...path.split('/'))];

/**
 * Runs a command with its output shown.
 * @param {readonly string[]} command
 * @param {NodeJS.ProcessEnv} [env] added to this process's
 * @returns {Promise<number>} exit status
 */
export function show(command, env = {}) {
  const [program = '', ...args] = command;
  const child = spawn(program, args, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return new Promise((resolve) => {
    child.once('error', (error) => {
      say(error.message);
      resolve(1);
    });
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

/**
 * One check that either holds or does not; its output is shown only if it does not.
 * @param {string} title
 * @param {readonly string[]} command
 * @returns {Count}
 */
export function check(title, command) {
  const [program = '', ...args] = command;
  const began = Date.now();
  const { status, stdout, stderr } = spawnSync(program, args, {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  const holds = status === 0;
  say(`${holds ? 'ok  ' : 'FAIL'}  ${title} (${Math.round((Date.now() - began) / 1000)} s)`);
  if (!holds) say(`${stdout}${stderr}`);
  return { passed: holds ? 1 : 0, failed: holds ? 0 : 1, skipped: 0 };
}

/**
 * Counts of a JSON report; a run that wrote none or failed without a failed test counts as one failure.
 * @template Report
 * @param {string} file
 * @param {number} status
 * @param {(report: Report) => Count} read
 * @returns {Count}
 */
export function countOf(file, status, read) {
  const text = textOf(file);
  const count =
    text === null ? { passed: 0, failed: 0, skipped: 0 } : read(/** @type {Report} */ (JSON.parse(text)));
  return status !== 0 && count.failed === 0 ? { ...count, failed: 1 } : count;
}

/** A fresh file for a report in test-output/. @param {string} name */
export function reportFile(name) {
  mkdirSync(inRoot('test-output'), { recursive: true });
  const file = inRoot('test-output', name);
  remove(file);
  return file;
}

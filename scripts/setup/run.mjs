import { spawn, spawnSync } from 'node:child_process';
import { root } from './paths.mjs';
import { SetupError, progress } from './terminal.mjs';

/**
 * @typedef {object} RunOptions
 * @property {string} title what the person reads while it runs
 * @property {() => string | null} [detail] how far it is
 * @property {string} [cwd]
 * @property {NodeJS.ProcessEnv} [env] added to this process's
 * @property {string} [sentence] what to say when it fails
 * @property {string} [remedy]
 */

/**
 * Runs a command quietly under a progress line. Its output is shown only if it fails.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {RunOptions} options
 * @returns {Promise<string>} what it wrote to standard output
 * @throws {SetupError} if it cannot be started or ends with another status than 0
 */
export async function run(command, args, options) {
  const line = progress(options.title, options.detail);
  const child = spawn(command, args, {
    cwd: options.cwd ?? root,
    env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0', ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let errors = '';
  child.stdout.on('data', (/** @type {Buffer} */ chunk) => (output += chunk.toString()));
  child.stderr.on('data', (/** @type {Buffer} */ chunk) => (errors += chunk.toString()));
  const stop = () => child.kill('SIGTERM');
  process.once('exit', stop);
  const status = await new Promise((resolve) => {
    child.once('error', (error) => {
      errors += error.message;
      resolve(-1);
    });
    child.once('close', (code) => resolve(code ?? -1));
  });
  process.removeListener('exit', stop);
  if (status !== 0) {
    line.failed();
    const last = `${output}\n${errors}`.trim().split('\n').slice(-25).join('\n  ');
    throw new SetupError(
      `${options.sentence ?? `"${command} ${args[0] ?? ''}" ended with status ${status}.`}${
        options.remedy ? ` ${options.remedy}` : ''
      }`,
      `It said:\n  ${last}`,
    );
  }
  line.done();
  return output;
}

/**
 * Whether a command runs and ends with status 0.
 * @param {string} command
 * @param {readonly string[]} args
 */
export const works = (command, args) => spawnSync(command, args, { stdio: 'ignore' }).status === 0;

/**
 * Standard output of a short command, or null if it failed.
 * @param {string} command
 * @param {readonly string[]} args
 */
export function ask(command, args) {
  const { status, stdout } = spawnSync(command, args, { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : null;
}

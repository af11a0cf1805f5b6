import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { setUp } from './index.mjs';
import { inRoot } from './paths.mjs';

/**
 * Runs the built command line in a process of its own, set up before. Ctrl-C reaches it directly, and it ends by
 * itself, cleanly; this process waits for it.
 * @param {readonly string[]} args
 * @returns {Promise<number>} its exit status
 */
export async function runCommandLine(args) {
  await setUp({ system: ['compiler'], tensor: true, application: true });
  const child = spawn(process.execPath, [inRoot('out', 'main', 'cli.cjs'), ...args], { stdio: 'inherit' });
  const ignore = () => {};
  process.on('SIGINT', ignore);
  const pass = () => child.kill('SIGTERM');
  process.on('SIGTERM', pass);
  try {
    return await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code, signal) =>
        resolve(signal === null ? (code ?? 1) : 128 + constants.signals[signal]),
      );
    });
  } finally {
    process.removeListener('SIGINT', ignore);
    process.removeListener('SIGTERM', pass);
  }
}

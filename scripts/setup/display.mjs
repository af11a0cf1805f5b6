import { spawn } from 'node:child_process';
import { SetupError } from './terminal.mjs';

/**
 * A display to test on: the one that is there if `AMLP_TEST_DISPLAY` says so, else a virtual one (Xvfb) that lasts
 * as long as this process, so that tests never steal anybody's keyboard.
 * @returns {Promise<{ name: string, close(): void }>}
 */
export async function testDisplay() {
  if (process.platform !== 'linux' || process.env.AMLP_TEST_DISPLAY !== undefined)
    return { name: process.env.DISPLAY ?? '', close: () => {} };
  const server = spawn(
    'Xvfb',
    ['-displayfd', '3', '-screen', '0', '1600x1000x24', '-nolisten', 'tcp', '-noreset', '+extension', 'GLX'],
    { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] },
  );
  const close = () => {
    server.kill();
  };
  process.once('exit', close);
  const number = await new Promise((resolve, reject) => {
    const failed = () => reject(new SetupError('The virtual display (Xvfb) for the tests did not start.'));
    server.once('error', failed);
    server.once('exit', failed);
    server.stdio[3]?.once('data', (/** @type {Buffer} */ data) => resolve(data.toString().trim()));
  });
  server.removeAllListeners('exit');
  return { name: `:${number}`, close };
}

import { spawnSync } from 'node:child_process';
import { nvidiaLibraries, tensorflowCuda, wheelPlatform } from './pins.mjs';
import { inRoot } from './paths.mjs';
import { python } from './python.mjs';
import { SetupError } from './terminal.mjs';

/**
 * Looks up everything that AMLP_CUDA=1 would fetch, and compares its hashes with the pinned ones. Nothing is downloaded,
 * and no card is needed.
 * @returns {{ name: string, version: string, file: string, right: boolean }[]}
 * @throws {SetupError} where the index cannot be asked
 */
export function resolveCuda() {
  const wheels = [tensorflowCuda, ...nvidiaLibraries];
  const { status, stdout, stderr } = spawnSync(
    python(),
    [
      inRoot('scripts', 'setup', 'resolve.py'),
      ...wheelPlatform,
      ...wheels.map((wheel) => `${wheel.package}==${wheel.version}`),
    ],
    { encoding: 'utf8' },
  );
  if (status !== 0)
    throw new SetupError('The package index could not be asked.', stderr.trim().split('\n').at(-1));
  /** @type {{ name: string, file: string, sha256: string }[]} */
  const found = JSON.parse(stdout.slice(stdout.lastIndexOf('\n[') + 1));
  return wheels.map(({ package: name, version, sha256 }) => {
    const one = found.find((entry) => entry.name === name);
    return { name, version, file: one?.file ?? '', right: one?.sha256 === sha256 };
  });
}

import { existsSync, mkdirSync, readdirSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { hashOfFile, remove, sizeBelow } from './files.mjs';
import { inCache, root } from './paths.mjs';
import { wheelPlatform } from './pins.mjs';
import { python } from './python.mjs';
import { run } from './run.mjs';
import { SetupError, megabytes } from './terminal.mjs';

/**
 * Fetches one file by a registry's own client into the cache, checks it, and only then gives it its name. The client
 * keeps its temporary files in the same folder, so that their growth is the progress.
 * @param {object} what
 * @param {string} what.name file name in the cache, with the version or hash in it
 * @param {string} what.title
 * @param {number} what.size expected size, bytes
 * @param {(folder: string) => { command: string, args: string[], env: NodeJS.ProcessEnv }} what.client
 * @param {(file: string) => Promise<boolean>} what.isRight checks the hash
 * @returns {Promise<string>} the file
 */
async function fetchFile({ name, title, size, client, isRight }) {
  const file = inCache('downloads', name);
  if (existsSync(file)) return file; // it was checked before it got this name
  const part = `${file}.part`;
  remove(part);
  mkdirSync(part, { recursive: true });
  const { command, args, env } = client(part);
  await run(command, args, {
    title,
    env,
    cwd: root,
    detail: () => `${Math.min(megabytes(sizeBelow(part)), megabytes(size))} of ${megabytes(size)} MB`,
    sentence: `${name} could not be fetched.`,
    remedy:
      'Is the network up, and is there room on the disk? Then run the command again: what came whole is kept.',
  });
  const fetched = readdirSync(part).find((entry) => statSync(join(part, entry)).isFile());
  if (fetched === undefined || !(await isRight(join(part, fetched)))) {
    remove(part);
    throw new SetupError(
      `${name} is not the file that this version of AMLP Studio was made with: its hash differs, and it was deleted.`,
      'Run the command again; if it fails again, the network or the registry changes files on their way.',
    );
  }
  renameSync(join(part, fetched), file);
  remove(part);
  return file;
}

/** Fetches a wheel of the Python index. @param {import('./pins.mjs').Wheel} wheel @param {number} size bytes */
export const fetchWheel = (wheel, size) =>
  fetchFile({
    name: `${wheel.package}-${wheel.version}-${wheel.sha256.slice(0, 12)}.whl`,
    title: `Fetching ${wheel.package} ${wheel.version}`,
    size,
    client: (folder) => ({
      command: python(),
      args: [
        ...['-m', 'pip', 'download', '--disable-pip-version-check', '--no-deps', '--no-cache-dir', '--quiet'],
        ...wheelPlatform,
        ...['--dest', folder, `${wheel.package}==${wheel.version}`],
      ],
      env: { TMPDIR: folder },
    }),
    isRight: async (file) => (await hashOfFile(file)) === wheel.sha256,
  });

/**
 * Fetches the archive of an npm package.
 * @param {{ package: string, version: string, integrity: string }} pin
 * @param {number} size bytes
 */
export const fetchPackage = (pin, size) =>
  fetchFile({
    name: `${pin.package.replace(/[@/]+/g, '-').replace(/^-/, '')}-${pin.version}.tgz`,
    title: `Fetching ${pin.package} ${pin.version}`,
    size,
    client: (folder) => ({
      command: 'npm',
      args: ['pack', '--silent', '--pack-destination', folder, `${pin.package}@${pin.version}`],
      env: { npm_config_cache: join(folder, 'cache') },
    }),
    isRight: async (file) => `sha512-${await hashOfFile(file, 'sha512', 'base64')}` === pin.integrity,
  });

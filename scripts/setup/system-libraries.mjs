import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { ask, run, works } from './run.mjs';
import { SetupError, say } from './terminal.mjs';

/** @typedef {'compiler' | 'window' | 'display' | 'tests' | 'packaging'} Group what the packages are for */

/** Debian's packages. Releases after Debian 12 call some of them `…t64`. @type {Record<Group, string[]>} */
const packages = {
  compiler: ['g++', 'binutils', 'python3-pip', 'python3-venv'],
  window: ['libgtk-3-0', 'libnss3', 'libasound2', 'libgbm1', 'libatk-bridge2.0-0', 'libxss1', 'libxtst6'],
  display: ['xvfb', 'xauth'],
  tests: ['dicom3tools', 'plastimatch', 'dcmtk'],
  packaging: ['p7zip-full'],
};

/** What counts as there although another package (or none) brought it. @type {Record<string, () => boolean>} */
const alsoGood = {
  'g++': () => works('g++', ['--version']),
  binutils: () => works('strip', ['--version']),
  'python3-pip': () => works('python3', ['-m', 'pip', '--version']),
  'python3-venv': () => works('python3', ['-c', 'import venv, ensurepip']),
  xvfb: () => works('Xvfb', ['-help']) || existsSync('/usr/bin/Xvfb'),
  'p7zip-full': () => existsSync('/usr/bin/7za') || existsSync('/usr/bin/7z'),
  dicom3tools: () => existsSync('/usr/bin/dciodvfy'),
  plastimatch: () => existsSync('/usr/bin/plastimatch'),
  dcmtk: () => existsSync('/usr/bin/dcmdump'),
};

/** @param {string} name */
const installed = (name) =>
  [name, `${name}t64`].some(
    (candidate) => ask('dpkg-query', ['-W', '-f=${Status}', candidate]) === 'install ok installed',
  ) ||
  (alsoGood[name]?.() ?? false);

/** The name that this release of Debian knows. @param {string} name */
const nameHere = (name) => (works('apt-cache', ['show', `${name}t64`]) ? `${name}t64` : name);

const isRoot = process.getuid?.() === 0;

/**
 * Sees to it that the system's libraries and programs are there: installs what is missing where this is root, else
 * says the line that does.
 * @param {readonly Group[]} groups
 * @throws {SetupError} with that line
 */
export async function systemLibraries(groups) {
  if (process.platform !== 'linux') return;
  const wanted = groups.flatMap((group) => packages[group]);
  if (!works('dpkg-query', ['--version'])) {
    if (groups.includes('compiler') && !works('g++', ['--version']))
      throw new SetupError('Set-up needs a C++ compiler (g++), binutils and Python 3 with pip and venv.');
    return; // Other distributions: what is missing shows when it is needed, with its own sentence.
  }
  const missing = wanted.filter((name) => !installed(name));
  if (missing.length === 0) return;
  if (!isRoot) {
    throw new SetupError(
      `These packages of the system are missing: ${missing.join(', ')}.`,
      `sudo apt-get update && sudo apt-get install --no-install-recommends ${missing.map(nameHere).join(' ')}`,
    );
  }
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const sentence = 'The missing packages of the system could not be installed.';
  await run('apt-get', ['update', '-q'], { title: "Reading the system's list of packages", env, sentence });
  const names = missing.map(nameHere);
  say(`This is root, so set-up runs: apt-get install --no-install-recommends ${names.join(' ')}`);
  await run('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...names], {
    title: 'Installing packages of the system',
    env,
    sentence,
  });
}

/** Shared libraries that an executable asks for and the system does not have. @param {string} executable */
export function missingLibraries(executable) {
  const { stdout } = spawnSync('ldd', [executable], { encoding: 'utf8' });
  return [...(stdout ?? '').matchAll(/^\s*(\S+) => not found/gm)].map((match) => match[1] ?? '');
}

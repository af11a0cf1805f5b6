import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { key, textOf } from './files.mjs';
import { inRoot } from './paths.mjs';
import { run } from './run.mjs';

const stamp = inRoot('node_modules', '.amlp-studio-packages');

/**
 * The node packages of package-lock.json, checked by its hashes; no package's install script is run. Skipped while
 * the lock file is the one that was installed last.
 */
export async function nodePackages() {
  const wanted = key(readFileSync(inRoot('package-lock.json')));
  if (textOf(stamp) === wanted) return;
  if (!installedAlready()) {
    await run('npm', ['ci', '--ignore-scripts', '--no-fund', '--no-audit'], {
      title: 'Installing the node packages',
      sentence: 'The node packages could not be installed.',
      remedy: 'Is the network up? Then run the command again.',
    });
  }
  writeFileSync(stamp, wanted);
}

/**
 * Whether npm itself already installed just these packages (somebody ran `npm ci` or `npm install`): every package of
 * the lock file lies there in its version.
 */
function installedAlready() {
  const hidden = textOf(inRoot('node_modules', '.package-lock.json'));
  if (hidden === null) return false;
  /** @type {Record<string, { version: string, optional?: boolean }>} */
  const locked = JSON.parse(readFileSync(inRoot('package-lock.json'), 'utf8')).packages;
  /** @type {Record<string, { version: string }>} */
  const there = JSON.parse(hidden).packages;
  return Object.entries(locked).every(
    ([path, { version, optional }]) =>
      path === '' ||
      (there[path] === undefined
        ? optional === true
        : there[path].version === version && existsSync(inRoot(path))),
  );
}

import { existsSync, writeFileSync } from 'node:fs';
import { key, keyOfFiles, textOf } from './files.mjs';
import { inRoot } from './paths.mjs';
import { run } from './run.mjs';

/** What the built application is made of. */
const inputs = [
  'main',
  'models',
  'preload',
  'renderer',
  'resources',
  'electron.vite.config.ts',
  'svelte.config.mjs',
  'package-lock.json',
  'tsconfig.base.json',
];

const stamp = inRoot('out', '.amlp-studio-build');

/** Key of everything the built application is made of. */
export const applicationKey = () => key(keyOfFiles(inRoot(), inputs));

/** Builds main, preload, window and command line into out/; skipped while nothing they are made of has changed. */
export async function application() {
  const wanted = applicationKey();
  if (textOf(stamp) === wanted && existsSync(inRoot('out', 'main', 'cli.cjs'))) return;
  await run(process.execPath, [inRoot('node_modules', 'electron-vite', 'bin', 'electron-vite.js'), 'build'], {
    title: 'Building the application',
    // The oldest Electron that the application is made for; asked for before any Electron is installed.
    env: { ELECTRON_MAJOR_VER: '33', ELECTRON_EXEC_PATH: process.execPath },
    sentence: 'The application could not be built.',
  });
  writeFileSync(stamp, wanted);
}

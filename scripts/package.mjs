#!/usr/bin/env node
/**
 * `npm run package`: makes an application that others can run, in dist/. Arguments go to electron-builder, e.g.
 * `npm run package -- --linux deb`; without any it makes the folder and the tar.gz of Linux.
 */
import { cpSync, existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { remove } from './setup/files.mjs';
import { setUp } from './setup/index.mjs';
import { inRoot } from './setup/paths.mjs';
import { readReport } from './setup/report.mjs';
import { nodeProgram, show } from './setup/suites.mjs';
import { SetupError, fail, say } from './setup/terminal.mjs';

try {
  const args = process.argv.slice(2);
  await setUp({ system: ['compiler', 'packaging'], tensor: true, electron: true, application: true });
  const { electron } = readReport();
  if (electron === undefined) throw new SetupError('There is no Electron to package.');
  // The loader that runs a checkout has no place in a packaged application.
  const runtime = inRoot('dist', '.electron');
  remove(runtime);
  cpSync(dirname(electron.executable), runtime, { recursive: true, verbatimSymlinks: true });
  remove(join(runtime, 'resources', 'app'));
  const sevenZip = ['/usr/bin/7za', '/usr/bin/7z'].find((path) => existsSync(path));
  const status = await show(
    [
      ...nodeProgram('electron-builder/cli.js'),
      ...(args.length > 0 ? args : ['--linux', 'dir', 'tar.gz']),
      `-c.electronDist=${runtime}`,
      `-c.electronVersion=${electron.version}`,
    ],
    {
      // The fuses are set in the copy: a hard link would set them in set-up's cache as well.
      USE_HARD_LINKS: 'false',
      // Libraries of 900 MB: more effort takes ten times as long and saves a few per cent.
      ELECTRON_BUILDER_COMPRESSION_LEVEL: process.env.ELECTRON_BUILDER_COMPRESSION_LEVEL ?? '1',
      ...(sevenZip === undefined ? {} : { ELECTRON_BUILDER_7ZIP_PATH: sevenZip }),
    },
  );
  remove(runtime);
  if (status !== 0) throw new SetupError('The application could not be packaged.');
  say(`Packaged with Electron ${electron.version} into dist/.`);
} catch (error) {
  fail(error);
}

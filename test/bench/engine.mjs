#!/usr/bin/env node
/**
 * `npm run bench:engine`: our training step and inference beside PyTorch and plain tfjs, in one run.
 * `-- --width 32 --size 144` one setting alone, `--json` one object on standard output, `--rounds N`,
 * `--normalisation none|instance`, `--save <name>` also writes docs/benchmarks/<name>.{md,json}.
 * `--skip 64x160,16x160` leaves settings out, and with `--save` those that are in the saved table already are kept.
 * `npm run bench:gpu` is the same with `--gpu`: on CUDA, with its numbers checked against the processor's first; with
 * `--dry-run` it only looks whether everything that it would fetch is there, with the pinned hashes.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { inRoot } from '../../scripts/setup/paths.mjs';
import { setUp } from '../../scripts/setup/index.mjs';
import { resolveCuda } from '../../scripts/setup/cuda-dry-run.mjs';
import { fail, SetupError } from '../../scripts/setup/terminal.mjs';
import { compare } from './engine/compare.mjs';
import { markdown } from './engine/report.mjs';
import { torchEnvironment } from './engine/torch-environment.mjs';
import { Worker } from './engine/worker.mjs';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    gpu: { type: 'boolean', default: false },
    width: { type: 'string' },
    size: { type: 'string' },
    batch: { type: 'string' },
    rounds: { type: 'string', default: '7' },
    normalisation: { type: 'string', default: 'none' },
    save: { type: 'string' },
    skip: { type: 'string' },
    'dry-run': { type: 'boolean', default: false },
  },
});
/** Between two of these lines stands what `--save` writes; the rest of a page is written by hand. */
const mark = '<!-- figures -->';

const tell = (/** @type {string} */ text) => process.stderr.write(`${text}\n`);

/** @param {string} entry @returns {Promise<string>} the bundle */
const bundle = async (entry) => {
  const { build } = await import('vite');
  const folder = inRoot('out', 'bench');
  await build({
    configFile: false,
    logLevel: 'error',
    build: {
      ssr: inRoot('test', 'bench', 'engine', `${entry}.ts`),
      target: 'node20',
      outDir: folder,
      emptyOutDir: false,
      rollupOptions: {
        external: ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs', 'webgpu'],
        output: { format: 'es', entryFileNames: `${entry}.mjs` },
      },
    },
    ssr: { noExternal: true },
  });
  return `${folder}/${entry}.mjs`;
};

const machine = () => ({
  processor: `${cpus()[0]?.model.trim()}, ${availableParallelism()} cores, ${(totalmem() / 2 ** 30).toFixed(0)} GB`,
  instructions: (() => {
    try {
      const flags = readFileSync('/proc/cpuinfo', 'utf8');
      return ['avx2', 'avx512f', 'avx512_bf16', 'amx_bf16'].filter((flag) => flags.includes(flag)).join(' ');
    } catch {
      return 'unknown';
    }
  })(),
  system: `${process.platform} ${process.arch}, Node ${process.versions.node}`,
});

/**
 * Card and processor must learn alike before speed means anything. The card's float32 convolutions may use TF32, with
 * ten bits, hence the width of the bound.
 * @throws {SetupError} where there is no card, or it computes something else
 */
const checkCard = async () => {
  tell('Checking the numbers of the card against the processor …');
  const check = await bundle('gpu-check');
  /** @param {string[]} args @param {NodeJS.ProcessEnv} env @returns {{ device: string, full: number[], mixed: number[] }} */
  const losses = (args, env) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [check, ...args], {
      encoding: 'utf8',
      env: { ...process.env, ...env },
    });
    if (status !== 0) throw new SetupError('The card could not be used.', stderr.trim().split('\n').at(-1));
    return JSON.parse(stdout);
  };
  const card = losses([], {});
  const processor = losses(['--processor'], { CUDA_VISIBLE_DEVICES: '' });
  for (const [kind, found] of Object.entries({ float32: card.full, mixed: card.mixed })) {
    const worst = Math.max(...found.map((loss, i) => Math.abs(loss / (processor.full[i] ?? 0) - 1)));
    tell(`${card.device} ${kind}: losses within ${(100 * worst).toFixed(2)} % of the processor's`);
    if (!(worst < 0.05)) throw new SetupError(`The card does not learn as the processor does (${kind}).`);
  }
};

/** What CUDA would need to be fetched, without fetching it. */
const dryRun = () => {
  const found = resolveCuda();
  for (const { name, version, right, file } of found)
    process.stdout.write(`${right ? 'ok  ' : 'FAIL'}  ${name} ${version} ${file}\n`);
  if (!found.every(({ right }) => right))
    throw new SetupError('Not everything that CUDA needs is what this version was made with.');
};

/** Rows of the saved table, which this run adds to or replaces. @returns {import('./engine/compare.mjs').Row[]} */
const kept = () => {
  const file = inRoot('docs', 'benchmarks', `${values.save}.json`);
  return values.save && existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).rows : [];
};

const main = async () => {
  if (values['dry-run']) {
    dryRun();
    return;
  }
  await setUp({ system: [], tensor: true });
  const python = await torchEnvironment();
  if (values.gpu) {
    await checkCard();
  }
  const device = values.gpu ? ['--gpu'] : [];
  const torchModes = values.gpu
    ? ['torch_eager', 'torch_channels_last_amp']
    : ['torch_eager', 'torch_channels_last', 'torch_channels_last_bf16', 'torch_compile'];
  const ours = new Worker(process.execPath, [await bundle('ours'), ...device]);
  const theirs = new Worker(python, [inRoot('test', 'bench', 'engine', 'theirs.py'), ...device]);
  const sides = [
    { worker: ours, modes: ['ours_fp32', 'ours_mixed', 'tfjs'] },
    { worker: theirs, modes: torchModes },
  ];
  const numbers = (/** @type {string | undefined} */ text, /** @type {number[]} */ otherwise) =>
    text ? text.split(',').map(Number) : otherwise;
  const skipped = new Set(values.skip?.split(',') ?? []);
  const rows = kept();
  /** @type {Record<string, string>} */
  const described = machine();
  for (const size of numbers(values.size, values.gpu ? [144] : [144, 160]))
    for (const width of numbers(values.width, values.gpu ? [64] : [16, 32, 64])) {
      if (skipped.has(`${width}x${size}`)) continue;
      const batch = Number(values.batch ?? (values.gpu ? 48 : 8));
      const { normalisation } = values;
      const { row, about } = await compare(
        sides,
        { width, size, batch, normalisation },
        Number(values.rounds),
        tell,
      );
      described.ours = about[0] ?? '';
      described.theirs = about[1] ?? '';
      const same = rows.findIndex((one) => one.width === width && one.size === size && one.batch === batch);
      rows.splice(same < 0 ? rows.length : same, same < 0 ? 0 : 1, row);
    }
  for (const { worker } of sides) worker.end();
  described.network = `U-Net, 4 down, 4 up, normalisation ${values.normalisation}; AdamW; ${values.rounds} rounds`;
  const result = { machine: described, rows };
  if (values.save) {
    const folder = inRoot('docs', 'benchmarks');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `${values.save}.json`), `${JSON.stringify(result, null, 2)}\n`);
    const page = join(folder, `${values.save}.md`);
    const [before = '', , after = ''] = existsSync(page) ? readFileSync(page, 'utf8').split(mark) : [];
    writeFileSync(page, [before, `\n\n${markdown(result)}\n\n`, after].join(mark));
  }
  process.stdout.write(`${values.json ? JSON.stringify(result) : markdown(result)}\n`);
};

main().catch(fail);

#!/usr/bin/env node
/**
 * `npm run bench:label-efficiency [-- --folder labelled/sts]`: what pretraining is worth at each budget of contours,
 * beside MONAI's U-Net and a threshold. Every finished run is added to the raw results at once; the same command goes
 * on where it stopped, which may be days later. `-- --development` tries settings on patients who are never tested,
 * `-- --precision` measures the readings of masked patch selection, `-- --aggregate` makes the report from what there is.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { inRoot } from '../../scripts/setup/paths.mjs';
import { setUp } from '../../scripts/setup/index.mjs';
import { fail } from '../../scripts/setup/terminal.mjs';
import { monaiEnvironment } from './label-efficiency/environment.mjs';

const { values } = parseArgs({
  options: {
    folder: { type: 'string' },
    aggregate: { type: 'boolean', default: false },
    precision: { type: 'boolean', default: false },
    peer: { type: 'boolean', default: true },
    development: { type: 'boolean', default: false },
    out: { type: 'string', default: inRoot('docs', 'benchmarks') },
  },
  allowNegative: true,
});

/** @param {string} entry @returns {Promise<string>} the bundle */
const bundle = async (entry) => {
  const { build } = await import('vite');
  const folder = inRoot('out', 'bench');
  await build({
    configFile: false,
    logLevel: 'error',
    build: {
      ssr: inRoot('test', 'bench', 'label-efficiency', `${entry}.ts`),
      target: 'node20',
      outDir: folder,
      emptyOutDir: false,
      rollupOptions: {
        external: [
          '@tensorflow/tfjs-node-gpu',
          '@tensorflow/tfjs',
          '@photostructure/sqlite',
          'webgpu',
          'electron',
        ],
        output: { format: 'es', entryFileNames: `label-efficiency-${entry}.mjs` },
      },
    },
    ssr: { noExternal: true },
  });
  return `${folder}/label-efficiency-${entry}.mjs`;
};

/** @param {string} script @param {string[]} args @returns {Promise<number>} */
const node = (script, args) =>
  new Promise((done) => {
    const child = spawn(process.execPath, [script, ...args], {
      stdio: 'inherit',
      env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3' },
    });
    for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM']))
      process.on(signal, () => child.kill(signal));
    child.once('close', (status) => done(status ?? 1));
  });

const main = async () => {
  const raw = ['--raw', resolve(values.out, 'label-efficiency.raw.jsonl')];
  const development = resolve(values.out, 'label-efficiency.development.jsonl');
  if (values.aggregate) {
    process.exitCode = await node(await bundle('aggregate'), [
      ...raw,
      '--development',
      development,
      '--out',
      resolve(values.out),
    ]);
    return;
  }
  const folder = resolve(
    values.folder ?? `${process.env.AMLP_TEST_DATA ?? resolve('..', 'shared', 'data')}/labelled/sts`,
  );
  if (!existsSync(folder)) {
    process.stdout.write(
      'Not run: the labelled scans are not on this machine; give their folder with --folder.\n',
    );
    return;
  }
  if (values.precision) {
    const out = resolve(values.out, 'label-efficiency.precision.json');
    process.exitCode = await node(await bundle('precision'), ['--folder', folder, '--out', out]);
    return;
  }
  await setUp({ system: [], tensor: true });
  const peer =
    values.peer && !values.development
      ? [
          '--python',
          await monaiEnvironment(),
          '--script',
          inRoot('test', 'bench', 'label-efficiency', 'monai_unet.py'),
        ]
      : [];
  const work = inRoot('out', 'label-efficiency');
  process.exitCode = await node(await bundle('main'), [
    '--folder',
    folder,
    ...(values.development ? ['--raw', development, '--development'] : raw),
    '--work',
    work,
    ...peer,
  ]);
};

main().catch(fail);

#!/usr/bin/env node
/**
 * `npm run bench:jobs`: the engine's jobs on real scans. `-- estimates archive steps feeding propose` runs parts;
 * `--json` prints one object; `--save` adds the figures to docs/benchmarks/engine-jobs.{md,json}, part by part, so
 * that a part can be measured again alone. Scans: the folder of AMLP_TEST_DATA.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { setUp } from '../../scripts/setup/index.mjs';
import { inRoot } from '../../scripts/setup/paths.mjs';
import { fail, SetupError } from '../../scripts/setup/terminal.mjs';
import { pageOf } from './jobs/report.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    save: { type: 'boolean', default: false },
  },
});
const tell = (/** @type {string} */ text) => process.stderr.write(`${text}\n`);

const scans = join(process.env.AMLP_TEST_DATA ?? inRoot('..', 'shared', 'data'), 'labelled', 'sts');
const usual = { kind: 'pretrain', patients: 4, channel: 'PET_native', width: 16, epochs: 4, times: 1 };
const rest = { slices: 0, steps: 0, mirror: true, scans };

/** @typedef {Record<string, unknown>} Order */
/** Orders of each part, smallest first. @type {Record<string, Order[]>} */
const parts = {
  estimates: [
    { do: 'estimate', ...usual },
    { do: 'estimate', ...usual, channel: 'CT', patients: 8, epochs: 4 },
    { do: 'estimate', ...usual, channel: 'CT', patients: 12, width: 32, epochs: 2 },
    { do: 'estimate', ...usual, kind: 'teach', patients: 2, epochs: 6 },
    { do: 'estimate', ...usual, kind: 'teach', channel: 'CT', patients: 4, width: 32, epochs: 4 },
  ],
  // Long enough that what is done once, whatever the length, hardly counts.
  archive: [1, 10].map((times) => ({
    do: 'archive',
    ...{ ...usual, channel: 'CT', epochs: 8, slices: 1_000_000, times },
  })),
  // 32 slices an epoch are two steps.
  steps: [{ do: 'steps', ...usual, patients: 3, width: 8, epochs: 1000, slices: 32 }],
  feeding: [
    { do: 'feeding', ...usual, width: 16 },
    { do: 'feeding', ...usual, channel: 'CT', width: 16 },
    { do: 'feeding', ...usual, channel: 'CT', width: 4 },
  ],
  propose: [
    { do: 'propose', ...usual, kind: 'teach', channel: 'CT', patients: 1, width: 32, mirror: false },
    { do: 'propose', ...usual, kind: 'teach', channel: 'CT', patients: 1, width: 32, mirror: true },
  ],
};

const build = async () => {
  const { build: vite } = await import('vite');
  const entries = {
    'jobs-runner.mjs': inRoot('test', 'bench', 'jobs', 'runner.ts'),
    'feeder.cjs': inRoot('main', 'learning', 'feeding', 'feeder.ts'),
  };
  for (const [name, ssr] of Object.entries(entries))
    await vite({
      configFile: false,
      logLevel: 'error',
      build: {
        ssr,
        target: 'node20',
        outDir: inRoot('out', 'bench'),
        emptyOutDir: false,
        rollupOptions: {
          external: ['@tensorflow/tfjs-node-gpu', 'webgpu'],
          output: {
            format: name.endsWith('.cjs') ? 'cjs' : 'es',
            entryFileNames: name,
            codeSplitting: false,
          },
        },
      },
      ssr: { noExternal: true },
    });
  return inRoot('out', 'bench', 'jobs-runner.mjs');
};

const main = async () => {
  if (!existsSync(scans)) throw new SetupError(`There are no scans in ${scans}.`, 'Set AMLP_TEST_DATA.');
  const unknown = positionals.find((name) => !(name in parts));
  if (unknown) throw new SetupError(`There is no part "${unknown}".`, Object.keys(parts).join(', '));
  await setUp({ system: [], tensor: true });
  const runner = await build();
  const found = [];
  for (const part of positionals.length > 0 ? positionals : Object.keys(parts)) {
    const rows = [];
    for (const order of parts[part] ?? []) {
      const work = mkdtempSync(join(tmpdir(), 'amlp-bench-jobs-'));
      const load = loadavg()[0];
      tell(`${part}: ${JSON.stringify({ ...order })}`);
      const { status, stdout, stderr } = spawnSync(
        process.execPath,
        [runner, JSON.stringify({ ...rest, ...order, work })],
        { encoding: 'utf8', env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3' } },
      );
      rmSync(work, { recursive: true, force: true });
      const line = stdout.split('\n').findLast((text) => text.startsWith('{'));
      if (status !== 0 || line === undefined)
        throw new SetupError(`${part} did not end well.`, stderr.trim().split('\n').at(-1));
      rows.push({ order, load, answer: JSON.parse(line) });
    }
    found.push([part, { at: new Date().toISOString(), rows }]);
  }
  const file = inRoot('docs', 'benchmarks', 'engine-jobs.json');
  const before = values.save && existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).parts : {};
  const result = {
    machine: `${cpus()[0]?.model.trim()}, ${availableParallelism()} cores, ${(totalmem() / 2 ** 30).toFixed(0)} GB`,
    parts: { ...before, ...Object.fromEntries(found) },
  };
  const text = pageOf(result);
  if (values.save) {
    writeFileSync(file, `${JSON.stringify(result, null, 2)}\n`);
    const page = inRoot('docs', 'benchmarks', 'engine-jobs.md');
    const mark = '<!-- figures -->';
    const [head = '', , tail = ''] = existsSync(page) ? readFileSync(page, 'utf8').split(mark) : [];
    writeFileSync(page, [head, `\n\n${text}\n\n`, tail].join(mark));
  }
  process.stdout.write(`${values.json ? JSON.stringify(result) : text}\n`);
};

main().catch(fail);

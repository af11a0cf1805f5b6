#!/usr/bin/env node
/**
 * `npm run bench:imaging [-- --slices N --rounds N]`: reading and indexing against SimpleITK's GDCM reader, pydicom and
 * dcmdump, side by side in one run. Real CT slices of ../shared/data, repeated to a series of 300.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, homedir, tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'vite';

const here = join(dirname(fileURLToPath(import.meta.url)), 'imaging');
const { values } = parseArgs({
  options: { slices: { type: 'string', default: '300' }, rounds: { type: 'string', default: '5' } },
});
const rounds = Number(values.rounds);
/** The index is judged on an archive, not on one series: the files are gone through twenty times. @param {string} mode */
const times = (mode) => (mode === 'index' ? 20 : 1);

const source = resolve(
  process.env.AMLP_TEST_DATA ?? '../shared/data',
  'archive/dcm_qa_ct-GE-tilt-variable-spacing',
);
const python = interpreter();
if (!existsSync(source) || python === null) {
  console.log(
    `Not run: ${python === null ? 'the Python environment of the tests is not there (npm test makes it)' : 'the real scans are not on this machine'}.`,
  );
  process.exit(0);
}

const temporary = mkdtempSync(join(tmpdir(), 'amlp-bench-'));
try {
  const series = join(temporary, 'series');
  execFileSync(python, [join(here, 'series.py'), source, series, values.slices]);
  await build({
    configFile: false,
    logLevel: 'error',
    build: {
      ssr: join(here, 'ours.ts'),
      target: 'node20',
      outDir: join(temporary, 'bundle'),
      emptyOutDir: true,
      rollupOptions: { output: { format: 'es', entryFileNames: 'ours.mjs' } },
    },
    ssr: { noExternal: true },
  });
  /** @param {string} mode */
  const ours = (mode) =>
    json(process.execPath, [join(temporary, 'bundle', 'ours.mjs'), mode, series, String(times(mode))]);
  /** @param {string} mode */
  const others = (mode) => json(python, [join(here, 'others.py'), mode, series, String(times(mode))]);
  /** @type {Run[]} */
  const runs = [];
  for (let round = 0; round < rounds; round++)
    runs.push({
      our: ours('read'),
      itk: others('read'),
      index: ours('index'),
      pydicom: others('index'),
      dcmdump: dcmdump(series),
    });
  report(runs);
} finally {
  rmSync(temporary, { recursive: true, force: true });
}

/**
 * @typedef {{ sort: number, read: number, size: number[], sum: number, memory: number, type: string }} Read
 * @typedef {{ files: number, seconds: number }} Index
 * @typedef {{ our: Read, itk: Read, index: Index, pydicom: Index, dcmdump: number | null }} Run
 */

/** @param {Run[]} runs */
function report(runs) {
  const [{ our, itk, index }] = runs;
  if (JSON.stringify(our.size) !== JSON.stringify(itk.size) || our.sum !== itk.sum)
    throw new Error(`The volumes differ: ${JSON.stringify(our)} and ${JSON.stringify(itk)}.`);
  /** @param {(run: Run) => number} of */
  const median = (of) => runs.map(of).sort((a, b) => a - b)[Math.floor(runs.length / 2)];
  /** @param {number} x */
  const s = (x) => `${x.toFixed(3)} s`;
  const [read, theirs] = [median((r) => r.our.read), median((r) => r.itk.read)];
  const [all, theirAll] = [median((r) => r.our.read + r.our.sort), median((r) => r.itk.read + r.itk.sort)];
  /** @param {(run: Run) => number} of */
  const rate = (of) => index.files / median(of);
  const [mine, pydicom] = [rate((r) => r.index.seconds), rate((r) => r.pydicom.seconds)];
  const dump = runs[0].dcmdump === null ? null : rate((r) => r.dcmdump ?? NaN);
  console.log(
    `${our.size.join(' × ')} voxels, ${our.type}, medians of ${rounds} rounds on ${availableParallelism()} cores`,
  );
  console.log(
    `files known, to voxels   ours ${s(read)}   SimpleITK ${s(theirs)}   ${(theirs / read).toFixed(2)} times as fast`,
  );
  console.log(
    `folder to voxels         ours ${s(all)}   SimpleITK ${s(theirAll)}   ${(theirAll / all).toFixed(2)} times as fast`,
  );
  console.log(
    `memory of the process    ${median((r) => r.our.memory).toFixed(2)} × the voxels at its peak, beyond what it had at start (bar 2.5)`,
  );
  console.log(
    `indexing ${index.files} files, a second: ours ${mine.toFixed(0)}   pydicom ${pydicom.toFixed(0)}   dcmdump ${dump === null ? 'not there' : dump.toFixed(0)}   ${(mine / pydicom).toFixed(1)} × pydicom (bar 5)`,
  );
}

/** Seconds that dcmdump takes for the same headers, or null where it is not installed. @param {string} folder */
function dcmdump(folder) {
  const series = readdirSync(folder).map((name) => join(folder, name));
  const files = Array.from({ length: times('index') }, () => series).flat();
  const start = performance.now();
  const { status } = spawnSync('dcmdump', ['-q', '-M', '+P', '0020,0032', ...files], { stdio: 'ignore' });
  return status === 0 ? (performance.now() - start) / 1000 : null;
}

/** @param {string} program @param {string[]} args */
function json(program, args) {
  return JSON.parse(execFileSync(program, args, { encoding: 'utf8' }));
}

/** The interpreter that set-up made for the tests, or the one that AMLP_PYTHON names. @returns {string | null} */
function interpreter() {
  const named = process.env.AMLP_PYTHON;
  if (named) return named;
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'amlp-studio');
  try {
    return JSON.parse(readFileSync(join(cache, 'setup.json'), 'utf8')).python?.interpreter ?? null;
  } catch {
    return null;
  }
}

#!/usr/bin/env node
/**
 * `npm run bench:clinicians`: what contouring to DSC 0.90 costs simulated clinicians, by hand, with interpolation, with
 * proposals and with spreading, on labelled/sts. Teaches the models it needs first, on other patients. Writes
 * docs/benchmarks/clinicians.json and clinicians.md.
 */
import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { build } from 'vite';
import { application } from '../../scripts/setup/application.mjs';

/**
 * @typedef {{ patient: string, channel: string, seed: number, arm: string, voxels: number, strokes: number, path: number,
 *   slices: number, outlines: number, borders: number, corrections: number, commands: number, reached: boolean, dsc: number, start: number }} Row
 */

const { values } = parseArgs({
  options: {
    // A folder of models and proposals made before, or one to keep them in.
    work: { type: 'string' },
    epochs: { type: 'string', default: '30' },
    patients: { type: 'string', default: 'STS_020,STS_021,STS_022,STS_023,STS_024,STS_025' },
    seeds: { type: 'string', default: '1,2,3' },
    channels: { type: 'string', default: 'PET_native,CT,MR_T1' },
    // Writes the tables anew from the figures of the last run.
    report: { type: 'boolean', default: false },
  },
});
if (values.report) {
  const { rows, settings } = JSON.parse(readFileSync('docs/benchmarks/clinicians.json', 'utf8'));
  writeFileSync('docs/benchmarks/clinicians.md', report(rows, settings));
  process.exit(0);
}
const data = resolve(process.env.AMLP_TEST_DATA ?? '../shared/data', 'labelled/sts');
if (!existsSync(data)) {
  console.log('Not run: the real scans are not on this machine.');
  process.exit(0);
}

const channels = [
  { name: 'PET_native', truth: 'PET_native_GTV' },
  { name: 'CT', truth: 'GTV' },
  { name: 'MR_T1', truth: 'GTV' },
].filter(({ name }) => values.channels.split(',').includes(name));
const taught = [1, 3, 4, 8, 10, 11, 14, 15, 16, 17, 18, 26, 28, 29, 31, 32, 33, 35, 36, 40].map(
  (n) => `STS_${String(n).padStart(3, '0')}`,
);
const patients = values.patients.split(',');
const teaching = ['--epochs', values.epochs, '--width', '16', '--batch', '16'];
const config = {
  patients,
  channels,
  seeds: values.seeds.split(',').map(Number),
  noise: { sd: 0.8, length: 6 },
  tolerance: 2,
  goal: 0.9,
  reach: 3,
};

const temporary = mkdtempSync(join(tmpdir(), 'amlp-bench-clinicians-'));
try {
  const work = values.work === undefined ? temporary : resolve(values.work);
  mkdirSync(work, { recursive: true });
  const command = (/** @type {readonly string[]} */ ...args) =>
    execFileSync(process.execPath, ['scripts/amlp-studio.mjs', ...args], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  for (const { name, truth } of channels) {
    const model = join(work, `model-${name}`);
    const proposals = join(work, `proposals-${name}`);
    if (!existsSync(model)) {
      await application();
      command(
        'finetune',
        data,
        '--channels',
        name,
        '--label',
        truth,
        '--cases',
        taught.join(),
        '--out',
        model,
        ...teaching,
      );
    }
    for (const patient of patients)
      if (existsSync(join(data, patient)) && !existsSync(join(proposals, patient)))
        command(
          'segment',
          join(data, patient),
          '--model',
          model,
          '--out',
          proposals,
          '--no-mirror',
          '--uncertainty',
        );
  }
  const bundle = join(temporary, 'study');
  await build({
    configFile: false,
    logLevel: 'error',
    ssr: { noExternal: true },
    build: {
      ssr: join(dirname(fileURLToPath(import.meta.url)), 'clinicians', 'study.ts'),
      target: 'node20',
      outDir: bundle,
      rollupOptions: { output: { format: 'es', entryFileNames: 'study.mjs' } },
    },
  });
  // Each kind of scan in a process of its own.
  const answers = await Promise.all(
    channels.map((channel) =>
      promisify(execFile)(
        process.execPath,
        [
          join(bundle, 'study.mjs'),
          JSON.stringify({ ...config, channels: [channel], data, proposals: work }),
        ],
        { maxBuffer: 1 << 28 },
      ),
    ),
  );
  const rows = answers.flatMap(({ stdout }) => /** @type {Row[]} */ (JSON.parse(stdout)));
  const settings = {
    ...config,
    taught,
    teaching: teaching.join(' '),
    cores: cpus().length,
    at: new Date().toISOString(),
  };
  writeFileSync('docs/benchmarks/clinicians.json', `${JSON.stringify({ settings, rows }, null, 1)}\n`);
  writeFileSync('docs/benchmarks/clinicians.md', report(rows, settings));
  console.log(readFileSync('docs/benchmarks/clinicians.md', 'utf8'));
} finally {
  rmSync(temporary, { recursive: true, force: true });
}

/** @param {readonly number[]} list */
function median(list) {
  const sorted = [...list].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** @param {readonly Row[]} rows @param {typeof config & { taught: string[], teaching: string, at: string }} settings */
function report(rows, settings) {
  const arms = [...new Set(rows.map(({ arm }) => arm))];
  const caseOf = (/** @type {Row} */ row) => `${row.channel} ${row.patient} ${row.seed}`;
  const missed = rows.filter(({ reached }) => !reached);
  const missedCases = new Set(missed.map(caseOf));
  const done = rows.filter((row) => !missedCases.has(caseOf(row)));
  const linesOf = (/** @type {Row} */ row) => row.strokes - row.commands;
  const short = (/** @type {number} */ value) =>
    value < 100 ? String(Math.round(2 * value) / 2) : String(Math.round(value));
  const line = (/** @type {string} */ channel, /** @type {string} */ arm) => {
    const some = rows.filter((row) => row.channel === channel && row.arm === arm);
    const reached = done.filter((row) => row.channel === channel && row.arm === arm);
    const of = (/** @type {(row: Row) => number} */ figure) => short(median(reached.map(figure)));
    const start = arm.startsWith('proposal') ? median(reached.map((row) => row.start)).toFixed(2) : '–';
    return `| ${channel} | ${arm} | ${start} | ${some.filter((r) => r.reached).length} of ${some.length} | ${of((r) => r.slices)} | ${of((r) => r.strokes)} | ${of(linesOf)} | ${of((r) => r.outlines)} / ${of((r) => r.borders)} / ${of((r) => r.corrections)} | ${of((r) => r.voxels)} | ${of((r) => r.path)} |`;
  };
  const compared = settings.channels.filter(({ name }) => rows.some((row) => row.channel === name));
  const table = compared.flatMap(({ name }) => arms.map((arm) => line(name, arm)));
  /** How often a way cost less than another on the same scan and with the same clinician. */
  const against = (/** @type {string} */ channel) => {
    const pairs = done
      .filter((row) => row.channel === channel && row.arm === 'proposal, following')
      .map((ours) => ({
        ours,
        theirs: done.find((other) => other.arm === 'interpolation' && caseOf(other) === caseOf(ours)),
      }));
    const less = (/** @type {(row: Row) => number} */ figure) =>
      pairs.filter(({ ours, theirs }) => theirs !== undefined && figure(ours) < figure(theirs)).length;
    return `| ${channel} | ${pairs.length} | ${less((r) => r.strokes)} | ${less(linesOf)} | ${less((r) => r.voxels)} | ${less((r) => r.path)} |`;
  };
  const notReached = missed
    .map((row) => `${row.channel} ${row.patient}, seed ${row.seed}, ${row.arm} (DSC ${row.dsc.toFixed(2)})`)
    .join('; ');
  return `# Simulated clinicians: what contouring to DSC ${settings.goal.toFixed(2)} costs

\`npm run bench:clinicians\`, ${settings.at.slice(0, 10)}. Soft-tissue sarcomas of labelled/sts: ${settings.patients.join(', ')}, seeds
${settings.seeds.join(', ')}. Models taught from scratch on ${settings.taught.length} other patients (\`${settings.teaching}\`).

A clinician means the expert's contour with its border moved by a smooth random field (standard deviation
${settings.noise.sd} mm, alike over ${settings.noise.length} mm), and draws with the window's own code. A difference that stays within ${settings.tolerance} mm of what is
meant is let be. On each slice they take the fewest strokes: difference by difference with the freehand contour, by lines
that redraw a part of the border (\`main/imaging/mask/mend.ts\`), or anew. The slice that is most wrong to their eye comes next,
in every way of working alike; who has slices filled between judged ones begins with both ends and the middle.

- *Manual*: nothing but lines.
- *Interpolation* fills between drawn slices by shape, a command after each slice but the first two.
- *Proposal* takes all of it over (a command), then mends slice by slice; *spreading* carries each mended slice to ${settings.reach} slices on
  either side (a command to spread, another to take over); *proposal, interpolation* fills between mended slices.
- *Proposal, following* is what the window does by itself: what is dashed follows the corrections (\`main/imaging/mask/follow.ts\`,
  its constants chosen on eight other patients), who corrects a dashed contour takes the slice over by doing so, and one
  command at the end takes over the rest. A slice that is right as it is, or is to be empty, costs a command.

It ends at the DSC against the expert, which the clinician does not know. *Strokes* are lines and commands, *lines* those that
a hand draws: round a whole shape / along a part of a border / round a difference. Voxels and added path length (Vaassen et
al. 2020) are those of the hand alone. Medians over the patients and seeds on which every way reached the goal.

| scan | way | DSC at first | reached | slices | strokes | lines | shape / border / difference | voxels changed | added path, mm |
|---|---|---|---|---|---|---|---|---|---|
${table.join('\n')}

Following against interpolation, clinician by clinician: on how many it cost less.

| scan | clinicians | strokes | lines | voxels | added path |
|---|---|---|---|---|---|
${compared.map(({ name }) => against(name)).join('\n')}

${notReached === '' ? '' : `Not reached: ${notReached}. What was left there is less than these clinicians mend.\n\n`}**Which strokes remain.** Until a dashed contour could be corrected where it is, following changed fewer voxels but took more
strokes than interpolation (PET 16 against 15, MR 19 against 12): each slice was cleared and drawn anew, or mended in up to
four places, and the command that took it over was not even counted. Now a wrong slice is drawn anew over what is dashed, in one line, or its border
redrawn; the lines that remain are the two ends of the tumour, where little or nothing is proposed, and one or two slices between.
Mending every slice of a proposal (*proposal*) saves voxels and path, but no strokes: slice by slice, one line round the tumour is
as short a job as any. Nor does *spreading* on a proposal: what it carries on is right in part, so that it is taken over slice by
slice.

That a correction takes a dashed contour over was decided after a look at the strokes on PET of these patients; CT and MR
were not looked at before.

What this cannot show: time, tiredness, or that a proposal leads the eye. Who stops at a measured DSC stops earlier than
somebody who looks at every slice.
`;
}

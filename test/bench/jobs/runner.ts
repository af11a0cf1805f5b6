/**
 * One measurement of `npm run bench:jobs`, in a process of its own so that its memory is its own: takes an order as JSON
 * on the command line, prints one line of JSON. Runs the very jobs of the application on real scans.
 */
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { prepareCases } from '../../../main/learning/cache/prepare';
import { cachedSlices } from '../../../main/learning/cache/sources';
import { feederFor } from '../../../main/learning/feeding';
import { FeederPool } from '../../../main/learning/feeding/pool';
import { pretrainConfig } from '../../../main/learning/jobs/configs';
import type { JobContext } from '../../../main/learning/jobs/context';
import { estimateRun, representative } from '../../../main/learning/jobs/estimate';
import { runMeasure } from '../../../main/learning/jobs/measure';
import { runJob } from '../../../main/learning/jobs/run';
import type { CaseRef, PretrainSpec, TeachSpec } from '../../../main/learning/jobs/spec';
import { startingRecipe } from '../../../main/learning/profiles';
import { openVolumeFile } from '../../../main/learning/volumes/open';
import { FINETUNE_PRESETS, pretrain, PRETRAIN_PRESETS, type TrainingHooks } from '../../../models/train';
import { SliceFeeder } from '../../../models/train/feeder';
import { openRuntime, type Runtime } from '../../../models/runtime';

interface Order {
  readonly do: 'estimate' | 'archive' | 'steps' | 'feeding' | 'propose';
  readonly kind: 'pretrain' | 'teach';
  /** Folder with one folder a patient. */
  readonly scans: string;
  readonly patients: number;
  readonly channel: string;
  readonly width: number;
  readonly epochs: number;
  /** How often each scan is there. */
  readonly times: number;
  /** Slices of an epoch; 0: all. */
  readonly slices: number;
  readonly steps: number;
  readonly mirror: boolean;
  readonly work: string;
}

const order = JSON.parse(process.argv[2] ?? '{}') as Order;
const seconds = (from: number): number => (performance.now() - from) / 1000;
let opened: Promise<Runtime> | null = null;
const context: JobContext = {
  runtime: () => (opened ??= openRuntime({ prefer: 'cpu' })),
  openVolume: async ({ source }) => {
    if (source.kind !== 'file') throw new Error('There is no archive here.');
    return openVolumeFile(source.file);
  },
  report: (progress) => onReport(progress.phase),
  will: () => 'run',
};
let onReport: (phase: string) => void = () => undefined;

/** Most resident memory of this process since it was last asked to forget it. */
const peakBytes = (): number =>
  1024 * Number(/^VmHWM:\s*(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? 0);

const bytesBelow = (path: string): number => {
  if (!existsSync(path)) return 0;
  const stat = statSync(path);
  return stat.isFile()
    ? stat.size
    : readdirSync(path).reduce((n, name) => n + bytesBelow(join(path, name)), 0);
};

const patients = readdirSync(order.scans)
  .filter((name) => existsSync(join(order.scans, name, `${order.channel}.nii.gz`)))
  .slice(0, order.patients);
const cases: CaseRef[] = Array.from({ length: order.times }, (_, copy) =>
  patients.map((patient): CaseRef => {
    const file = join(order.scans, patient, `${order.channel}.nii.gz`);
    return {
      id: `${patient}-${copy}`,
      patient: `${patient}-${copy}`,
      channels: [{ source: { kind: 'file', file }, key: `${file} ${copy}` }],
    };
  }),
).flat();
const geometries = await Promise.all(
  patients.map(
    async (patient) => (await openVolumeFile(join(order.scans, patient, `${order.channel}.nii.gz`))).geometry,
  ),
);

const base = order.kind === 'pretrain' ? PRETRAIN_PRESETS.desktop : FINETUNE_PRESETS.desktop;
const common = {
  title: 'Benchmark',
  preset: 'desktop' as const,
  recipe: {
    profileId: 'bench',
    channels: [order.channel],
    ...startingRecipe('desktop', [order.channel], geometries),
    width: order.width,
  },
  seed: 1,
  cache: join(order.work, 'slices'),
  work: join(order.work, 'work'),
  epochs: order.epochs,
  batch: base.batch,
  learningRate: base.rate,
  variant: 'amlp',
  from: null,
  model: { folder: join(order.work, 'model'), name: 'bench', id: 'bench' },
};
const spec: PretrainSpec | TeachSpec =
  order.kind === 'pretrain'
    ? { kind: 'pretrain', ...common, cases, ...(order.slices > 0 ? { slicesPerEpoch: order.slices } : {}) }
    : {
        kind: 'teach',
        ...common,
        cases: cases.map((ref, n) => ({
          ...ref,
          label: {
            kind: 'files',
            files: [
              join(
                order.scans,
                patients[n % patients.length],
                `${order.channel === 'PET_native' ? 'PET_native_' : ''}GTV.nii.gz`,
              ),
            ],
          },
        })),
        segments: ['GTV'],
        carryDecoder: false,
        heldBack: false,
      };

/** Told beforehand, and what then happened. */
async function estimate(): Promise<object> {
  const placed = cases.map((ref, n) => ({ ref, geometry: geometries[n % geometries.length] }));
  const asked = performance.now();
  const { speed } = await runMeasure(
    {
      ...{ kind: 'measure', title: 'Measure', work: spec.work, cache: spec.cache, preset: 'desktop' },
      ...{ recipe: spec.recipe, batch: spec.batch, mode: spec.kind },
      cases: representative(placed, 2).map(({ ref }) => ref),
    },
    context,
  );
  const measuring = seconds(asked);
  if (!speed) throw new Error('Nothing could be measured.');
  const inCache = bytesBelow(spec.cache);
  const { kind, preset, recipe, batch, epochs, cache } = spec;
  const told = estimateRun(
    {
      ...{ kind, preset, recipe, batch, epochs, cache, cases: placed },
      ...(order.slices > 0 ? { slicesPerEpoch: order.slices } : {}),
      ...(kind === 'teach' ? { judged: geometries.reduce((n, { size }) => n + size[2], 0) } : {}),
    },
    speed,
  );
  const began = performance.now();
  const { figures, speed: was } = await runJob(spec, context);
  return {
    measuring,
    told: { seconds: told.seconds, diskBytes: told.diskBytes, steps: told.steps },
    was: {
      seconds: seconds(began),
      diskBytes: bytesBelow(spec.cache) - inCache + bytesBelow(spec.work) + bytesBelow(spec.model.folder),
    },
    ratio: seconds(began) / told.seconds,
    figures,
    speed: { before: speed, after: was },
  };
}

/** Memory and time of a run on an archive of a certain length. */
async function archive(): Promise<object> {
  // What fits is measured once a machine, whatever the archive's length.
  await runJob({ ...spec, cases: spec.cases.slice(0, 1), epochs: 1 } as typeof spec, context);
  rmSync(spec.work, { recursive: true, force: true });
  rmSync(spec.model.folder, { recursive: true, force: true });
  const began = performance.now();
  const { speed } = await runJob(spec, context);
  const all = seconds(began);
  return {
    scans: cases.length,
    seconds: all,
    // What an archive's length does not change: compiling.
    secondsWithoutStart: all - (speed?.starting ?? 0),
    peakBytes: peakBytes(),
    diskBytes: bytesBelow(spec.cache),
  };
}

/** Resident memory over many steps of a real job. */
async function steps(): Promise<object> {
  const resident: number[] = [];
  let done = 0;
  onReport = (phase) => {
    if (/, step \d+ of/.test(phase) && ++done % 100 === 0) resident.push(process.memoryUsage.rss());
  };
  const began = performance.now();
  await runJob(spec, context);
  const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
  const third = Math.floor(resident.length / 3);
  return {
    steps: done,
    seconds: seconds(began),
    residentBytes: resident,
    growth: mean(resident.slice(-third)) / mean(resident.slice(third, 2 * third)) - 1,
  };
}

/** The same steps fed by the thread that trains, by one feeding thread, and as the job chooses, in turns. */
async function feeding(): Promise<object> {
  if (spec.kind !== 'pretrain') throw new Error('Feeding is measured in pretraining.');
  const { prepared } = await prepareCases(cases, spec.recipe.slicing, spec.cache, context, () => undefined);
  const of = prepared.map(({ ref, file }) => ({ patient: ref.patient, file }));
  const source = cachedSlices(of);
  const config = pretrainConfig(spec);
  const description = { cases: of.map(({ patient, file }) => ({ patient, file: file.file })) };
  const runtime = await context.runtime();
  const found: Record<string, { perStep: number[]; waiting: number[]; threads?: boolean; loss?: number }> =
    {};
  for (let round = 0; round < 3; round++)
    for (const who of ['own thread', 'feeding thread', 'as the job chooses']) {
      const chosen = feederFor(source, config.network, description);
      const pool =
        who === 'feeding thread'
          ? new FeederPool(
              join(import.meta.dirname, 'feeder.cjs'),
              { ...description, network: config.network },
              1,
            )
          : null;
      const feeder = pool ?? (who === 'own thread' ? new SliceFeeder(source) : chosen);
      const times: number[] = [];
      let last = performance.now();
      const hooks: TrainingHooks<{ waiting: number; loss: number }> = {
        feeder,
        onStep: () => {
          times.push(seconds(last));
          last = performance.now();
        },
        onEpoch: ({ waiting, loss }) => {
          const one = (found[who] ??= { perStep: [], waiting: [] });
          one.waiting.push(waiting);
          one.loss = loss;
          one.perStep.push(times.sort((a, b) => a - b)[times.length >> 1] ?? 0);
        },
      };
      await pretrain(runtime, source, { ...config, epochs: 1 }, hooks);
      found[who].threads = chosen.threaded || pool !== null;
      await pool?.close();
      await chosen.close();
    }
  source.close();
  return found;
}

/** A proposal without the window, cold (the network is compiled) and warm. */
async function propose(): Promise<object> {
  if (spec.kind !== 'teach') throw new Error('A model that proposes was taught.');
  await runJob({ ...spec, epochs: 1, stepsPerEpoch: 2 }, context);
  const times: number[] = [];
  for (let n = 0; n < 4; n++) {
    const began = performance.now();
    await runJob(
      {
        ...{ kind: 'propose', title: 'Propose', cache: spec.cache, work: spec.work, case: cases[0] },
        ...{ modelFolder: spec.model.folder, mirror: order.mirror, uncertainty: true },
        result: join(spec.work, 'proposal.safetensors'),
      },
      context,
    );
    times.push(seconds(began));
  }
  const [cold, ...warm] = times;
  return { size: geometries[0].size, cold, warm: warm.sort((a, b) => a - b)[warm.length >> 1] };
}

rmSync(order.work, { recursive: true, force: true });
mkdirSync(order.work, { recursive: true });
const work = { estimate, archive, steps, feeding, propose }[order.do];
const answer = await work();
rmSync(order.work, { recursive: true, force: true });
process.stdout.write(`${JSON.stringify(answer)}\n`, () => process.exit(0));

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { FINETUNE_PRESETS, PRETRAIN_PRESETS } from '../../../models/train';
import { compareMasks, type Agreement } from '../../../models/metrics';
import type { Volume, VolumePlan } from '../../imaging';
import type { CaseRef, JobProgress, LabelledCaseRef, Recipe } from '../../learning/jobs/spec';
import { proposeFor } from '../../learning/jobs/propose';
import { startingRecipe } from '../../learning/profiles';
import { readModel, readModelDescription } from '../../learning/registry/model-folder';
import { StudioError } from '../../learning/store/failure';
import { casesOfScans, emptySlices, spreadSlices } from '../cases';
import type { Io } from '../io';
import { localContext, runLocally } from '../local';
import { readMask } from '../masks';
import type { FoundScans } from '../scans';
import { demonstrationTruth } from './phantom-archive';
import { demonstration, splitPatients, type DemoModality } from './plan';

export interface CurvePoint {
  readonly epoch: number;
  readonly loss: number;
  readonly maskingRatio?: number;
}

/** One patient that no model had seen, and what both models make of it. */
export interface TestedPatient {
  readonly code: string;
  readonly plan: VolumePlan;
  readonly volume: Volume;
  readonly truth: Uint8Array;
  readonly scratch: { readonly mask: Uint8Array; readonly agreement: Agreement };
  readonly amlp: { readonly mask: Uint8Array; readonly agreement: Agreement };
}

/** What came of one modality. */
export interface ModalityOutcome {
  readonly name: string;
  readonly scans: number;
  readonly slicesLearnt: number;
  readonly taughtSlices: number;
  readonly taughtPatients: number;
  readonly curve: readonly CurvePoint[];
  readonly pictures: NonNullable<JobProgress['pictures']>;
  readonly reading: string | null;
  readonly tested: readonly TestedPatient[];
  readonly seconds: { readonly pretrain: number; readonly teach: number; readonly propose: number };
}

interface Bench {
  readonly io: Io;
  readonly archive: string;
  readonly work: string;
  readonly scans: FoundScans;
}

const seconds = (from: number): number => (performance.now() - from) / 1000;

/** Learns one modality with and without pretraining, at the same budget, and tests on patients never seen. */
export async function learnModality(
  { name, modality }: DemoModality,
  bench: Bench,
): Promise<ModalityOutcome> {
  const { io, archive, work, scans } = bench;
  const found = casesOfScans(scans, [name]);
  const codeOf = (ref: CaseRef): string => found.plans.get(ref.id)?.patientId ?? '';
  const split = splitPatients(found.cases.map(codeOf).sort());
  const of = (codes: readonly string[]): CaseRef[] =>
    found.cases.filter((ref) => codes.includes(codeOf(ref)));
  if (split.taught.length === 0)
    throw new StudioError(
      `The demonstration archive holds no ${name}.`,
      'Delete the output folder and start again.',
    );
  const recipe: Recipe = {
    profileId: name.toLowerCase(),
    channels: [name],
    ...startingRecipe('desktop', [name], found.geometries),
    width: demonstration.width,
  };
  const model = (kind: string) => ({
    folder: join(work, 'models', `${name}-${kind}`.toLowerCase()),
    name: `Demonstration, ${name}, ${kind}`,
    id: `demo-${name}-${kind}`.toLowerCase(),
  });
  const common = (kind: string) => {
    const own = join(work, 'jobs', `${name}-${kind}`);
    mkdirSync(own, { recursive: true });
    return {
      title: `${name}: ${kind}`,
      preset: 'desktop' as const,
      recipe,
      seed: demonstration.seed,
      cache: join(work, 'slices'),
      work: own,
      variant: 'amlp',
      model: model(kind),
    };
  };
  io.err(`${name}: learning from ${split.unlabelled.length} scans without contours\n`);
  const began = performance.now();
  const curve: CurvePoint[] = [];
  let pictures: ModalityOutcome['pictures'] = [];
  await runLocally(
    {
      kind: 'pretrain',
      ...common('pretrained'),
      cases: of(split.unlabelled),
      ...demonstration.pretrain,
      learningRate: PRETRAIN_PRESETS.desktop.rate,
      from: null,
    },
    io,
    found.plans,
    (progress) => {
      if (progress.point) curve.push(progress.point);
      if (progress.pictures) pictures = progress.pictures;
    },
  );
  const pretraining = seconds(began);

  io.err(
    `${name}: teaching with ${demonstration.taughtSlices} slices of ${split.taught.length} patients, from scratch and from what was learnt\n`,
  );
  const labelled: LabelledCaseRef[] = [];
  for (const ref of of(split.taught)) {
    const file = demonstrationTruth(archive, codeOf(ref), modality);
    labelled.push({
      ...ref,
      label: {
        kind: 'files',
        files: [file],
        slices: [
          ...(await spreadSlices(file, null, demonstration.taughtSlices)),
          ...(await emptySlices(file, demonstration.emptySlices)),
        ],
      },
    });
  }
  const taughtFrom = performance.now();
  for (const [kind, from] of [
    ['scratch', null],
    ['amlp', model('pretrained').folder],
  ] as const)
    await runLocally(
      {
        kind: 'teach',
        ...common(kind),
        cases: labelled,
        segments: ['GTV'],
        ...demonstration.teach,
        learningRate: FINETUNE_PRESETS.desktop.rate,
        from,
        carryDecoder: false,
        heldBack: false,
      },
      io,
      found.plans,
    );
  const teaching = seconds(taughtFrom);

  io.err(`${name}: proposing on ${split.tested.length} patients never seen\n`);
  const proposedFrom = performance.now();
  const tested: TestedPatient[] = [];
  for (const ref of of(split.tested)) {
    const plan = found.plans.get(ref.id);
    if (!plan) continue;
    const context = localContext(io, found.plans);
    const volume = await context.openVolume(ref.channels[0]);
    const { mask: truth } = await readMask(demonstrationTruth(archive, codeOf(ref), modality));
    const propose = async (kind: string): Promise<TestedPatient['amlp']> => {
      const {
        masks: [mask],
      } = await proposeFor(readModel(model(kind).folder), [volume], context, {
        mirror: false,
        uncertainty: false,
      });
      return { mask, agreement: compareMasks(mask, truth, volume.geometry) };
    };
    tested.push({
      code: codeOf(ref),
      plan,
      volume,
      truth,
      scratch: await propose('scratch'),
      amlp: await propose('amlp'),
    });
  }
  const pretrained = readModelDescription(model('pretrained').folder);
  const taught = readModelDescription(model('amlp').folder);
  return {
    name,
    scans: split.unlabelled.length,
    slicesLearnt: pretrained.learntFrom.slices,
    taughtSlices: taught.learntFrom.slices,
    taughtPatients: taught.learntFrom.patients,
    curve,
    pictures,
    reading: taught.figures.find((figure) => figure.includes('masked')) ?? null,
    tested: tested.sort((a, b) => (a.code < b.code ? -1 : 1)),
    seconds: { pretrain: pretraining, teach: teaching, propose: seconds(proposedFrom) },
  };
}

import { FINETUNE_PRESETS, PSEUDO_LABELS } from '../../../models/train';
import type { VolumeGeometry } from '../../imaging/space/geometry';
import { preparedSlices } from '../cache/prepare';
import { learningGrid, tilesOf, type Slicing } from '../preprocess/grid';
import { readingSlices } from './choose-reading';
import { pretrainConfig, teachConfig } from './configs';
import type { CaseRef, Recipe, Speed } from './spec';

/** What a run will need. */
export interface Estimate {
  readonly seconds: number;
  readonly diskBytes: number;
  readonly slices: number;
  /** Slices that nobody contoured and that teach as well. */
  readonly others: number;
  readonly steps: number;
}

/** From so many judged slices on, a fifth is held back (the desktop preset). */
const heldBackFrom = FINETUNE_PRESETS.desktop.earlyStopping?.minimumSlices ?? Infinity;

/** Seconds that preparing a million voxels takes, where it was never measured. */
const usualPerMegavoxel = 0.2;

/** Slices that a scan's grid promises; of a body smaller than its plane fewer are cut. */
export function predictedSlices(geometry: VolumeGeometry, slicing: Slicing): number {
  const grid = learningGrid(geometry, slicing);
  return grid.slices.length * tilesOf(grid, slicing.size).length;
}

export const sliceBytes = (slices: number, size: number, channels: number): number =>
  slices * size * size * channels * 2;

/** What is known of a run before it starts. */
export interface Plan {
  readonly kind: 'pretrain' | 'teach';
  readonly preset: 'desktop' | 'paper';
  readonly recipe: Recipe;
  readonly batch: number;
  readonly epochs: number;
  readonly slicesPerEpoch?: number;
  readonly stepsPerEpoch?: number;
  readonly cases: readonly { readonly ref: CaseRef; readonly geometry: VolumeGeometry }[];
  /** Teaching: slices that a person judged; pretraining learns from all. */
  readonly judged?: number;
  /** Teaching: scans that nobody contoured and that teach a second round, once the first has labelled them. */
  readonly unlabelled?: readonly { readonly ref: CaseRef; readonly geometry: VolumeGeometry }[];
  /** Folder of the slice cache: what lies there is not cut again. */
  readonly cache: string;
}

/**
 * Time and disk of a run: of preparing what is not in the cache, of looking at every slice once, of compiling, and of
 * every step; the slices, one checkpoint and the model on the disk. A run that stops early takes less.
 */
export function estimateRun(plan: Plan, speed: Speed): Estimate {
  const { recipe, cases, cache, batch, epochs } = plan;
  const { slicing, channels } = recipe;
  let [slices, others, fresh, megavoxels] = [0, 0, 0, 0];
  const count = ({ ref, geometry }: Plan['cases'][number]): number => {
    const there = preparedSlices(ref, slicing, cache);
    if (there !== null) return there;
    const promised = predictedSlices(geometry, slicing) * speed.cut;
    fresh += promised;
    megavoxels += (geometry.size.reduce((n, side) => n * side, 1) * channels.length) / 1e6;
    return promised;
  };
  for (const one of cases) slices += count(one);
  for (const one of plan.unlabelled ?? []) others += count(one);
  const taught = plan.judged ?? slices * speed.usable;
  const perEpoch = stepsPerEpoch(plan, taught);
  // Before an epoch's end was ever seen: judging is the forward pass alone, a third of a step.
  const judging =
    plan.kind === 'teach' && taught >= heldBackFrom ? (0.2 * taught * speed.perStep) / (3 * batch) : 0;
  const rounds = others > 0 ? 2 : 1;
  // Four mirrored passes forward a slice, each a third of a step.
  const labelling = (Math.min(others, PSEUDO_LABELS.limit) / batch) * (4 / 3) * speed.perStep;
  const seconds =
    megavoxels * (speed.perMegavoxel || usualPerMegavoxel) +
    (plan.kind === 'pretrain' ? slices : Math.min(taught, readingSlices)) * speed.perSlice +
    labelling +
    rounds *
      (speed.starting + epochs * (Math.ceil(perEpoch) * speed.perStep + Math.max(speed.perEpoch, judging)));
  return {
    seconds,
    diskBytes: sliceBytes(fresh, slicing.size, channels.length) + 4 * speed.weightBytes,
    slices: Math.round(slices),
    others: Math.round(others),
    steps: rounds * Math.ceil(perEpoch) * epochs,
  };
}

function stepsPerEpoch(plan: Plan, slices: number): number {
  const common = { ...plan, learningRate: 1e-4, seed: 1, variant: 'amlp' };
  if (plan.kind === 'pretrain') {
    const { slicesPerEpoch, batch } = pretrainConfig(common);
    return Math.min(slices, slicesPerEpoch ?? slices) / batch;
  }
  const steps = teachConfig({ ...common, carryDecoder: false, heldBack: true }).stepsPerEpoch;
  return steps === 'slices' ? slices / plan.batch : steps;
}

const rounded = (value: number): string => (value < 10 ? value.toFixed(1) : String(Math.round(value)));

export const spokenTime = (seconds: number): string =>
  seconds < 90
    ? `${Math.max(1, Math.round(seconds))} seconds`
    : seconds < 5400
      ? `${rounded(seconds / 60)} minutes`
      : `${(seconds / 3600).toFixed(1)} hours`;

export const spokenBytes = (bytes: number): string =>
  bytes < 1e9 ? `${Math.max(1, Math.round(bytes / 1e6))} MB` : `${(bytes / 1e9).toFixed(1)} GB`;

/** The estimate in one sentence, for a person. */
export const sentenceOf = ({ seconds, diskBytes, slices, others }: Estimate, scans: number): string =>
  `About ${spokenTime(seconds)} and ${spokenBytes(diskBytes)} of disk for ${slices} slices of ${scans} ${scans === 1 ? 'scan' : 'scans'}${others > 0 ? `, and ${others} slices that nobody contoured` : ''}.`;

/** Which of many cases stand for the others: of middling size, so that one odd scan does not decide. */
export function representative<T extends { readonly geometry: VolumeGeometry }>(
  cases: readonly T[],
  n: number,
): T[] {
  const voxels = ({ geometry }: T): number => geometry.size.reduce((a, b) => a * b, 1);
  const sorted = [...cases].sort((a, b) => voxels(a) - voxels(b));
  const from = Math.max(0, Math.floor((sorted.length - n) / 2));
  return sorted.slice(from, from + n);
}

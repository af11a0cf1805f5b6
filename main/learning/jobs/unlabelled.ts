import type { Runtime } from '../../../models/runtime';
import {
  finetune,
  meanTeacher,
  selfTrain,
  type FinetuneConfig,
  type FinetuneReport,
  type FinetuneResult,
  type FinetuneStart,
  type LabelledSliceSource,
  type SliceSource,
  type TrainingHooks,
} from '../../../models/train';
import type { PreparedCase } from '../cache/prepare';
import { cachedSlices } from '../cache/sources';
import type { CaseRef, LabelledCaseRef, TeachSpec } from './spec';

/** Scans that nobody contoured and that teach beside the contours. */
export interface Unlabelled {
  readonly source: SliceSource & { close(): void };
  readonly prepared: readonly PreparedCase[];
}

/**
 * Most such scans that are prepared: pseudo-labels are made for 2000 slices at most, spread evenly over what there
 * is, so that more scans would cost time and disk and teach no more.
 */
export const mostUnlabelled = 200;

/** So many of some scans, evenly spread over them. */
export function spreadOver<T>(all: readonly T[], count: number): T[] {
  const stride = Math.max(1, all.length / count);
  return Array.from({ length: Math.min(all.length, count) }, (_, n) => all[Math.floor(n * stride)]);
}

/** The prepared cases with contours, and those without. */
export function partedByLabel(prepared: readonly PreparedCase[]): {
  readonly labelled: (PreparedCase & { readonly ref: LabelledCaseRef })[];
  readonly others: PreparedCase[];
} {
  const hasLabel = (one: PreparedCase): one is PreparedCase & { readonly ref: LabelledCaseRef } =>
    'label' in one.ref;
  return { labelled: prepared.filter(hasLabel), others: prepared.filter((one) => !hasLabel(one)) };
}

/** The cases of a job that nobody contoured; none where the job learns from contours alone. */
export const unlabelledCases = ({ unlabelled = [], cases }: TeachSpec): CaseRef[] => {
  const contoured = new Set(cases.map(({ id }) => id));
  return spreadOver(
    unlabelled.filter(({ id }) => !contoured.has(id)),
    mostUnlabelled,
  );
};

/** @returns null where there are none */
export const openUnlabelled = (prepared: readonly PreparedCase[]): Unlabelled | null =>
  prepared.length === 0
    ? null
    : { source: cachedSlices(prepared.map(({ ref, file }) => ({ patient: ref.patient, file }))), prepared };

/** What came of a teaching, and a sentence on what the scans without contours gave. */
export interface TaughtWithUnlabelled {
  readonly result: FinetuneResult;
  readonly sentence: string;
  /** Slices without contours that the model learnt from. */
  readonly slices: number;
}

const scansOf = (count: number): string => `${count} ${count === 1 ? 'scan' : 'scans'}`;

/** Teaches with slices that nobody contoured beside those that somebody did. */
export async function teachWithUnlabelled(
  { selfTraining = 'pseudo-labels' }: TeachSpec,
  runtime: Runtime,
  contoured: LabelledSliceSource,
  { source, prepared }: Unlabelled,
  config: FinetuneConfig,
  hooks: TrainingHooks<FinetuneReport>,
  start: FinetuneStart,
): Promise<TaughtWithUnlabelled> {
  const scans = scansOf(prepared.length);
  if (selfTraining === 'mean-teacher') {
    const result = await finetune(runtime, contoured, config, hooks, {
      ...start,
      companion: meanTeacher(source),
    });
    return {
      result,
      slices: source.count,
      sentence: `A mean teacher also learnt from ${source.count} slices of ${scans} that nobody contoured`,
    };
  }
  const result = await selfTrain(runtime, contoured, source, config, hooks, start);
  const { pseudoLabelled, leftOutDsc, heldBackDsc } = result;
  if (pseudoLabelled === 0)
    return {
      result,
      slices: 0,
      sentence: `On the ${scans} that nobody contoured it was sure of nothing; they taught nothing`,
    };
  if (leftOutDsc !== null && heldBackDsc !== null)
    return {
      result,
      slices: 0,
      sentence: `What ${scans} without contours taught was left out: DSC ${leftOutDsc.toFixed(2)} on held-back slices with it, ${heldBackDsc.toFixed(2)} without`,
    };
  return {
    result,
    slices: pseudoLabelled,
    sentence: `Learnt also from ${pseudoLabelled} slices of ${scans} that nobody contoured`,
  };
}

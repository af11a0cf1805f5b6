import {
  finetune,
  pretrain,
  type LabelledSliceSource,
  type NamedWeights,
  type SliceSource,
} from '../../../models/train';
import { prepareCases } from '../cache/prepare';
import { cachedSlices } from '../cache/sources';
import { contoursChoose, readingSlices } from './choose-reading';
import { pretrainConfig, teachConfig } from './configs';
import { Stopped, type JobContext } from './context';
import { fitting } from './fitting';
import type { JobResult, MeasureSpec, PretrainSpec, TeachSpec } from './spec';
import { StopWatch } from './stop-watch';
import { stopReason } from './training';

/** The first steps compile and warm up; the median of the others is what a step takes. */
const steps = 8;

/**
 * Does a little of everything that a run does: cuts some of its scans, sorts their patches, finds the configuration
 * that fits, compiles its step and makes some of them.
 */
export async function runMeasure(spec: MeasureSpec, context: JobContext): Promise<JobResult> {
  const { recipe, cases, cache } = spec;
  const { prepared, took } = await prepareCases(cases, recipe.slicing, cache, context, () => undefined);
  const source = cachedSlices(prepared.map(({ ref, file }) => ({ patient: ref.patient, file })));
  try {
    const { spec: run } = await fitting(runOf(spec), context);
    const watch = new StopWatch();
    let made = 0;
    const hooks = {
      shouldStop: () => made >= steps || context.will() !== 'run',
      onPreparing: (done: number, total: number) => void (done === total && watch.sorted(total)),
      onStep: () => {
        made++;
        watch.step();
      },
      onEpoch: () => watch.epoch(),
    };
    const runtime = await context.runtime();
    const labelled = withDiscs(source);
    if (run.kind === 'teach') {
      watch.start();
      contoursChoose(labelled, recipe);
      watch.sorted(Math.min(source.count, readingSlices));
    }
    const outcome =
      run.kind === 'pretrain'
        ? await pretrain(runtime, source, pretrainConfig(run), hooks)
        : await finetune(runtime, labelled, teachConfig(run), hooks);
    if (context.will() !== 'run') throw new Stopped(stopReason(context));
    const used = 'slicesUsed' in outcome ? outcome.slicesUsed : source.count;
    const speed = watch.speed(prepared, recipe.slicing, took, used, weightBytes(outcome.weights));
    return {
      message: speed ? `${speed.perStep.toFixed(3)} s a step.` : 'Too little to measure.',
      figures: [],
      ...(speed && { speed }),
    };
  } finally {
    source.close();
  }
}

export const weightBytes = (weights: NamedWeights | null): number =>
  Object.values(weights ?? {}).reduce((n, { data }) => n + data.byteLength, 0);

/** A run as long as it takes, of which only the beginning is made. */
function runOf(spec: MeasureSpec): PretrainSpec | TeachSpec {
  const { mode, recipe, batch, preset, cases, cache, work, fits } = spec;
  const common = {
    ...{ title: spec.title, preset, recipe, batch, cache, work, fits, seed: 1, epochs: 2 * steps },
    ...{ learningRate: 1e-4, variant: 'amlp', from: null, model: { folder: work, name: '', id: '' } },
  };
  return mode === 'pretrain'
    ? { kind: 'pretrain', ...common, cases }
    : {
        ...{ kind: 'teach', ...common, cases: [], segments: ['1'], stepsPerEpoch: steps },
        ...{ carryDecoder: false, heldBack: false },
      };
}

/** The slices with a round label each: nothing to learn, but the same work. */
function withDiscs(source: SliceSource): LabelledSliceSource {
  const { size } = source;
  return {
    ...source,
    labels: 1,
    readLabel: (_index, into) => {
      for (let p = 0; p < into.length; p++) {
        const x = (p % size) - size / 2;
        const y = Math.floor(p / size) - size / 2;
        into[p] = x * x + y * y < (size / 6) ** 2 ? 1 : 0;
      }
    },
  };
}

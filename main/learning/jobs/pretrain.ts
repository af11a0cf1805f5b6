import {
  pretrain,
  pretrainContrastive,
  type PretrainReport,
  type PretrainResult,
} from '../../../models/train';
import { cachedSlices } from '../cache/sources';
import { prepareCases, type PreparedCase } from '../cache/prepare';
import { reconstructionPictures } from '../pictures/reconstructions';
import { readModel } from '../registry/model-folder';
import { sha256 } from '../store/atomic';
import { pretrainConfig, variation } from './configs';
import { Stopped, TimeLeft, type JobContext } from './context';
import { feederFor } from '../feeding';
import type { AdaptiveFeeder } from '../feeding/adaptive';
import { fitting } from './fitting';
import { weightBytes } from './measure';
import type { JobResult, PretrainSpec } from './spec';
import { StopWatch } from './stop-watch';
import {
  closingFigures,
  keepModel,
  learntFrom,
  savedState,
  saveIfPaused,
  stopReason,
  tellPreparing,
  tookOf,
  trainingHooks,
} from './training';
import { networkOf, weightsOf } from './weights';

/** Share of the progress bar that preparing scans takes; the rest is training. */
const preparing = 0.1;

/**
 * AMLP pretraining on unlabelled scans, from scans to a model folder. Goes on from its last checkpoint, bit for
 * bit, where the work folder holds one of this very run.
 */
export async function runPretrain(wanted: PretrainSpec, context: JobContext): Promise<JobResult> {
  const watch = new StopWatch();
  const { prepared, leftOut, took } = await prepareCases(
    wanted.cases,
    wanted.recipe.slicing,
    wanted.cache,
    context,
    tellPreparing(context, preparing),
  );
  const source = cachedSlices(prepared.map(({ ref, file }) => ({ patient: ref.patient, file })));
  try {
    const { spec, remark } = await fitting(wanted, context);
    const { recipe } = spec;
    watch.start();
    const feeder = feederFor(source, pretrainConfig(spec).network, {
      cases: prepared.map(({ ref, file }) => ({ patient: ref.patient, file: file.file })),
    });
    const result = await train(spec, context, source, prepared, watch, feeder).finally(() => feeder.close());
    if (!result.finished || result.weights === null) throw new Stopped(stopReason(context));
    const { figures: times, metrics } = tookOf(spec, watch);
    const figures = [
      ...figuresOf(spec, result, prepared.length, leftOut),
      ...closingFigures(remark, result.reports, feeder, times),
    ];
    const bytes = weightBytes(result.weights);
    const speed = watch.speed(prepared, recipe.slicing, took, result.slicesUsed, bytes);
    keepModel(
      spec,
      {
        kind: 'pretrained',
        recipe,
        segments: [],
        network: networkOf(pretrainConfig(spec).network, recipe.channels.length, recipe.channels.length),
        configuration: { ...pretrainConfig(spec), variant: spec.variant },
        learntFrom: learntFrom(prepared, result.slicesUsed),
        figures,
        metrics: { ...metricsOf(result), ...metrics },
      },
      result.weights,
    );
    return {
      message: `Learnt from ${figures[0].toLowerCase()}.`,
      figures,
      ...(speed && { speed }),
    };
  } finally {
    source.close();
  }
}

async function train(
  spec: PretrainSpec,
  context: JobContext,
  source: ReturnType<typeof cachedSlices>,
  prepared: readonly PreparedCase[],
  watch: StopWatch,
  feeder: AdaptiveFeeder,
): Promise<PretrainResult> {
  const config = pretrainConfig(spec);
  const own = sha256(JSON.stringify([config, prepared.map((one) => one.sha256), spec.from]));
  const resume = savedState(spec, own);
  const time = new TimeLeft(20);
  const course = { spec, context, own, preparing, doing: 'Learning', time, watch, feeder };
  const hooks = trainingHooks<PretrainReport>({
    ...course,
    show: ({ maskingRatio, pictures }) => ({
      maskingRatio,
      ...(pictures.length > 0 ? { pictures: reconstructionPictures(pictures) } : {}),
    }),
  });
  const runtime = await context.runtime();
  const { pretraining } = variation(spec.variant);
  const result =
    pretraining.kind === 'simclr' || pretraining.kind === 'byol'
      ? await pretrainContrastive(runtime, source, pretraining.kind, config, hooks, resume ?? undefined)
      : await pretrain(runtime, source, config, hooks, {
          ...(resume === null ? {} : { resume }),
          ...(spec.from === null ? {} : { weights: weightsOf(readModel(spec.from)) }),
        });
  saveIfPaused(course, result);
  return result;
}

function metricsOf({ reports }: PretrainResult): Record<string, number> {
  const last = reports.at(-1);
  return last
    ? {
        loss: last.loss,
        predictionLoss: last.prediction,
        maskingRatio: last.maskingRatio,
        waiting: last.waiting,
      }
    : {};
}

function figuresOf(
  spec: PretrainSpec,
  { slicesUsed, reports }: PretrainResult,
  cases: number,
  leftOut: readonly string[],
): string[] {
  const last = reports.at(-1);
  return [
    `${slicesUsed} slices of ${cases} scans, ${spec.epochs} epochs`,
    ...(last ? [`Reconstruction error ${last.prediction.toFixed(3)} in the last epoch`] : []),
    ...(leftOut.length > 0 ? [`${leftOut.length} scans were left out`] : []),
  ];
}

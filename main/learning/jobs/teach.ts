import type { Runtime } from '../../../models/runtime';
import {
  finetune,
  meanTeacher,
  selfTrain,
  type FinetuneReport,
  type FinetuneConfig,
  type FinetuneResult,
  type FinetuneStart,
  type LabelledSliceSource,
  type SliceSource,
  type TrainingHooks,
} from '../../../models/train';
import { prepareCases } from '../cache/prepare';
import { cachedSlices, labelledSlices } from '../cache/sources';
import { readModel, writeModel } from '../registry/model-folder';
import { sha256 } from '../store/atomic';
import { StudioError } from '../store/failure';
import { contoursChoose, readingSlices } from './choose-reading';
import { teachConfig } from './configs';
import { Stopped, TimeLeft, type JobContext } from './context';
import { readLabels } from './labels';
import { feederFor } from '../feeding';
import type { AdaptiveFeeder } from '../feeding/adaptive';
import { fitting } from './fitting';
import { weightBytes } from './measure';
import type { JobResult, TeachSpec } from './spec';
import { StopWatch } from './stop-watch';
import {
  learntFrom,
  savedState,
  saveIfPaused,
  stopReason,
  tellPreparing,
  tookOf,
  waitedOf,
  trainingHooks,
} from './training';
import { networkOf, storedOf, weightsOf } from './weights';

/** Share of the progress bar that preparing scans takes. */
const preparing = 0.05;

/**
 * Teaches a network with the reviewed slices of contoured cases, from scans to a model folder. Only those slices
 * have a say. Goes on from its last checkpoint, bit for bit.
 */
export async function runTeach(wanted: TeachSpec, context: JobContext): Promise<JobResult> {
  const watch = new StopWatch();
  const { prepared, leftOut, took } = await prepareCases(
    wanted.cases,
    wanted.recipe.slicing,
    wanted.cache,
    context,
    tellPreparing(context, preparing),
  );
  const cases = [];
  for (const { ref, file, sha256: hashes } of prepared)
    cases.push({
      ref,
      file,
      sha256: hashes,
      patient: ref.patient,
      labels: await readLabels(ref, file.header.grid.native),
    });
  const source = labelledSlices(cases, wanted.recipe.slicing.interpolation);
  const others = await unlabelledSlices(wanted, context);
  try {
    const { spec, remark } = await fitting(wanted, context);
    const { recipe } = spec;
    watch.start();
    const choice = contoursChoose(source, recipe);
    watch.sorted(Math.min(source.count, readingSlices));
    const feeder = feederFor(source, teachConfig(spec).network, {
      cases: cases.map(({ patient, file }) => ({ patient, file: file.file })),
      labelled: source.judged,
    });
    const result = await train(
      spec,
      context,
      source,
      others,
      cases.map((one) => one.sha256),
      watch,
      feeder,
    ).finally(() => feeder.close());
    if (!result.finished) throw new Stopped(stopReason(context));
    const learnt = learntFrom(cases, source.count);
    const { figures: times, metrics } = tookOf(spec, watch);
    const speed = watch.speed(prepared, recipe.slicing, took, 0, weightBytes(result.weights));
    const figures = [
      `Taught with ${source.count} slices of ${learnt.patients} ${learnt.patients === 1 ? 'patient' : 'patients'}`,
      ...(result.heldBackDsc === null
        ? []
        : [`DSC ${result.heldBackDsc.toFixed(2)} on ${result.heldBackSlices} held-back slices`]),
      ...(choice ? [choice.sentence] : []),
      ...(leftOut.length > 0 ? [`${leftOut.length} cases were left out: ${leftOut[0]}`] : []),
      ...(remark ? [remark] : []),
      ...waitedOf(result.reports, feeder),
      ...times,
    ];
    writeModel(
      spec.model.folder,
      {
        id: spec.model.id,
        name: spec.model.name,
        kind: 'taught',
        createdAt: new Date().toISOString(),
        parent: spec.from === null ? null : readModel(spec.from).description.id,
        recipe: choice ? { ...recipe, reading: choice.reading } : recipe,
        segments: spec.segments,
        network: networkOf(teachConfig(spec).network, recipe.channels.length, spec.segments.length),
        configuration: { ...teachConfig(spec) },
        learntFrom: learnt,
        figures,
        metrics: {
          ...metrics,
          ...(result.heldBackDsc === null ? {} : { heldBackDsc: result.heldBackDsc }),
          ...(result.reports.length > 0 ? { loss: result.reports[result.reports.length - 1].loss } : {}),
        },
      },
      storedOf(result.weights),
    );
    return {
      message: `${figures.slice(0, 2).join('. ').replace(/\.$/, '')}.`,
      figures,
      ...(speed && { speed }),
    };
  } finally {
    source.close();
    others?.close();
  }
}

async function unlabelledSlices(
  { unlabelled, recipe, cache }: TeachSpec,
  context: JobContext,
): Promise<ReturnType<typeof cachedSlices> | null> {
  if (unlabelled === undefined || unlabelled.length === 0) return null;
  const { prepared } = await prepareCases(unlabelled, recipe.slicing, cache, context, () => undefined);
  return cachedSlices(prepared.map(({ ref, file }) => ({ patient: ref.patient, file })));
}

async function train(
  spec: TeachSpec,
  context: JobContext,
  source: LabelledSliceSource,
  unlabelled: SliceSource | null,
  hashes: readonly (readonly string[])[],
  watch: StopWatch,
  feeder: AdaptiveFeeder,
): Promise<FinetuneResult> {
  const config = teachConfig(spec);
  const labels = labelsHash(source);
  const from = spec.from === null ? null : readModel(spec.from);
  const own = sha256(
    JSON.stringify([
      config,
      hashes,
      labels,
      from?.description.weights.sha256 ?? null,
      spec.segments,
      ...(spec.unlabelled
        ? [spec.selfTraining, spec.unlabelled.map(({ channels }) => channels.map(({ key }) => key))]
        : []),
    ]),
  );
  const resume = savedState(spec, own);
  if (from && from.description.network.width !== spec.recipe.width)
    throw new StudioError(
      `The model to go on from has width ${from.description.network.width}, this run ${spec.recipe.width}.`,
      'Teach with the width of the model, or pretrain one of this width.',
    );
  const goesOn =
    from?.description.kind === 'taught' &&
    JSON.stringify(from.description.segments) === JSON.stringify(spec.segments);
  const weights = from ? weightsOf(from) : undefined;
  const time = new TimeLeft(20);
  const course = { spec, context, own, preparing, doing: 'Learning from contours', time, watch, feeder };
  const hooks = trainingHooks<FinetuneReport>(course);
  const start = weights === undefined ? {} : goesOn ? { continueFrom: weights } : { from: weights };
  const begin = { ...start, ...(resume === null ? {} : { resume }) };
  const runtime = await context.runtime();
  if (unlabelled !== null) {
    const result = await withUnlabelled(spec, runtime, source, unlabelled, config, hooks, begin);
    saveIfPaused(course, result);
    return result;
  }
  const result = await finetune(runtime, source, config, hooks, begin);
  saveIfPaused(course, result);
  return result;
}

/** Teaches with slices that nobody contoured beside those that somebody did. */
const withUnlabelled = (
  { selfTraining = 'pseudo-labels' }: TeachSpec,
  runtime: Runtime,
  source: LabelledSliceSource,
  unlabelled: SliceSource,
  config: FinetuneConfig,
  hooks: TrainingHooks<FinetuneReport>,
  start: FinetuneStart,
): Promise<FinetuneResult> =>
  selfTraining === 'mean-teacher'
    ? finetune(runtime, source, config, hooks, { ...start, companion: meanTeacher(unlabelled) })
    : selfTrain(runtime, source, unlabelled, config, hooks, start);

/** Changes with every contour, so that a checkpoint of other contours is not gone on from. */
function labelsHash(source: LabelledSliceSource): string {
  const label = new Float32Array(source.size * source.size * source.labels);
  const parts: string[] = [];
  for (let index = 0; index < source.count; index++) {
    source.readLabel(index, label);
    parts.push(sha256(new Uint8Array(label.buffer)));
  }
  return sha256(parts.join());
}

import {
  finetune,
  type FinetuneReport,
  type FinetuneResult,
  type LabelledSliceSource,
} from '../../../models/train';
import { prepareCases } from '../cache/prepare';
import { labelledSlices } from '../cache/sources';
import { readModel } from '../registry/model-folder';
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
import type { CaseRef, JobResult, TeachSpec } from './spec';
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
import {
  openUnlabelled,
  partedByLabel,
  teachWithUnlabelled,
  unlabelledCases,
  type Unlabelled,
} from './unlabelled';
import { networkOf, weightsOf } from './weights';

/** Share of the progress bar that preparing scans takes. */
const preparing = 0.05;

/**
 * Teaches a network with the reviewed slices of contoured cases, from scans to a model folder. Only those slices
 * have a say; where the job names scans that nobody contoured, what the taught model is sure of there teaches a second
 * round. Goes on from its last checkpoint, bit for bit.
 */
export async function runTeach(wanted: TeachSpec, context: JobContext): Promise<JobResult> {
  const watch = new StopWatch();
  const { prepared, leftOut, took } = await prepareCases<CaseRef>(
    [...wanted.cases, ...unlabelledCases(wanted)],
    wanted.recipe.slicing,
    wanted.cache,
    context,
    tellPreparing(context, preparing),
  );
  const { labelled, others } = partedByLabel(prepared);
  if (labelled.length === 0)
    throw new StudioError(
      `None of the ${wanted.cases.length} contoured scans can be used (${leftOut[0]}).`,
      'Look at the archive’s list of what was left out and why.',
    );
  const cases = [];
  for (const { ref, file, sha256: hashes } of labelled)
    cases.push({
      ref,
      file,
      sha256: hashes,
      patient: ref.patient,
      labels: await readLabels(ref, file.header.grid.native),
    });
  const source = labelledSlices(cases, wanted.recipe.slicing.interpolation);
  const unlabelled = openUnlabelled(others);
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
    const taught = await train(
      spec,
      context,
      source,
      unlabelled,
      cases.map((one) => one.sha256),
      watch,
      feeder,
    ).finally(() => feeder.close());
    const { result } = taught;
    if (!result.finished) throw new Stopped(stopReason(context));
    const learnt = learntFrom(cases, source.count, taught.slices > 0 ? others : [], taught.slices);
    const { figures: times, metrics } = tookOf(spec, watch);
    const speed = watch.speed(prepared, recipe.slicing, took, 0, weightBytes(result.weights));
    const figures = [
      `Taught with ${source.count} slices of ${learnt.patients} ${learnt.patients === 1 ? 'patient' : 'patients'}`,
      ...(result.heldBackDsc === null
        ? []
        : [`DSC ${result.heldBackDsc.toFixed(2)} on ${result.heldBackSlices} held-back slices`]),
      ...(taught.sentence === undefined ? [] : [taught.sentence]),
      ...(choice ? [choice.sentence] : []),
      ...(leftOut.length > 0 ? [`${leftOut.length} cases were left out: ${leftOut[0]}`] : []),
      ...closingFigures(remark, result.reports, feeder, times),
    ];
    keepModel(
      spec,
      {
        kind: 'taught',
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
      result.weights,
    );
    return {
      message: `${figures.slice(0, 2).join('. ').replace(/\.$/, '')}.`,
      figures,
      ...(speed && { speed }),
    };
  } finally {
    source.close();
    unlabelled?.source.close();
  }
}

async function train(
  spec: TeachSpec,
  context: JobContext,
  source: LabelledSliceSource,
  unlabelled: Unlabelled | null,
  hashes: readonly (readonly string[])[],
  watch: StopWatch,
  feeder: AdaptiveFeeder,
): Promise<{ readonly result: FinetuneResult; readonly sentence?: string; readonly slices: number }> {
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
      ...(unlabelled
        ? [spec.selfTraining, unlabelled.prepared.map(({ ref }) => ref.channels.map(({ key }) => key))]
        : []),
    ]),
  );
  const resume = savedState(spec, own);
  // The variation decides: a 3D network is narrower than the recipe says.
  if (from && from.description.network.width !== config.network.width)
    throw new StudioError(
      `The model to go on from has width ${from.description.network.width}, this run ${config.network.width}.`,
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
  const taught = unlabelled
    ? await teachWithUnlabelled(spec, runtime, source, unlabelled, config, hooks, begin)
    : { result: await finetune(runtime, source, config, hooks, begin), slices: 0 };
  saveIfPaused(course, taught.result);
  return taught;
}

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

import type { NamedWeights, StepProgress, TrainingHooks, TrainingState } from '../../../models/train';
import type { Feeder } from '../../../models/train/feeder';
import type { PreparedCase } from '../cache/prepare';
import { readModelDescription, writeModel, type ModelDescription } from '../registry/model-folder';
import { loadCheckpoint, saveCheckpoint } from './checkpoint';
import type { TimeLeft, JobContext } from './context';
import { spokenTime } from './estimate';
import type { CaseRef, JobProgress, PretrainSpec, TeachSpec } from './spec';
import type { StopWatch } from './stop-watch';
import { storedOf } from './weights';

/** What pretraining and teaching have in common: how they tell, save, stop, and go on. */

type Spec = PretrainSpec | TeachSpec;

/** Minutes between two checkpoints within an epoch, where the job does not say. */
export const usualCheckpointMinutes = 3;

/** After every epoch; a wide network's state takes hundreds of megabytes and is saved twice a minute at most. */
const checkpointEveryMs = (width: number): number => (width <= 32 ? 0 : 30_000);

export const stopReason = (context: Pick<JobContext, 'will'>): 'pause' | 'cancel' =>
  context.will() === 'cancel' ? 'cancel' : 'pause';

/** Tells how far the preparation of scans is, which takes `share` of the bar. */
export const tellPreparing =
  (context: Pick<JobContext, 'report'>, share: number) =>
  (done: number, total: number, secondsLeft: number | null): void =>
    context.report({
      phase: `Preparing scans ${Math.min(done + 1, total)} of ${total}`,
      fraction: (share * done) / total,
      secondsLeft,
    });

export interface Course<Report> {
  readonly spec: Spec;
  readonly context: JobContext;
  /** Names the run: a checkpoint of another run is not gone on from. */
  readonly own: string;
  /** Share of the bar that lies before training. */
  readonly preparing: number;
  /** E.g. "Learning". */
  readonly doing: string;
  readonly time: TimeLeft;
  readonly watch: StopWatch;
  /** Who makes the samples. */
  readonly feeder?: Feeder;
  /** What a person sees of an epoch beside its loss. */
  readonly show?: (report: Report) => Pick<JobProgress, 'pictures'> & { readonly maskingRatio?: number };
}

/** The hooks of a training run: progress, checkpoints, stopping. */
export function trainingHooks<Report extends { epoch: number; epochs: number; loss: number }>({
  spec,
  context,
  own,
  preparing,
  doing,
  time,
  watch,
  feeder,
  show,
}: Course<Report>): TrainingHooks<Report> {
  let fraction = preparing;
  return {
    ...(feeder && { feeder }),
    checkpointEveryMs: checkpointEveryMs(spec.recipe.width),
    checkpointWithinMs: (spec.checkpointMinutes ?? usualCheckpointMinutes) * 60_000,
    checkpoint: (state) => saveState(spec, own, state),
    shouldStop: () => context.will() !== 'run',
    onPreparing: (done, total) => {
      if (done === total) watch.sorted(total);
      context.report({ phase: `Sorting patches, slice ${done} of ${total}`, fraction, secondsLeft: null });
    },
    onStep: ({ epoch, epochs, step, stepsPerEpoch, done, total }: StepProgress) => {
      fraction = preparing + ((1 - preparing) * done) / total;
      watch.step();
      context.report({
        phase: `${doing}, epoch ${epoch} of ${epochs}, step ${step} of ${stepsPerEpoch}`,
        fraction,
        secondsLeft: time.done(total - done),
      });
    },
    onEpoch: (report) => {
      watch.epoch();
      const { maskingRatio, pictures } = show?.(report) ?? {};
      const { epoch, epochs, loss } = report;
      context.report({
        phase: `${doing}, epoch ${epoch} of ${epochs}`,
        fraction,
        secondsLeft: null,
        point: { epoch, loss, ...(maskingRatio === undefined ? {} : { maskingRatio }) },
        ...(pictures === undefined ? {} : { pictures }),
      });
    },
  };
}

/** How much of the time of its last epoch the step waited for samples, for the report. */
const waitedOf = (
  reports: readonly { readonly waiting: number }[],
  feeder: { readonly threaded: boolean } | null,
): string[] => {
  const last = reports.at(-1);
  return last
    ? [
        `Waited for samples ${(100 * last.waiting).toFixed(1)} % of the time${feeder?.threaded ? ', made by threads of their own' : ''}`,
      ]
    : [];
};

/** What every run's figures end with: what it fitted to, how it waited, how long it took. */
export const closingFigures = (
  remark: string | null | undefined,
  reports: readonly { readonly waiting: number }[],
  feeder: { readonly threaded: boolean } | null,
  times: readonly string[],
): string[] => [...(remark ? [remark] : []), ...waitedOf(reports, feeder), ...times];

/** How long a run took beside what was told before it, for its report. */
export const tookOf = (
  { estimate }: Spec,
  watch: StopWatch,
): { readonly figures: string[]; readonly metrics: Record<string, number> } => {
  const seconds = watch.total();
  const told = estimate === undefined ? '' : `; ${spokenTime(estimate.seconds)} were estimated`;
  return {
    figures: [`Took ${spokenTime(seconds)}${told}`],
    metrics: { seconds, ...(estimate === undefined ? {} : { estimatedSeconds: estimate.seconds }) },
  };
};

/** The state that a run goes on from, or null. */
export const savedState = ({ work }: Spec, own: string): TrainingState | null =>
  loadCheckpoint(work, own) as TrainingState | null;

export const saveState = ({ work }: Spec, own: string, state: TrainingState): void =>
  saveCheckpoint(work, own, state as never);

/** Stopped between checkpoints: what was learnt since the last one is kept too. */
export function saveIfPaused(
  { spec, own, context }: Pick<Course<unknown>, 'spec' | 'own' | 'context'>,
  { finished, state }: { readonly finished: boolean; readonly state: TrainingState | null },
): void {
  if (!finished && state !== null && context.will() === 'pause') saveState(spec, own, state);
}

type Known = Pick<PreparedCase, 'sha256'> & { readonly ref: CaseRef };

/**
 * What a model learnt from, by hash and count; never by name.
 * @param prepared scans whose slices taught
 * @param others scans that taught without anybody's contours, and how many of their slices did
 */
export function learntFrom(
  prepared: readonly Known[],
  slices: number,
  others: readonly Known[] = [],
  otherSlices = 0,
): ModelDescription['learntFrom'] {
  const scans = (cases: readonly Known[]): number => cases.reduce((n, one) => n + one.sha256.length, 0);
  return {
    patients: new Set(prepared.map(({ ref }) => ref.patient)).size,
    scans: scans(prepared),
    slices,
    ...(otherSlices > 0 ? { unlabelled: { scans: scans(others), slices: otherSlices } } : {}),
    sha256: [...new Set([...prepared, ...others].flatMap((one) => one.sha256))].sort(),
  };
}

/** Writes what a run made of itself, with where it comes from. */
export function keepModel(
  { model, from }: Spec,
  what: Omit<Parameters<typeof writeModel>[1], 'id' | 'name' | 'createdAt' | 'parent'>,
  weights: NamedWeights,
): void {
  writeModel(
    model.folder,
    {
      id: model.id,
      name: model.name,
      createdAt: new Date().toISOString(),
      parent: from === null ? null : readModelDescription(from).id,
      ...what,
    },
    storedOf(weights),
  );
}

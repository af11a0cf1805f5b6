import { compilePredictor, plainWeights } from '../infer/predictor';
import type { Runtime } from '../runtime';
import { finetune, type FinetuneResult, type FinetuneStart } from './finetune';
import type { TrainingState } from './checkpoint';
import type { FinetuneConfig, FinetuneReport } from './finetune-config';
import type { TrainingHooks } from './hooks';
import { createNetwork, slicesOf } from './network';
import { type PseudoLabelOptions, pseudoLabels } from './pseudo-labels';
import { joined, type LabelledSliceSource, type SliceSource } from './slice-source';

export interface SelfTrainResult extends FinetuneResult {
  /** Slices that were pseudo-labelled in the last round; 0 where the model was sure of none. */
  readonly pseudoLabelled: number;
}

/** The weights that made the pseudo-labels of the round under way, in its saved state. */
const TAUGHT = 'taught/';

/**
 * Teaches, lets the taught model label what it is sure of on unlabelled slices, and teaches again with both; a
 * person's contour always counts more. Reports of all rounds reach `hooks.onEpoch` in order. A state of any round goes
 * on bit for bit: the pseudo-labels are made anew by the weights that made them.
 * @param unlabelled slices of other cases than `labelled`, prepared alike
 */
export async function selfTrain(
  runtime: Runtime,
  labelled: LabelledSliceSource,
  unlabelled: SliceSource,
  config: FinetuneConfig,
  hooks: TrainingHooks<FinetuneReport> = {},
  start: FinetuneStart = {},
  options: Partial<PseudoLabelOptions> & { readonly rounds?: number } = {},
): Promise<SelfTrainResult> {
  const { resume, ...fresh } = start;
  const rounds = options.rounds ?? 1;
  const first = resume?.facts.round ?? 0;
  let taught = first > 0 && resume ? taughtOf(resume) : null;
  let result: FinetuneResult | null = null;
  let pseudoLabelled = 0;
  for (let round = first; round <= rounds; round++) {
    const by = taught;
    const own = within(hooks, round, rounds, (state) => (by ? marked(state, round, by) : state));
    const begin = round === first && resume ? { ...fresh, resume } : fresh;
    if (by === null) result = await finetune(runtime, labelled, config, own, begin);
    else {
      const pseudo = await labelBy(runtime, by, labelled.labels, unlabelled, config, {
        ...options,
        shouldStop: hooks.shouldStop?.bind(hooks),
      });
      if (pseudo === 'stopped') {
        if (result) return { ...result, finished: false, pseudoLabelled };
        // Stopped before anything was made of the state: it is still the state.
        return { ...nothingYet, state: resume as TrainingState, pseudoLabelled };
      }
      // A model that is sure of nothing has nothing to teach; what it was taught stays.
      if (pseudo === null) break;
      pseudoLabelled = pseudo.count;
      // Held back for judging would be pseudo-labels too: a second round trains to its end.
      const again = { ...config, earlyStopping: null, seed: config.seed + 1000 * round };
      result = await finetune(runtime, joined([labelled, pseudo]), again, own, begin);
      result = { ...result, state: marked(result.state, round, by) };
    }
    if (!result.finished) break;
    taught = plainWeights(result.weights);
  }
  return { ...(result ?? { ...nothingYet, state: resume as TrainingState }), pseudoLabelled };
}

const nothingYet: Omit<FinetuneResult, 'state'> = {
  finished: false,
  weights: {},
  reports: [],
  heldBackDsc: null,
  heldBackSlices: 0,
  carried: [],
};

/** A round's state with what it needs to begin again: its number, and the weights that labelled for it. */
const marked = (
  state: TrainingState,
  round: number,
  taught: Readonly<Record<string, Float32Array>>,
): TrainingState => ({
  ...state,
  tensors: {
    ...state.tensors,
    ...Object.fromEntries(Object.entries(taught).map(([name, data]) => [TAUGHT + name, data])),
  },
  facts: { ...state.facts, round },
});

const taughtOf = ({ tensors }: TrainingState): Record<string, Float32Array> =>
  Object.fromEntries(
    Object.entries(tensors)
      .filter(([name]) => name.startsWith(TAUGHT))
      .map(([name, data]) => [name.slice(TAUGHT.length), data]),
  );

/**
 * One round's hooks: its state is completed before it is kept, its steps count as a part of all rounds. What reads the
 * contoured slices alone is not handed on, since later rounds read others as well.
 */
const within = (
  hooks: TrainingHooks<FinetuneReport>,
  round: number,
  rounds: number,
  complete: (state: TrainingState) => TrainingState,
): TrainingHooks<FinetuneReport> => ({
  onEpoch: hooks.onEpoch?.bind(hooks),
  shouldStop: hooks.shouldStop?.bind(hooks),
  ...(hooks.checkpoint ? { checkpoint: (state) => hooks.checkpoint?.(complete(state)) } : {}),
  checkpointEveryMs: hooks.checkpointEveryMs,
  checkpointWithinMs: hooks.checkpointWithinMs,
  onStep: (progress) =>
    hooks.onStep?.({
      ...progress,
      done: round * progress.total + progress.done,
      total: (rounds + 1) * progress.total,
    }),
});

/** @returns null where the model is sure of no slice */
async function labelBy(
  runtime: Runtime,
  taught: Readonly<Record<string, Float32Array>>,
  labels: number,
  unlabelled: SliceSource,
  config: FinetuneConfig,
  options: Partial<PseudoLabelOptions>,
): Promise<LabelledSliceSource | 'stopped' | null> {
  const network = createNetwork(runtime, config.network, unlabelled.channels, labels, config.seed);
  const predictor = await compilePredictor(runtime, network, {
    batch: config.batch,
    size: config.size,
    channels: unlabelled.channels,
    labels,
    slices: slicesOf(config.network),
  });
  try {
    predictor.load(taught);
    let stopped = false;
    const shouldStop = (): boolean => (stopped = options.shouldStop?.() ?? false);
    const found = await pseudoLabels(predictor, unlabelled, { ...options, shouldStop });
    return stopped ? 'stopped' : found;
  } finally {
    predictor.dispose();
    network.dispose();
  }
}

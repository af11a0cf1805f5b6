import { compilePredictor, plainWeights } from '../infer/predictor';
import type { Runtime } from '../runtime';
import { finetune, type FinetuneResult, type FinetuneStart } from './finetune';
import type { TrainingState } from './checkpoint';
import type { FinetuneConfig, FinetuneReport } from './finetune-config';
import type { TrainingHooks } from './hooks';
import { holdBack } from './held-back';
import { createNetwork, type NamedWeights, slicesOf } from './network';
import { type PseudoLabelOptions, pseudoLabels } from './pseudo-labels';
import { joined, type LabelledSliceSource, type SliceSource } from './slice-source';

export interface SelfTrainResult extends FinetuneResult {
  /** Slices that were pseudo-labelled in the last round; 0 where the model was sure of none. */
  readonly pseudoLabelled: number;
  /**
   * DSC on the held-back slices of a round that did worse than the one before it: what it learnt is left out, and the
   * weights are those of the round before. Null where no round did.
   */
  readonly leftOutDsc: number | null;
}

/** A taught model that labels for the next round. */
interface Taught {
  readonly weights: Readonly<Record<string, Float32Array>>;
  /** On the held-back slices; null where none is held back. */
  readonly dsc: number | null;
}

/** The weights that made the pseudo-labels of the round under way, in its saved state. */
const TAUGHT = 'taught/';

/**
 * Teaches, lets the taught model label what it is sure of on unlabelled slices, and teaches again with both; a
 * person's contour always counts more. Where contours are held back, the same ones judge every round, and a round that
 * does worse than the one before is left out. Reports of all rounds reach `hooks.onEpoch` in order. A state of any
 * round goes on bit for bit: the pseudo-labels are made anew by the weights that made them.
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
  const heldBack = contoursHeldBack(labelled, config);
  let taught = first > 0 && resume ? taughtOf(resume) : null;
  let result: FinetuneResult | null = null;
  let pseudoLabelled = 0;
  let leftOutDsc: number | null = null;
  for (let round = first; round <= rounds; round++) {
    const by = taught;
    const own = within(hooks, round, rounds, (state) => (by ? marked(state, round, by) : state));
    const begin = round === first && resume ? { ...fresh, resume } : fresh;
    if (by === null) result = await finetune(runtime, labelled, config, own, begin);
    else {
      const pseudo = await labelBy(runtime, by.weights, labelled.labels, unlabelled, config, {
        ...options,
        shouldStop: hooks.shouldStop?.bind(hooks),
      });
      if (pseudo === 'stopped') {
        if (result) return { ...result, finished: false, pseudoLabelled, leftOutDsc };
        // Stopped before anything was made of the state: it is still the state.
        return { ...nothingYet, state: resume as TrainingState, pseudoLabelled, leftOutDsc };
      }
      // A model that is sure of nothing has nothing to teach; what it was taught stays.
      if (pseudo === null) break;
      pseudoLabelled = pseudo.count;
      const judged = heldBack.length > 0;
      const again = {
        ...config,
        earlyStopping: judged ? config.earlyStopping : null,
        seed: config.seed + 1000 * round,
      };
      const from = judged ? { ...begin, heldBack } : begin;
      result = await finetune(runtime, joined([labelled, pseudo]), again, own, from);
      result = { ...result, state: marked(result.state, round, by) };
      if (result.finished && by.dsc !== null && (result.heldBackDsc ?? 1) < by.dsc) {
        leftOutDsc = result.heldBackDsc;
        result = { ...result, heldBackDsc: by.dsc, weights: withValues(result.weights, by.weights) };
        break;
      }
    }
    if (!result.finished) break;
    taught = { weights: plainWeights(result.weights), dsc: result.heldBackDsc };
  }
  return { ...(result ?? { ...nothingYet, state: resume as TrainingState }), pseudoLabelled, leftOutDsc };
}

/**
 * The contoured slices that judge every round: those that the first round holds back. A 3D network's samples are runs
 * of slices, which pseudo-labels may lengthen: its later rounds train to their end.
 */
const contoursHeldBack = (labelled: LabelledSliceSource, config: FinetuneConfig): readonly number[] =>
  slicesOf(config.network) === 1 ? holdBack(labelled, config.earlyStopping, config.seed).heldBack : [];

const withValues = (weights: NamedWeights, values: Readonly<Record<string, Float32Array>>): NamedWeights =>
  Object.fromEntries(
    Object.entries(weights).map(([name, weight]) => [name, { ...weight, data: values[name] ?? weight.data }]),
  );

const nothingYet: Omit<FinetuneResult, 'state'> = {
  finished: false,
  weights: {},
  reports: [],
  heldBackDsc: null,
  heldBackSlices: 0,
  carried: [],
};

/** A round's state with what it needs to begin again: its number, and the model that labelled for it. */
const marked = (state: TrainingState, round: number, { weights, dsc }: Taught): TrainingState => ({
  ...state,
  tensors: {
    ...state.tensors,
    ...Object.fromEntries(Object.entries(weights).map(([name, data]) => [TAUGHT + name, data])),
  },
  facts: { ...state.facts, round, ...(dsc === null ? {} : { taughtDsc: dsc }) },
});

const taughtOf = ({ tensors, facts }: TrainingState): Taught => ({
  weights: Object.fromEntries(
    Object.entries(tensors)
      .filter(([name]) => name.startsWith(TAUGHT))
      .map(([name, data]) => [name.slice(TAUGHT.length), data]),
  ),
  dsc: facts.taughtDsc ?? null,
});

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

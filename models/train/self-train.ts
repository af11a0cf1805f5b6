import { compilePredictor, plainWeights } from '../infer/predictor';
import type { Runtime } from '../runtime';
import { finetune, type FinetuneResult, type FinetuneStart } from './finetune';
import type { FinetuneConfig, FinetuneReport } from './finetune-config';
import type { TrainingHooks } from './hooks';
import { createNetwork, slicesOf } from './network';
import { type PseudoLabelOptions, pseudoLabels } from './pseudo-labels';
import { joined, type LabelledSliceSource, type SliceSource } from './slice-source';

export interface SelfTrainResult extends FinetuneResult {
  /** Slices that were pseudo-labelled in the last round; 0 where the model was sure of none. */
  readonly pseudoLabelled: number;
}

/**
 * Teaches, lets the taught model label what it is sure of on unlabelled slices, and teaches again with both; a
 * person's contour always counts more. Reports of all rounds reach `hooks.onEpoch` in order.
 * @param unlabelled slices of other cases than `labelled`, prepared alike
 */
export async function selfTrain(
  runtime: Runtime,
  labelled: LabelledSliceSource,
  unlabelled: SliceSource,
  config: FinetuneConfig,
  hooks: TrainingHooks<FinetuneReport> = {},
  start: Omit<FinetuneStart, 'resume'> = {},
  options: Partial<PseudoLabelOptions> & { readonly rounds?: number } = {},
): Promise<SelfTrainResult> {
  let result = await finetune(runtime, labelled, config, hooks, start);
  let pseudoLabelled = 0;
  for (let round = 0; round < (options.rounds ?? 1) && result.finished; round++) {
    const pseudo = await labelBy(runtime, result, labelled.labels, unlabelled, config, {
      ...options,
      shouldStop: hooks.shouldStop?.bind(hooks),
    });
    if (!pseudo) break;
    pseudoLabelled = pseudo.count;
    // Held back for judging would be pseudo-labels too: a second round trains to its end.
    const again = { ...config, earlyStopping: null, seed: config.seed + 1000 * (round + 1) };
    result = await finetune(runtime, joined([labelled, pseudo]), again, hooks, start);
  }
  return { ...result, pseudoLabelled };
}

async function labelBy(
  runtime: Runtime,
  taught: FinetuneResult,
  labels: number,
  unlabelled: SliceSource,
  config: FinetuneConfig,
  options: Partial<PseudoLabelOptions>,
): Promise<LabelledSliceSource | null> {
  const network = createNetwork(runtime, config.network, unlabelled.channels, labels, config.seed);
  const predictor = await compilePredictor(runtime, network, {
    batch: config.batch,
    size: config.size,
    channels: unlabelled.channels,
    labels,
    slices: slicesOf(config.network),
  });
  try {
    predictor.load(plainWeights(taught.weights));
    return await pseudoLabels(predictor, unlabelled, options);
  } finally {
    predictor.dispose();
    network.dispose();
  }
}

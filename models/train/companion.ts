import type * as tfjs from '@tensorflow/tfjs';
import type { UNet } from '../nets/unet2d';
import type { InputSpec, Runtime, TrainingStep } from '../runtime';
import type { FinetuneConfig } from './finetune-config';

/**
 * Something that teaches beside the contours, within the same step: its own inputs, its own term of the loss. What it
 * feeds must depend on seeds and on its state alone, so that a resumed run ends in the same weights.
 */
export interface Companion {
  readonly inputs: readonly InputSpec[];
  /** The term that is added to the loss of the contours. */
  loss(feeds: Readonly<Record<string, tfjs.Tensor>>): tfjs.Scalar;
  /** @param step counted over the whole run */
  feeds(step: number): Promise<Record<string, Float32Array>>;
  /** After every update. @param done updates made so far */
  follow(step: TrainingStep, done: number): Promise<void>;
  /** Weights to judge and to keep in place of the network's own; null: the network's. */
  weights(): Readonly<Record<string, Float32Array>> | null;
  /** Enough to go on bit for bit; names must not meet those of the run. */
  state(): Readonly<Record<string, Float32Array>>;
  restore(tensors: Readonly<Record<string, Float32Array>>): void;
  dispose(): void;
}

/** Makes a companion for a network that is about to be taught. */
export interface CompanionPlan {
  /** All that decides its course, for the run's fingerprint. */
  readonly about: unknown;
  /** @param run updates of the whole run, and label channels of one slice */
  join(
    runtime: Runtime,
    network: UNet,
    config: FinetuneConfig,
    run: { readonly steps: number; readonly labels: number },
  ): Promise<Companion>;
}

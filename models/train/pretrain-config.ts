import type { CropRange, LossReading, MaskingOrder, Reading } from '../amlp';
import type { ClusteringName } from '../amlp/clustering';
import type { NetworkConfig } from './network';

/** One configuration makes AMLP, each of its ablations and the masked baselines: they are one trainer. */
export interface PretrainConfig {
  readonly network: NetworkConfig;
  /** Side of a training sample, pixels; a multiple of `patch` and of 2 ** depth. */
  readonly size: number;
  /** Side of a patch; the paper's 16 (8 and 32 in its Fig. 5). */
  readonly patch: number;
  readonly batch: number;
  readonly epochs: number;
  /** Most slices of an epoch; absent: all. A large archive then shows another part of itself every epoch. */
  readonly slicesPerEpoch?: number;
  readonly rate: number;
  readonly warmUpEpochs: number;
  readonly weightDecay: number;
  /** Largest norm of the gradient; absent: no clipping. */
  readonly clipNorm?: number;
  readonly crop: CropRange;
  readonly reading: Reading;
  readonly clustering: ClusteringName;
  readonly order: MaskingOrder;
  /** Share masked in the first and last epoch (AMR); equal: a fixed ratio. */
  readonly ratio: { readonly start: number; readonly end: number };
  /** What stands in a masked patch: the mean (0 after z-scoring), a learned value a channel, or noise. */
  readonly fill: 'zero' | 'token' | 'noise';
  readonly loss: LossReading;
  /** Whether labels follow the losses (CCL); off, those of the clustering stay. */
  readonly updateLabels: boolean;
  /** Table IX: share of labels that are wrong from the start, and whether they may be corrected. */
  readonly misclassified: number;
  readonly correctMisclassified: boolean;
  readonly seed: number;
}

/** After each epoch of pretraining. */
export interface PretrainReport {
  /** Counted from 1. */
  readonly epoch: number;
  readonly epochs: number;
  /** What the optimiser minimised, mean over the epoch. */
  readonly loss: number;
  /** L_pred and L_ccl, means over the epoch. */
  readonly prediction: number;
  readonly consistency: number;
  readonly maskingRatio: number;
  /** Share of the patch labels that changed. */
  readonly labelsChanged: number;
  readonly learningRate: number;
  readonly seconds: number;
  /** Share of the time in which the step waited for samples. */
  readonly waiting: number;
  readonly pictures: readonly Reconstruction[];
}

/** A sample before, masked, and as the network completed it (masked patches only); [size, size, channels]. */
export interface Reconstruction {
  readonly size: number;
  readonly channels: number;
  readonly original: Float32Array;
  readonly masked: Float32Array;
  readonly reconstructed: Float32Array;
}

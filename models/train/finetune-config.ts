import type { Augmentation } from './augment/options';
import type { NetworkConfig } from './network';

export interface FinetuneConfig {
  readonly network: NetworkConfig;
  /** Side of a training sample, pixels; a multiple of 2 ** depth, at most that of the slices. */
  readonly size: number;
  readonly batch: number;
  readonly epochs: number;
  /** Steps of an epoch; `slices`: as many as show every slice once, as in the paper. */
  readonly stepsPerEpoch: number | 'slices';
  readonly rate: number;
  readonly warmUpEpochs: number;
  readonly weightDecay: number;
  readonly clipNorm?: number;
  readonly augmentation: Augmentation;
  /** Share of the samples that are drawn from slices with a lesion, and onto it; null: slices as they come. */
  readonly foregroundShare: number | null;
  /** What a pretrained model gives: its encoder (the paper), or its decoder as well. */
  readonly carry: 'encoder' | 'encoder-and-decoder';
  /** Whether the carried encoder stays as it is. */
  readonly freeze: 'none' | 'encoder';
  /** Factor on the learning rate of what was carried over, and of each level further from the head; 1: all alike. */
  readonly carriedRate: number;
  readonly levelDecay: number;
  /** Held-back slices decide when to stop; null: train to the end. */
  readonly earlyStopping: EarlyStopping | null;
  readonly seed: number;
}

export interface EarlyStopping {
  /** Share of the cases (of the slices, below five cases) that is held back. */
  readonly share: number;
  /** Fewer labelled slices than this: nothing is held back, every contour teaches. */
  readonly minimumSlices: number;
  /** Epochs without a better DSC before the run ends. */
  readonly patience: number;
}

/** After each epoch of fine-tuning. */
export interface FinetuneReport {
  /** Counted from 1. */
  readonly epoch: number;
  readonly epochs: number;
  readonly loss: number;
  /** Soft Dice and cross-entropy of the training batches, means over the epoch. */
  readonly softDice: number;
  readonly crossEntropy: number;
  /** DSC over the pixels of the held-back slices together; null where none is held back. */
  readonly heldBackDsc: number | null;
  readonly learningRate: number;
  readonly seconds: number;
  readonly waiting: number;
}

import { AS_PRINTED, type Reading } from '../amlp';
import { NNUNET, PLAIN } from './augment/options';
import type { FinetuneConfig } from './finetune-config';
import type { NetworkConfig } from './network';
import type { PretrainConfig } from './pretrain-config';

/** `paper`: as printed, for a machine with a card. `desktop`: what two cores get through in an evening. */
export type PresetName = 'paper' | 'desktop';

export const PAPER_NETWORK: NetworkConfig = {
  backbone: 'unet2d',
  width: 64,
  depth: 4,
  // The paper names none; on few slices it was also the best and, at half the graph, the fastest.
  normalisation: 'none',
};

export const DESKTOP_NETWORK: NetworkConfig = { ...PAPER_NETWORK, width: 16 };

const PAPER_PRETRAIN: PretrainConfig = {
  network: PAPER_NETWORK,
  size: 144,
  patch: 16,
  batch: 36,
  epochs: 800,
  rate: 1e-4,
  warmUpEpochs: 40,
  weightDecay: 0.05,
  crop: { area: [0.2, 1], aspect: [3 / 4, 4 / 3], mirror: true },
  reading: AS_PRINTED,
  clustering: 'k-means',
  order: 'foreground-first',
  ratio: { start: 0.25, end: 0.8 },
  fill: 'zero',
  loss: { prediction: 'l2', rrl: 'ratio', ccl: 'labels-only' },
  updateLabels: true,
  misclassified: 0,
  correctMisclassified: true,
  seed: 1,
};

const DESKTOP_PRETRAIN: PretrainConfig = {
  ...PAPER_PRETRAIN,
  network: DESKTOP_NETWORK,
  size: 96,
  batch: 16,
  epochs: 40,
  slicesPerEpoch: 640,
  rate: 1e-3,
  warmUpEpochs: 2,
  clipNorm: 1,
  crop: { area: [0.5, 1], aspect: [3 / 4, 4 / 3], mirror: true },
  loss: { prediction: 'l2', rrl: 'weight', ccl: 'labels-only' },
};

const PAPER_FINETUNE: FinetuneConfig = {
  network: PAPER_NETWORK,
  size: 144,
  batch: 31,
  epochs: 70,
  stepsPerEpoch: 'slices',
  rate: 1e-4,
  warmUpEpochs: 5,
  weightDecay: 1e-4,
  augmentation: PLAIN,
  foregroundShare: null,
  carry: 'encoder',
  freeze: 'none',
  carriedRate: 1,
  levelDecay: 1,
  earlyStopping: null,
  seed: 1,
};

const DESKTOP_FINETUNE: FinetuneConfig = {
  ...PAPER_FINETUNE,
  network: DESKTOP_NETWORK,
  size: 96,
  batch: 8,
  epochs: 20,
  stepsPerEpoch: 25,
  rate: 1e-3,
  warmUpEpochs: 1,
  clipNorm: 1,
  augmentation: NNUNET,
  foregroundShare: 0.5,
  earlyStopping: { share: 0.2, minimumSlices: 60, patience: 8 },
};

export const PRETRAIN_PRESETS: Readonly<Record<PresetName, PretrainConfig>> = {
  paper: PAPER_PRETRAIN,
  desktop: DESKTOP_PRETRAIN,
};

export const FINETUNE_PRESETS: Readonly<Record<PresetName, FinetuneConfig>> = {
  paper: PAPER_FINETUNE,
  desktop: DESKTOP_FINETUNE,
};

/**
 * The reading of masked patch selection to start with, by what the first channel shows: measured on soft-tissue
 * sarcomas (CT, T1, PET) and low-grade glioma (FLAIR). A site's first contours choose better (`chooseReading`).
 */
export function startingReading(modality: string): Reading {
  switch (modality) {
    case 'PT':
      return { clusterOn: 'raw', patches: 'all', foreground: 'small', order: 'margin' };
    case 'MR':
      return { clusterOn: 'raw', patches: 'body', foreground: 'large', order: 'nearest-foreground' };
    case 'CT':
      return { clusterOn: 'raw', patches: 'body', foreground: 'large', order: 'nearest-foreground' };
    default:
      return AS_PRINTED;
  }
}

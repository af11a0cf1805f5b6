import {
  FINETUNE_PRESETS,
  PRETRAIN_PRESETS,
  type FinetuneConfig,
  type PretrainConfig,
} from '../../../models/train';
import { StudioError } from '../store/failure';
import type { PretrainSpec, TeachSpec } from './spec';

type Settings = Pick<
  PretrainSpec,
  'preset' | 'recipe' | 'epochs' | 'batch' | 'learningRate' | 'seed' | 'variant'
>;

const warmUp = (preset: { readonly warmUpEpochs: number; readonly epochs: number }, epochs: number): number =>
  Math.round((preset.warmUpEpochs * epochs) / preset.epochs);

/** The whole method. */
function amlp({ preset, recipe, epochs, batch, learningRate, seed }: Settings): PretrainConfig {
  const base = PRETRAIN_PRESETS[preset];
  return {
    ...base,
    network: { ...base.network, width: recipe.width },
    size: recipe.slicing.size,
    patch: recipe.patch,
    batch,
    epochs,
    rate: learningRate,
    warmUpEpochs: warmUp(base, epochs),
    reading: recipe.reading,
    seed,
  };
}

type Change = (config: PretrainConfig) => PretrainConfig;

const noSelection: Change = (c) => ({ ...c, order: 'random' });
const fixedRatio: Change = (c) => ({ ...c, ratio: { start: c.ratio.start, end: c.ratio.start } });
const plainLoss: Change = (c) => ({
  ...c,
  loss: { prediction: 'l2', rrl: 'off', ccl: 'off' },
  updateLabels: false,
});
const all =
  (...changes: readonly Change[]): Change =>
  (c) =>
    changes.reduce((config, change) => change(config), c);
const same: Change = (c) => c;

/**
 * The variations of the paper's tables, each as what it takes away from or changes in the whole method. Without
 * adjustable masking the ratio stays at its first value; without selection patches are masked at random.
 */
const variants: Readonly<Record<string, Change>> = {
  amlp: same,
  base: all(noSelection, fixedRatio, plainLoss),
  mps: all(fixedRatio, plainLoss),
  amr: all(noSelection, plainLoss),
  crcl: all(noSelection, fixedRatio),
  'mps-amr': plainLoss,
  'mps-crcl': fixedRatio,
  'amr-crcl': noSelection,
  'pred-rrl': (c) => ({ ...c, loss: { ...c.loss, ccl: 'off' }, updateLabels: false }),
  'pred-ccl': (c) => ({ ...c, loss: { ...c.loss, rrl: 'off' } }),
  'order-random': noSelection,
  'order-easy-to-hard': (c) => ({ ...c, order: 'background-first' }),
  mae: all(noSelection, plainLoss, (c) => ({ ...c, ratio: { start: 0.75, end: 0.75 } })),
  simmim: all(noSelection, plainLoss, (c) => ({
    ...c,
    ratio: { start: 0.6, end: 0.6 },
    fill: 'token',
    loss: { ...c.loss, prediction: 'l1' },
  })),
  ...Object.fromEntries(
    [10, 20, 30].flatMap((percent) =>
      [true, false].map((correct) => [
        `wrong-${percent}-${correct ? 'updated' : 'fixed'}`,
        (c: PretrainConfig) => ({ ...c, misclassified: percent / 100, correctMisclassified: correct }),
      ]),
    ),
  ),
};

export const variantNames: readonly string[] = Object.keys(variants);

/** The configuration of a pretraining run. @throws StudioError for a variation that does not exist */
export function pretrainConfig(spec: Settings): PretrainConfig {
  if (!Object.hasOwn(variants, spec.variant))
    throw new StudioError(
      `There is no variation "${spec.variant}".`,
      `Choose one of: ${variantNames.join(', ')}.`,
    );
  return variants[spec.variant](amlp(spec));
}

/** The configuration of a teaching run. */
export function teachConfig(spec: TeachSpec): FinetuneConfig {
  const base = FINETUNE_PRESETS[spec.preset];
  return {
    ...base,
    network: { ...base.network, width: spec.recipe.width },
    size: spec.recipe.slicing.size,
    batch: spec.batch,
    epochs: spec.epochs,
    rate: spec.learningRate,
    warmUpEpochs: warmUp(base, spec.epochs),
    carry: spec.carryDecoder ? 'encoder-and-decoder' : 'encoder',
    earlyStopping: spec.heldBack ? base.earlyStopping : null,
    seed: spec.seed,
  };
}

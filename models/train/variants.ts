import type { FinetuneConfig } from './finetune-config';
import type { PretrainConfig } from './pretrain-config';

/** A named departure from the whole method: what is switched off or changed, and nothing else. */
export type Variant = (base: PretrainConfig) => PretrainConfig;
export type TeachingVariant = (base: FinetuneConfig) => FinetuneConfig;

/** One after the other, left to right. */
export const all =
  (...variants: readonly Variant[]): Variant =>
  (base) =>
    variants.reduce((config, variant) => variant(config), base);

export const whole: Variant = (c) => c;

/** Patches are masked at random: no masked patch selection. */
export const withoutSelection: Variant = (c) => ({ ...c, order: 'random' });

/** One ratio throughout: no adjustable masking ratio. The conventional 75 % unless told otherwise. */
export const fixedRatio =
  (ratio = 0.75): Variant =>
  (c) => ({ ...c, ratio: { start: ratio, end: ratio } });

export const withoutRelativeLoss: Variant = (c) => ({ ...c, loss: { ...c.loss, rrl: 'off' } });

/** Labels stay as clustered. */
export const withoutConsistency: Variant = (c) => ({
  ...c,
  loss: { ...c.loss, ccl: 'off' },
  updateLabels: false,
});

export const predictionOnly: Variant = all(withoutRelativeLoss, withoutConsistency);

/** The paper's BASE: random patches, one ratio, L_pred alone. */
export const BASE: Variant = all(withoutSelection, fixedRatio(), predictionOnly);

/** As He et al. 2022 mask: 75 % at random, L2, nothing in place of a masked patch. */
export const MAE: Variant = all(BASE, (c) => ({ ...c, fill: 'zero', loss: { ...c.loss, prediction: 'l2' } }));

/** As Xie et al. 2022 mask: 60 % at random, large patches, a learned token, L1. */
export const SIMMIM: Variant = all(withoutSelection, fixedRatio(0.6), predictionOnly, (c) => ({
  ...c,
  patch: c.size % 32 === 0 ? 32 : c.patch,
  fill: 'token',
  loss: { ...c.loss, prediction: 'l1' },
}));

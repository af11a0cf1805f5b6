import { variation } from '../../learning/jobs/configs';
import type { TeachingVariant, Variant } from '../../../models/train';

/** One row of the comparison. */
export interface EfficiencyArm {
  /** Key in results. */
  readonly name: string;
  readonly title: string;
  /**
   * `network`: our trainer; `peer`: another library on the same slices, for the processor time that teaching from
   * scratch took; `threshold`: everything above a value, without any learning.
   */
  readonly kind: 'network' | 'peer' | 'threshold';
  /** Pretraining by the name that the ablation tables give it; absent: from scratch. */
  readonly pretraining?: { readonly variant: string; readonly change?: Variant; readonly archive?: boolean };
  readonly teaching?: TeachingVariant;
  /** The pool's other slices teach as well: a second round on confident pseudo-labels, or a mean teacher. */
  readonly selfTraining?: 'pseudo-labels' | 'mean-teacher';
  /** Which kind of normalisation a peer's network has. */
  readonly normalisation?: 'batch' | 'instance';
  readonly threshold?: number;
  /** Modalities that the row exists for; absent: all. */
  readonly only?: readonly string[];
}

const pretrained = (name: string, title: string, variant = name): EfficiencyArm => {
  const { pretraining } = variation(variant);
  if (pretraining.kind !== 'masked') throw new RangeError(`${variant} does not pretrain by masking.`);
  return { name, title, kind: 'network', pretraining: { variant } };
};

const scratch: EfficiencyArm = { name: 'scratch', title: 'From scratch', kind: 'network' };
const base = pretrained('base', 'BASE: random patches, 75 %, no losses of ours');
const amlp = pretrained('amlp', 'AMLP');

const beyond = (name: string, title: string, rest: Partial<EfficiencyArm>): EfficiencyArm => ({
  ...amlp,
  name,
  title,
  ...rest,
});
const bothParts: TeachingVariant = (c) => ({ ...c, carry: 'encoder-and-decoder' });

/** Every row that a comparison can have. */
export const EFFICIENCY_ARMS: readonly EfficiencyArm[] = [
  scratch,
  base,
  amlp,
  {
    name: 'monai',
    title: 'MONAI U-Net from scratch, batch normalisation, equal processor time',
    kind: 'peer',
    normalisation: 'batch',
  },
  {
    name: 'monai-instance',
    title: 'MONAI U-Net from scratch, instance normalisation (its default), equal processor time',
    kind: 'peer',
    normalisation: 'instance',
  },
  { name: 'suv2.5', title: 'SUV over 2.5', kind: 'threshold', threshold: 2.5, only: ['PET'] },
  beyond('amlp-decoder', 'AMLP, decoder carried over too', { teaching: bothParts }),
  { ...base, name: 'base-decoder', title: 'BASE, decoder carried over too', teaching: bothParts },
  beyond('amlp-levels', 'AMLP, layer-wise rates (0.7 a level)', {
    teaching: (c) => ({ ...c, levelDecay: 0.7 }),
  }),
  { ...scratch, name: 'scratch-self', title: 'From scratch, self-training', selfTraining: 'pseudo-labels' },
  beyond('amlp-self', 'AMLP, self-training', { selfTraining: 'pseudo-labels' }),
  { ...scratch, name: 'scratch-teacher', title: 'From scratch, mean teacher', selfTraining: 'mean-teacher' },
  beyond('amlp-teacher', 'AMLP, mean teacher', { selfTraining: 'mean-teacher' }),
  beyond('amlp-no-rrl', 'AMLP without RRL', { pretraining: { variant: 'pred-ccl' } }),
  beyond('amlp-no-ccl', 'AMLP without CCL', { pretraining: { variant: 'pred-rrl' } }),
  beyond('amlp-no-amr', 'AMLP without AMR (75 % throughout)', { pretraining: { variant: 'mps-crcl' } }),
  beyond('amlp-no-mps', 'AMLP without MPS (random patches)', { pretraining: { variant: 'amr-crcl' } }),
  beyond('amlp-archive', 'AMLP, tested patients’ scans (never contours) in pretraining', {
    pretraining: { variant: 'amlp', archive: true },
  }),
];

/** @throws RangeError where there is no such row */
export function efficiencyArm(name: string): EfficiencyArm {
  const arm = EFFICIENCY_ARMS.find((one) => one.name === name);
  if (!arm)
    throw new RangeError(
      `There is no arm "${name}"; there are ${EFFICIENCY_ARMS.map((one) => one.name).join(', ')}.`,
    );
  return arm;
}

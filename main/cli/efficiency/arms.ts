import { variation } from '../../learning/jobs/configs';
import type { Reading } from '../../../models/amlp';
import type { PseudoLabelOptions, TeachingVariant, Variant } from '../../../models/train';

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
  /** How pseudo-labels are made; `tested`: of the tested patients' scans as well, as an archive holds them. */
  readonly selfTrainingOptions?: Partial<Pick<PseudoLabelOptions, 'confident' | 'weight' | 'agreement'>> & {
    readonly rounds?: number;
    readonly tested?: boolean;
  };
  /** Which kind of normalisation a peer's network has. */
  readonly normalisation?: 'batch' | 'instance';
  readonly threshold?: number;
  /** The row that it is compared with; absent: `scratch`. */
  readonly against?: string;
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
const gentle: TeachingVariant = (c) => ({ ...c, carriedRate: 0.3 });
const frozen: TeachingVariant = (c) => ({ ...c, freeze: 'encoder' });
const twiceTaught: TeachingVariant = (c) => ({ ...c, epochs: 2 * c.epochs });
const wide: TeachingVariant = (c) => ({ ...c, network: { ...c.network, width: 2 * c.network.width } });
const wideToo: Variant = (c) => ({ ...c, network: { ...c.network, width: 2 * c.network.width } });
const longer =
  (factor: number): Variant =>
  (c) => ({ ...c, epochs: factor * c.epochs, warmUpEpochs: factor * c.warmUpEpochs });
const read =
  (reading: Partial<Reading>): Variant =>
  (c) => ({ ...c, reading: { ...c.reading, ...reading } });
const changed = (change: Variant): Pick<EfficiencyArm, 'pretraining'> => ({
  pretraining: { variant: 'amlp', change },
});
const threeRounds = { rounds: 3 };

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
  beyond('amlp-decoder-self', 'AMLP, decoder carried over too, self-training', {
    teaching: bothParts,
    selfTraining: 'pseudo-labels',
  }),
  { ...scratch, name: 'scratch-teacher', title: 'From scratch, mean teacher', selfTraining: 'mean-teacher' },
  beyond('amlp-teacher', 'AMLP, mean teacher', { selfTraining: 'mean-teacher' }),
  beyond('amlp-no-rrl', 'AMLP without RRL', { pretraining: { variant: 'pred-ccl' } }),
  beyond('amlp-no-ccl', 'AMLP without CCL', { pretraining: { variant: 'pred-rrl' } }),
  beyond('amlp-no-amr', 'AMLP without AMR (75 % throughout)', { pretraining: { variant: 'mps-crcl' } }),
  beyond('amlp-no-mps', 'AMLP without MPS (random patches)', { pretraining: { variant: 'amr-crcl' } }),
  {
    ...base,
    name: 'base-4x',
    title: 'BASE, four times the steps',
    pretraining: { variant: 'base', change: longer(4) },
  },
  beyond('amlp-4x', 'AMLP, four times the steps', changed(longer(4))),
  beyond('amlp-4x-decoder', 'AMLP, four times the steps, decoder carried over too', {
    ...changed(longer(4)),
    teaching: bothParts,
  }),
  beyond('amlp-4x-gentle', 'AMLP, four times the steps, encoder at 0.3 of the rate', {
    ...changed(longer(4)),
    teaching: gentle,
  }),
  beyond('amlp-4x-gentle-decoder', 'AMLP, four times the steps, decoder too, both at 0.3 of the rate', {
    ...changed(longer(4)),
    teaching: (c) => bothParts(gentle(c)),
  }),
  beyond('amlp-4x-frozen', 'AMLP, four times the steps, encoder frozen', {
    ...changed(longer(4)),
    teaching: frozen,
  }),
  beyond('amlp-4x-levels', 'AMLP, four times the steps, layer-wise rates (0.7 a level)', {
    ...changed(longer(4)),
    teaching: (c) => ({ ...c, levelDecay: 0.7 }),
  }),
  beyond('amlp-16x', 'AMLP, sixteen times the steps', changed(longer(16))),
  beyond('amlp-53x', 'AMLP, the paper’s 800 epochs (53 times the steps)', {
    ...changed((c) => ({ ...c, epochs: 800, warmUpEpochs: 40 })),
  }),
  { ...scratch, name: 'scratch-long', title: 'From scratch, taught twice as long', teaching: twiceTaught },
  beyond(
    'amlp-4x-long',
    'AMLP, four times the steps, taught twice as long, against from scratch taught so long',
    {
      ...changed(longer(4)),
      teaching: twiceTaught,
      against: 'scratch-long',
    },
  ),
  { ...scratch, name: 'scratch-wide', title: 'From scratch, width 16', teaching: wide },
  beyond('amlp-wide', 'AMLP, width 16, against from scratch of that width', {
    ...changed(wideToo),
    teaching: wide,
    against: 'scratch-wide',
  }),
  beyond(
    'amlp-token',
    'AMLP, learned token',
    changed((c) => ({ ...c, fill: 'token' })),
  ),
  beyond('amlp-body', 'AMLP, body patches only', {
    ...changed(read({ patches: 'body' })),
    only: ['PET'],
  }),
  beyond('amlp-statistics', 'AMLP, statistics of body patches, smaller cluster, clearest first', {
    ...changed(read({ clusterOn: 'statistics', patches: 'body', foreground: 'small', order: 'margin' })),
  }),
  beyond('amlp-printed', 'AMLP, reading as printed', {
    ...changed(read({ clusterOn: 'raw', patches: 'all', foreground: 'small', order: 'as-printed' })),
  }),
  beyond('amlp-other-cluster', 'AMLP, the other cluster as foreground', {
    ...changed((c) => read({ foreground: c.reading.foreground === 'small' ? 'large' : 'small' })(c)),
  }),
  beyond('amlp-other-order', 'AMLP, nearest and clearest first exchanged', {
    ...changed((c) => read({ order: c.reading.order === 'margin' ? 'nearest-foreground' : 'margin' })(c)),
  }),
  beyond('amlp-all-patches', 'AMLP, all patches', {
    ...changed(read({ patches: 'all' })),
    only: ['CT', 'MR'],
  }),
  beyond('amlp-patch-16', 'AMLP, patches of 16 pixels', {
    ...changed((c) => ({ ...c, patch: 2 * c.patch })),
  }),
  beyond(
    'amlp-noise',
    'AMLP, noise in masked patches',
    changed((c) => ({ ...c, fill: 'noise' })),
  ),
  beyond(
    'amlp-whole-slices',
    'AMLP, whole slices (no RandomResizedCrop)',
    changed((c) => ({ ...c, crop: { ...c.crop, area: [1, 1], aspect: [1, 1] } })),
  ),
  beyond(
    'amlp-ratio',
    'AMLP, RRL as a ratio',
    changed((c) => ({ ...c, loss: { ...c.loss, rrl: 'ratio' } })),
  ),
  beyond(
    'amlp-ccl-weight',
    'AMLP, CCL as a weight',
    changed((c) => ({ ...c, loss: { ...c.loss, ccl: 'weight' } })),
  ),
  {
    ...scratch,
    name: 'scratch-self3',
    title: 'From scratch, self-training in three rounds',
    selfTraining: 'pseudo-labels',
    selfTrainingOptions: threeRounds,
  },
  beyond('amlp-self3', 'AMLP, self-training in three rounds', {
    selfTraining: 'pseudo-labels',
    selfTrainingOptions: threeRounds,
  }),
  beyond('amlp-4x-self', 'AMLP, four times the steps, self-training', {
    ...changed(longer(4)),
    selfTraining: 'pseudo-labels',
  }),
  beyond('amlp-4x-self3', 'AMLP, four times the steps, self-training in three rounds', {
    ...changed(longer(4)),
    selfTraining: 'pseudo-labels',
    selfTrainingOptions: threeRounds,
  }),
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

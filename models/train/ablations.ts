import { ALL_READINGS, describeReading } from '../amlp';
import type { FinetuneConfig } from './finetune-config';
import type { PretrainConfig } from './pretrain-config';
import {
  all,
  BASE,
  fixedRatio,
  MAE,
  predictionOnly,
  SIMMIM,
  type TeachingVariant,
  type Variant,
  whole,
  withoutConsistency,
  withoutRelativeLoss,
  withoutSelection,
} from './variants';

/** How an arm learns before it is taught. */
export type Pretraining =
  | { readonly kind: 'none' }
  | { readonly kind: 'masked'; readonly variant: Variant }
  | { readonly kind: 'simclr' | 'byol' };

/** One row of a table. */
export interface Arm {
  /** Key in results and folders; lower case, no spaces. */
  readonly name: string;
  /** As the table prints it. */
  readonly title: string;
  readonly pretraining: Pretraining;
  readonly teaching?: TeachingVariant;
  /** Slices that nobody contoured teach as well: a second round on confident pseudo-labels, or a mean teacher. */
  readonly selfTraining?: 'pseudo-labels' | 'mean-teacher';
  /** `each`: one model a channel, figures averaged; `all`: every channel at once. Absent: the channels given. */
  readonly channels?: 'each' | 'all';
}

export interface AblationTable {
  readonly title: string;
  /** `dsc`: pretrain, teach, segment, compare. `precision`: lesion-patch precision alone, no training. */
  readonly measures: 'dsc' | 'precision';
  /** Label budgets of the paper, per cent of the cases. */
  readonly labels: readonly number[];
  readonly arms: readonly Arm[];
}

const masked = (name: string, title: string, variant: Variant): Arm => ({
  name,
  title,
  pretraining: { kind: 'masked', variant },
});

const scratch: Arm = { name: 'scratch', title: 'Sup', pretraining: { kind: 'none' } };
const base = masked('base', 'BASE', BASE);
const amlp = masked('amlp', 'AMLP', whole);

/** Without selection there are no labels to be consistent with (paper, IV-B): CRCL is then RRL alone. */
const tableIV: readonly Arm[] = [
  scratch,
  base,
  masked('mps', 'MPS', all(fixedRatio(), predictionOnly)),
  masked('amr', 'AMR', all(withoutSelection, predictionOnly)),
  masked('crcl', 'CRCL', all(withoutSelection, fixedRatio(), withoutConsistency)),
  masked('mps-amr', 'MPS-AMR', predictionOnly),
  masked('mps-crcl', 'MPS-CRCL', fixedRatio()),
  masked('amr-crcl', 'AMR-CRCL', all(withoutSelection, withoutConsistency)),
  amlp,
];

const tableV: readonly Arm[] = [
  masked('pred', 'L_pred', predictionOnly),
  masked('pred-rrl', 'L_pred + L_rrl', withoutConsistency),
  masked('pred-ccl', 'L_pred + L_ccl', withoutRelativeLoss),
  masked('pred-rrl-ccl', 'L_pred + L_rrl + L_ccl', whole),
];

const tableVI: readonly Arm[] = [
  masked('random', 'random', all(withoutSelection, withoutConsistency)),
  masked('easy-to-hard', 'easy to hard', (c) => ({ ...c, order: 'background-first' })),
  masked('hard-to-easy', 'hard to easy', whole),
];

const tableVII: readonly Arm[] = ALL_READINGS.map((reading) =>
  masked(
    `${reading.clusterOn}-${reading.patches}-${reading.foreground}-${reading.order}`,
    describeReading(reading),
    (c) => ({ ...c, reading }),
  ),
);

const tableVIII: readonly Arm[] = (['k-means', 'hierarchical', 't-sne', 'dbscan'] as const).map(
  (clustering) => masked(clustering, clustering, (c) => ({ ...c, clustering })),
);

const tableIX: readonly Arm[] = [true, false].flatMap((correctMisclassified) =>
  [0, 0.1, 0.2, 0.3].map((misclassified) =>
    masked(
      `wrong-${misclassified * 100}-${correctMisclassified ? 'updated' : 'kept'}`,
      `${misclassified * 100} %, ${correctMisclassified ? 'w/' : 'w/o'} updated patch labels`,
      (c) => ({ ...c, misclassified, correctMisclassified }),
    ),
  ),
);

/** The slices' side must be a multiple of every patch: 96, 160 or 192. */
const fig5: readonly Arm[] = [8, 16, 32].flatMap((patch) => {
  const sized: Variant = (c) => ({ ...c, patch });
  return [
    masked(`mae-${patch}`, `MAE, patch ${patch}`, all(MAE, sized)),
    masked(`simmim-${patch}`, `SimMIM, patch ${patch}`, all(SIMMIM, sized)),
    masked(`amlp-${patch}`, `AMLP, patch ${patch}`, sized),
  ];
});

const fig6: readonly Arm[] = (['each', 'all'] as const).flatMap((channels) =>
  [scratch, base, amlp].map((arm) => ({
    ...arm,
    name: `${arm.name}-${channels}`,
    title: `${arm.title}, ${channels === 'each' ? 'one channel at a time' : 'all channels'}`,
    channels,
  })),
);

const fig7: readonly Arm[] = [0.25, 0.5, 1, 1.5, 2].map((factor) =>
  masked(`length-${factor}`, `${factor} × the preset's epochs`, (c) => ({
    ...c,
    epochs: Math.max(1, Math.round(c.epochs * factor)),
  })),
);

/** Table II's kinds of baseline, inside the same engine. */
const baselines: readonly Arm[] = [
  scratch,
  { name: 'simclr', title: 'SimCLR', pretraining: { kind: 'simclr' } },
  { name: 'byol', title: 'BYOL', pretraining: { kind: 'byol' } },
  masked('mae', 'MAE', MAE),
  masked('simmim', 'SimMIM', SIMMIM),
  base,
  amlp,
];

/** What the paper leaves open, one switch a row. */
const open: readonly Arm[] = [
  amlp,
  masked('rrl-ratio', 'RRL as a ratio', (c) => ({ ...c, loss: { ...c.loss, rrl: 'ratio' } })),
  masked('rrl-weight', 'RRL as a weight', (c) => ({ ...c, loss: { ...c.loss, rrl: 'weight' } })),
  masked('ccl-labels', 'CCL acts on labels only', (c) => ({ ...c, loss: { ...c.loss, ccl: 'labels-only' } })),
  masked('ccl-weight', 'CCL as a weight', (c) => ({ ...c, loss: { ...c.loss, ccl: 'weight' } })),
  masked('token', 'learned token', (c) => ({ ...c, fill: 'token' })),
  masked('noise', 'noise in masked patches', (c) => ({ ...c, fill: 'noise' })),
  masked('whole-slices', 'no RandomResizedCrop', (c) => ({
    ...c,
    crop: { ...c.crop, area: [1, 1], aspect: [1, 1] },
  })),
];

/** Beyond the paper: ways of carrying over what was learnt. */
const beyond: readonly Arm[] = [
  scratch,
  amlp,
  {
    ...amlp,
    name: 'decoder',
    title: 'decoder carried over too',
    teaching: (c) => ({ ...c, carry: 'encoder-and-decoder' }),
  },
  {
    ...amlp,
    name: 'gentle',
    title: 'carried weights learn at a third',
    teaching: (c) => ({ ...c, carriedRate: 1 / 3 }),
  },
  { ...amlp, name: 'levels', title: 'layer-wise rates', teaching: (c) => ({ ...c, levelDecay: 0.7 }) },
  { ...amlp, name: 'frozen', title: 'encoder frozen', teaching: (c) => ({ ...c, freeze: 'encoder' }) },
  { ...scratch, name: 'scratch-self', title: 'Sup, self-training', selfTraining: 'pseudo-labels' },
  { ...amlp, name: 'amlp-self', title: 'AMLP, self-training', selfTraining: 'pseudo-labels' },
  { ...scratch, name: 'scratch-teacher', title: 'Sup, mean teacher', selfTraining: 'mean-teacher' },
  { ...amlp, name: 'amlp-teacher', title: 'AMLP, mean teacher', selfTraining: 'mean-teacher' },
];

/**
 * 3D on the network of the same depth, narrower by half (blocks cost as many times a slice as they have slices). The
 * other backbones of Table XV (ViT, Swin, Mamba) are not built.
 */
const tableXV: readonly Arm[] = (['unet2d', 'unet3d'] as const).flatMap((backbone) => {
  const network = <T extends PretrainConfig | FinetuneConfig>(c: T): T =>
    backbone === 'unet2d'
      ? c
      : {
          ...c,
          batch: Math.max(1, Math.round(c.batch / 8)),
          network: {
            ...c.network,
            backbone,
            slices: 2 ** c.network.depth,
            width: Math.max(4, c.network.width >> 1),
          },
        };
  const name = backbone === 'unet2d' ? '2D' : '3D';
  const on = (arm: Arm): Arm => ({ ...arm, name: `${arm.name}-${name.toLowerCase()}`, teaching: network });
  return [
    on({ ...scratch, title: `${name} U-Net, Sup` }),
    on(masked('mae', `${name} U-Net, w/o ours`, all(MAE, network))),
    on(masked('amlp', `${name} U-Net, w/ ours`, network)),
  ];
});

/** Every table that `ablate` can make, by name. */
export const ABLATIONS = {
  IV: { title: 'Parts of the method (Table IV)', measures: 'dsc', labels: [5, 10], arms: tableIV },
  V: { title: 'Losses (Table V)', measures: 'dsc', labels: [5], arms: tableV },
  VI: { title: 'Masking order (Table VI)', measures: 'dsc', labels: [10], arms: tableVI },
  VII: { title: 'Lesion-patch precision (Table VII)', measures: 'precision', labels: [], arms: tableVII },
  VIII: { title: 'Clustering (Table VIII)', measures: 'dsc', labels: [10], arms: tableVIII },
  IX: { title: 'Wrong patch labels (Table IX)', measures: 'dsc', labels: [10], arms: tableIX },
  XV: { title: 'Backbones (Table XV)', measures: 'dsc', labels: [100], arms: tableXV },
  fig5: { title: 'Patch size (Fig. 5)', measures: 'dsc', labels: [5], arms: fig5 },
  fig6: { title: 'Channels (Fig. 6)', measures: 'dsc', labels: [5, 10, 50], arms: fig6 },
  fig7: { title: 'Length of pretraining (Fig. 7)', measures: 'dsc', labels: [10], arms: fig7 },
  baselines: {
    title: 'Other self-supervision (Table II)',
    measures: 'dsc',
    labels: [5, 10],
    arms: baselines,
  },
  open: { title: 'What the paper leaves open', measures: 'dsc', labels: [5], arms: open },
  beyond: { title: 'Beyond the paper', measures: 'dsc', labels: [5], arms: beyond },
} as const satisfies Readonly<Record<string, AblationTable>>;

export type AblationName = keyof typeof ABLATIONS;

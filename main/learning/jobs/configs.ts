import {
  FINETUNE_PRESETS,
  PRETRAIN_PRESETS,
  type FinetuneConfig,
  type PretrainConfig,
} from '../../../models/train';
import { ABLATIONS, type Arm } from '../../../models/train/ablations';
import { StudioError } from '../store/failure';
import type { PretrainSpec, TeachSpec } from './spec';

type Settings = Pick<
  PretrainSpec,
  'preset' | 'recipe' | 'epochs' | 'batch' | 'learningRate' | 'seed' | 'variant' | 'slicesPerEpoch'
>;

const warmUp = (preset: { readonly warmUpEpochs: number; readonly epochs: number }, epochs: number): number =>
  Math.round((preset.warmUpEpochs * epochs) / preset.epochs);

/** The whole method. */
function amlp({
  preset,
  recipe,
  epochs,
  batch,
  learningRate,
  seed,
  slicesPerEpoch,
}: Settings): PretrainConfig {
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
    ...(slicesPerEpoch === undefined ? {} : { slicesPerEpoch }),
  };
}

const arms: ReadonlyMap<string, Arm> = new Map(
  Object.values(ABLATIONS)
    .flatMap((table): readonly Arm[] => table.arms)
    .map((arm) => [arm.name, arm]),
);

/** A variation of the method, by the name that the ablation tables give it. @throws StudioError if there is none */
export function variation(name: string): Arm {
  const arm = arms.get(name);
  if (!arm)
    throw new StudioError(
      `There is no variation "${name}".`,
      `Choose one of: ${[...arms.keys()].join(', ')}.`,
    );
  return arm;
}

/** The configuration of a pretraining run. @throws StudioError for a variation that does not pretrain */
export function pretrainConfig(spec: Settings): PretrainConfig {
  const { pretraining, title } = variation(spec.variant);
  if (pretraining.kind === 'none')
    throw new StudioError(`"${title}" starts from scratch.`, 'Teach without a model to go on from.');
  return pretraining.kind === 'masked' ? pretraining.variant(amlp(spec)) : amlp(spec);
}

/** The configuration of a teaching run. */
export function teachConfig(
  spec: Omit<Settings, 'slicesPerEpoch'> & Pick<TeachSpec, 'carryDecoder' | 'heldBack' | 'stepsPerEpoch'>,
): FinetuneConfig {
  const base = FINETUNE_PRESETS[spec.preset];
  const change = variation(spec.variant).teaching ?? ((config: FinetuneConfig) => config);
  return change({
    ...base,
    network: { ...base.network, width: spec.recipe.width },
    size: spec.recipe.slicing.size,
    batch: spec.batch,
    epochs: spec.epochs,
    stepsPerEpoch: spec.stepsPerEpoch ?? base.stepsPerEpoch,
    rate: spec.learningRate,
    warmUpEpochs: warmUp(base, spec.epochs),
    carry: spec.carryDecoder ? 'encoder-and-decoder' : 'encoder',
    earlyStopping: spec.heldBack ? base.earlyStopping : null,
    seed: spec.seed,
  });
}

import { join } from 'node:path';
import { FINETUNE_PRESETS, PRETRAIN_PRESETS } from '../../../models/train';
import type { CaseRef, LabelledCaseRef, PretrainSpec, Recipe, TeachSpec } from '../jobs/spec';
import { startingRecipe } from '../profiles';
import type { ModelDescription } from '../registry/model-folder';
import type { Cohort } from './cohort';

/** In the application everything is the desktop preset; the paper's belongs to the command line. */
const preset = 'desktop';

/** How a profile's scans are cut and read: as its models have it, else as its modality starts. */
export function recipeOf(
  cohort: Cohort,
  pretrained: ModelDescription | null,
  taught: ModelDescription | null,
): Recipe {
  // Contours have chosen the reading, once something was taught.
  const known = pretrained ?? taught;
  const reading = taught?.recipe.reading;
  if (known) return { ...known.recipe, ...(reading ? { reading } : {}) };
  return {
    profileId: cohort.id,
    channels: [...cohort.channels],
    ...startingRecipe(
      preset,
      cohort.channels,
      cohort.cases.map(({ volume }) => volume.geometry),
    ),
    width: PRETRAIN_PRESETS[preset].network.width,
  };
}

export interface Place {
  /** Folder of the job. */
  readonly job: string;
  readonly cache: string;
  readonly modelFolder: string;
  readonly modelId: string;
}

const day = (): string => new Date().toISOString().slice(0, 16).replace('T', ' ');

export function pretrainSpec(
  cohort: Cohort,
  recipe: Recipe,
  from: string | null,
  epochs: number | undefined,
  place: Place,
): PretrainSpec {
  const base = PRETRAIN_PRESETS[preset];
  return {
    kind: 'pretrain',
    title: `Learn from ${cohort.cases.length} ${cohort.name} scans`,
    preset,
    recipe,
    seed: base.seed,
    cache: place.cache,
    work: join(place.job, 'work'),
    cases: cohort.cases.map(({ ref }) => ref),
    epochs: epochs ?? base.epochs,
    batch: base.batch,
    learningRate: base.rate,
    variant: 'amlp',
    from,
    model: {
      folder: place.modelFolder,
      id: place.modelId,
      name: `${cohort.name}, learnt ${day()}`,
    },
  };
}

/**
 * @param goOn whether `from` is a taught model whose decoder is kept, not a pretrained one
 * @param unlabelled scans that nobody contoured and that teach as well; none: the contours alone
 */
export function teachSpec(
  cohort: Cohort,
  recipe: Recipe,
  from: string | null,
  segment: string,
  cases: LabelledCaseRef[],
  epochs: number | undefined,
  place: Place,
  { goOn = false, unlabelled = [] }: { readonly goOn?: boolean; readonly unlabelled?: CaseRef[] } = {},
): TeachSpec {
  const base = FINETUNE_PRESETS[preset];
  return {
    kind: 'teach',
    title: `Teach ${segment} on ${cohort.name}`,
    preset,
    recipe,
    seed: base.seed,
    cache: place.cache,
    work: join(place.job, 'work'),
    cases,
    ...(unlabelled.length > 0 ? { unlabelled } : {}),
    segments: [segment],
    epochs: epochs ?? base.epochs,
    batch: base.batch,
    learningRate: base.rate,
    from,
    carryDecoder: goOn,
    variant: 'amlp',
    heldBack: true,
    model: {
      folder: place.modelFolder,
      id: place.modelId,
      name: `${segment} on ${cohort.name}, taught ${day()}`,
    },
  };
}

export const batchOf = (kind: 'pretrain' | 'teach'): number =>
  (kind === 'pretrain' ? PRETRAIN_PRESETS : FINETUNE_PRESETS)[preset].batch;

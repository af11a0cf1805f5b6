import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compareMasks, type Agreement } from '../../../models/metrics';
import { FINETUNE_PRESETS, PRETRAIN_PRESETS } from '../../../models/train';
import type { Volume } from '../../imaging';
import type { Arm } from '../../../models/train/ablations';
import { pretrainConfig } from '../../learning/jobs/configs';
import { proposeFor } from '../../learning/jobs/propose';
import type { CaseRef, LabelledCaseRef, Recipe } from '../../learning/jobs/spec';
import { dropCheckpoint } from '../../learning/jobs/checkpoint';
import { startingRecipe, type Preset } from '../../learning/profiles';
import { readModel } from '../../learning/registry/model-folder';
import { writeAtomic } from '../../learning/store/atomic';
import { StudioError } from '../../learning/store/failure';
import { ontoGrid } from '../../learning/volumes/grid';
import { labelledCases } from '../cases';
import type { Io } from '../io';
import type { DataFolder } from '../layouts';
import { localContext, runLocally } from '../local';
import { readMask } from '../masks';
import type { Budget, Fold } from './plan';

export interface AblationSettings {
  readonly data: DataFolder;
  readonly folder: string;
  readonly channels: readonly string[];
  readonly label: string;
  readonly out: string;
  readonly preset: Preset;
  readonly epochs: number;
  readonly teachEpochs: number;
  readonly width: number;
  readonly batch?: number;
}

/** One arm, fold and budget: figures of every tested patient. */
export interface RunResult {
  readonly arm: string;
  readonly seed: number;
  readonly budget: string;
  readonly taught: readonly string[];
  readonly patients: readonly ({ readonly case: string } & Pick<Agreement, 'dsc' | 'hd95'>)[];
}

/** A row that these scans cannot have. */
export class LeftOut extends StudioError {}

/** @throws LeftOut where the arm's patches do not fill the slices that these scans are cut into */
function checkPatches(arm: Arm, recipe: Recipe, { preset, epochs, batch }: AblationSettings): void {
  if (arm.pretraining.kind === 'none') return;
  const base = PRETRAIN_PRESETS[preset];
  const { patch } = pretrainConfig({
    ...{ preset, recipe, epochs, batch: batch ?? base.batch, learningRate: base.rate, seed: 1 },
    variant: arm.name,
  });
  const { size } = recipe.slicing;
  if (size % patch !== 0)
    throw new LeftOut(
      `${arm.title}: patches of ${patch} pixels do not fill the slices of ${size} that these scans are cut into`,
      `Scans whose slices have a multiple of ${patch} pixels can have this row.`,
    );
}

const safe = (text: string): string => text.replace(/[^A-Za-z0-9.-]+/g, '_');

/**
 * Runs one arm on one fold for every budget. What was finished before is read, not run again.
 * @throws LeftOut where these scans cannot have the row
 */
export async function runArm(
  arm: Arm,
  fold: Fold,
  budgets: readonly Budget[],
  settings: AblationSettings,
  io: Io,
): Promise<RunResult[]> {
  const sets: (readonly string[])[] =
    arm.channels === 'each' ? settings.channels.map((channel) => [channel]) : [settings.channels];
  const results: RunResult[] = [];
  for (const budget of budgets) {
    const parts: RunResult[] = [];
    for (const channels of sets) parts.push(await runOne(arm, fold, budget, channels, settings, io));
    results.push({
      ...parts[0],
      // One model a channel: the figures of all of them count, as in the paper.
      patients: parts.flatMap((part) => part.patients),
    });
  }
  return results;
}

async function runOne(
  arm: Arm,
  fold: Fold,
  budget: Budget,
  channels: readonly string[],
  settings: AblationSettings,
  io: Io,
): Promise<RunResult> {
  const name = safe(`${arm.name} ${channels.join('+')} seed ${fold.seed}`);
  const file = join(settings.out, 'runs', `${name}_${safe(budget.name)}.json`);
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as RunResult;
  const taught = fold.others.slice(0, budget.count(fold.others.length));
  const all = await labelledCases(settings.data, settings.folder, channels, settings.label, null);
  const of = (ids: readonly string[]): LabelledCaseRef[] => all.cases.filter(({ id }) => ids.includes(id));
  const unlabelled = (ids: readonly string[]): CaseRef[] =>
    of(ids).map(({ id, patient, channels: refs }) => ({ id, patient, channels: refs }));
  const recipe: Recipe = {
    profileId: channels.join('+').toLowerCase(),
    channels: [...channels],
    ...startingRecipe(settings.preset, channels, all.geometries),
    width: settings.width,
  };
  checkPatches(arm, recipe, settings);
  const common = (own: string) => {
    const work = join(settings.out, 'work', own);
    mkdirSync(work, { recursive: true });
    return {
      title: own,
      preset: settings.preset,
      recipe,
      seed: fold.seed,
      cache: join(settings.out, 'slices'),
      work,
      model: {
        folder: join(settings.out, 'models', own),
        name: own,
        id: own.replace(/[^A-Za-z0-9_-]/g, '-'),
      },
    };
  };
  const base = PRETRAIN_PRESETS[settings.preset];
  const pretrained = common(name);
  if (arm.pretraining.kind !== 'none' && !existsSync(pretrained.model.folder)) {
    io.err(`${arm.title}, fold ${fold.seed}: pretraining\n`);
    await runLocally(
      {
        kind: 'pretrain',
        ...pretrained,
        cases: unlabelled(fold.others),
        epochs: settings.epochs,
        batch: settings.batch ?? base.batch,
        learningRate: base.rate,
        variant: arm.name,
        from: null,
      },
      io,
    );
    dropCheckpoint(pretrained.work);
  }
  const teaching = common(`${name}_${safe(budget.name)}`);
  const teach = FINETUNE_PRESETS[settings.preset];
  io.err(`${arm.title}, fold ${fold.seed}, ${budget.name}: teaching\n`);
  await runLocally(
    {
      kind: 'teach',
      ...teaching,
      cases: of(taught),
      segments: [settings.label],
      epochs: settings.teachEpochs,
      batch: settings.batch ?? teach.batch,
      learningRate: teach.rate,
      from: arm.pretraining.kind === 'none' ? null : pretrained.model.folder,
      carryDecoder: false,
      variant: arm.name,
      ...(arm.selfTraining
        ? { unlabelled: unlabelled(fold.others.slice(taught.length)), selfTraining: arm.selfTraining }
        : {}),
      heldBack: false,
    },
    io,
  );
  dropCheckpoint(teaching.work);
  const result: RunResult = {
    arm: arm.name,
    seed: fold.seed,
    budget: budget.name,
    taught,
    patients: await test(teaching.model.folder, of(fold.tested), io),
  };
  writeAtomic(file, [`${JSON.stringify(result, null, 2)}\n`]);
  return result;
}

/** Figures of a taught model per patient, in 3D at the scan's own spacing. */
async function test(
  modelFolder: string,
  cases: readonly LabelledCaseRef[],
  io: Io,
): Promise<RunResult['patients'][number][]> {
  const model = readModel(modelFolder);
  const context = localContext(io);
  const rows: RunResult['patients'][number][] = [];
  for (const ref of cases) {
    const volumes: Volume[] = [];
    for (const channel of ref.channels) {
      const volume = await context.openVolume(channel);
      volumes.push(volumes.length === 0 ? volume : ontoGrid(volume, volumes[0]));
    }
    const { masks } = await proposeFor(model, volumes, context, { mirror: true, uncertainty: false });
    if (ref.label.kind !== 'files') continue;
    const truth = await readMask(ref.label.files[0], ref.label.values?.[0] ?? null);
    const { dsc, hd95 } = compareMasks(masks[0], truth.mask, truth.geometry);
    rows.push({ case: ref.id, dsc, hd95 });
  }
  return rows;
}

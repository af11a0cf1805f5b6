import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { PRETRAIN_PRESETS } from '../../../models/train';
import { readModelDescription } from '../../learning/registry/model-folder';
import { dropCheckpoint } from '../../learning/jobs/checkpoint';
import type { PretrainSpec } from '../../learning/jobs/spec';
import { startingRecipe, type Preset } from '../../learning/profiles';
import { collectCases } from '../cases';
import { tellEstimate } from '../estimate';
import { duration, type Answer } from '../io';
import { runLocally } from '../local';
import { nameList, presetName, wholeNumber, type Register } from '../program';

interface Options {
  readonly channels: string[];
  readonly out: string;
  readonly preset: Preset;
  readonly epochs?: number;
  readonly width?: number;
  readonly batch?: number;
  readonly seed: number;
  readonly variant: string;
  readonly from?: string;
  readonly cache?: string;
  readonly checkpointMinutes?: number;
}

/** A fresh ID for a model. */
export const newModelId = (): string => `m${Date.now().toString(36)}${randomBytes(3).toString('hex')}`;

/** Work that is not finished lies beside the model that it will be. */
export const workOf = (out: string): string => `${resolve(out)}.work`;

export const cacheOf = (out: string, cache: string | undefined): string =>
  cache === undefined ? join(workOf(out), 'slices') : resolve(cache);

export const pretrain: Register = (program, act, io) => {
  program
    .command('pretrain')
    .description('learns from unlabelled scans (AMLP), and leaves a model to teach on')
    .argument('<folder...>', 'folders with scans: NIfTI cases or DICOM')
    .requiredOption('--channels <names>', 'what goes into the network, e.g. CT or CT,MR_T1', nameList)
    .requiredOption('--out <model>', 'folder for the model')
    .option('--preset <name>', 'desktop or paper', presetName, 'desktop' as const)
    .option('--epochs <n>', 'how often every slice is seen', wholeNumber(1))
    .option('--width <n>', 'channels of the first level of the U-Net', wholeNumber(2, 128))
    .option('--batch <n>', 'slices a step', wholeNumber(1, 512))
    .option('--seed <n>', 'two runs with one seed are one', wholeNumber(0), 1)
    .option('--variant <name>', 'variation of the method, as the ablation tables call it', 'amlp')
    .option('--from <model>', 'go on from this model, e.g. when the archive has grown')
    .option(
      '--checkpoint-minutes <n>',
      'most work that a crash may cost within an epoch (default: 3)',
      wholeNumber(1),
    )
    .option('--cache <folder>', 'where prepared slices are kept (default: beside the model)')
    .addHelpText(
      'after',
      '\nStopped or interrupted, the same command goes on from the last checkpoint.\n\nExample:\n  amlp-studio pretrain labelled/sts --channels CT --out models/ct --epochs 40 --width 16',
    )
    .action(
      act(async (folders: string[], options: Options): Promise<Answer> => {
        const found = await collectCases(folders, options.channels, io);
        const base = PRETRAIN_PRESETS[options.preset];
        const recipe = startingRecipe(options.preset, options.channels, found.geometries);
        const work = workOf(options.out);
        mkdirSync(work, { recursive: true });
        const spec: PretrainSpec = {
          kind: 'pretrain',
          title: `Learn from ${options.channels.join(', ')}`,
          preset: options.preset,
          recipe: {
            profileId: options.channels.join('+').toLowerCase(),
            channels: options.channels,
            ...recipe,
            width: widthOf(options),
          },
          seed: options.seed,
          cache: cacheOf(options.out, options.cache),
          work,
          checkpointMinutes: options.checkpointMinutes,
          cases: [...found.cases],
          epochs: options.epochs ?? base.epochs,
          batch: options.batch ?? base.batch,
          learningRate: base.rate,
          variant: options.variant,
          from: options.from === undefined ? null : resolve(options.from),
          model: { folder: resolve(options.out), name: basename(resolve(options.out)), id: newModelId() },
        };
        const estimate = await tellEstimate(spec, found, io, found.plans);
        const began = performance.now();
        const result = await runLocally({ ...spec, estimate }, io, found.plans);
        dropCheckpoint(work);
        const model = readModelDescription(spec.model.folder);
        const seconds = (performance.now() - began) / 1000;
        return {
          json: {
            model: spec.model.folder,
            id: model.id,
            seconds,
            estimate,
            figures: result.figures,
            metrics: model.metrics,
          },
          text: `${result.message} (${duration(seconds)})\nThe model is in ${spec.model.folder}`,
        };
      }),
    );
};

function widthOf({ preset, width, from }: Options): number {
  if (from !== undefined) return readModelDescription(from).network.width;
  return width ?? PRETRAIN_PRESETS[preset].network.width;
}

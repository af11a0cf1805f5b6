import { mkdirSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { Option } from 'commander';
import { FINETUNE_PRESETS } from '../../../models/train';
import { dropCheckpoint } from '../../learning/jobs/checkpoint';
import type { CaseRef, Recipe, TeachSpec } from '../../learning/jobs/spec';
import { startingRecipe, type Preset } from '../../learning/profiles';
import { readModelDescription } from '../../learning/registry/model-folder';
import { StudioError } from '../../learning/store/failure';
import type { VolumeGeometry } from '../../imaging/space/geometry';
import { chosenCases, collectCases, labelledCases, labelledFolder, type FoundCases } from '../cases';
import { tellEstimate } from '../estimate';
import { duration, type Answer, type Io } from '../io';
import { runLocally } from '../local';
import { nameList, presetName, wholeNumber, type Register } from '../program';
import { cacheOf, newModelId, workOf } from './pretrain';

interface Options {
  readonly channels: string[];
  readonly label: string;
  readonly cases?: string;
  readonly slices?: number;
  readonly out: string;
  readonly from: string;
  readonly preset: Preset;
  readonly epochs?: number;
  readonly width?: number;
  readonly batch?: number;
  readonly seed: number;
  readonly carryDecoder?: boolean;
  readonly unlabelled?: string[];
  readonly selfTraining?: TeachSpec['selfTraining'];
  readonly cache?: string;
  readonly checkpointMinutes?: number;
}

export const finetune: Register = (program, act, io) => {
  program
    .command('finetune')
    .description('teaches a model with contoured cases')
    .argument(
      '<folder>',
      'labelled folder: <case>/<channel>.nii.gz with <case>/<label>.nii.gz, or nnU-Net, BraTS, HECKTOR',
    )
    .requiredOption('--channels <names>', 'what goes into the network, e.g. CT or CT,MR_T1', nameList)
    .requiredOption('--label <name>', 'the contour to learn, e.g. GTV')
    .option(
      '--cases <list or file>',
      'the cases to learn from: A,B,C or a file with one a line (default: all)',
    )
    .option('--slices <n>', 'use only this many contoured slices of each case', wholeNumber(1))
    .requiredOption('--out <model>', 'folder for the model')
    .option('--from <model>', 'pretrained or taught model to start from, or "scratch"', 'scratch')
    .option('--preset <name>', 'desktop or paper', presetName, 'desktop' as const)
    .option('--epochs <n>', 'epochs of learning', wholeNumber(1))
    .option('--width <n>', 'channels of the first level of the U-Net', wholeNumber(2, 128))
    .option('--batch <n>', 'slices a step', wholeNumber(1, 512))
    .option('--seed <n>', 'two runs with one seed are one', wholeNumber(0), 1)
    .option('--carry-decoder', 'take over the decoder too, not the encoder alone')
    .option(
      '--unlabelled <folder...>',
      'scans that nobody contoured: what the taught model is sure of on them teaches a second round',
    )
    .addOption(
      new Option(
        '--self-training [how]',
        'learn from scans without contours as well; without --unlabelled, from the folder’s cases that --cases leaves out',
      )
        .choices(['pseudo-labels', 'mean-teacher'])
        .preset('pseudo-labels'),
    )
    .option(
      '--checkpoint-minutes <n>',
      'most work that a crash may cost within an epoch (default: 3)',
      wholeNumber(1),
    )
    .option('--cache <folder>', 'where prepared slices are kept (default: beside the model)')
    .addHelpText(
      'after',
      '\nStopped or interrupted, the same command goes on from the last checkpoint.\n\nExample:\n  amlp-studio finetune labelled/sts --channels CT --label GTV --cases STS_001,STS_003 --from models/ct --out models/ct-gtv --self-training',
    )
    .action(
      act(async (folder: string, options: Options): Promise<Answer> => {
        const others = await scansWithoutContours(folder, options, io);
        const data = labelledFolder(folder);
        const { cases, geometries } = await labelledCases(
          data,
          folder,
          options.channels,
          options.label,
          chosenCases(options.cases),
          options.slices,
        );
        const base = FINETUNE_PRESETS[options.preset];
        const work = workOf(options.out);
        mkdirSync(work, { recursive: true });
        const spec: TeachSpec = {
          kind: 'teach',
          title: `Teach ${options.label}`,
          preset: options.preset,
          recipe: recipeOf(options, geometries),
          seed: options.seed,
          cache: cacheOf(options.out, options.cache),
          work,
          checkpointMinutes: options.checkpointMinutes,
          cases,
          ...(others === null
            ? {}
            : {
                unlabelled: [...others.cases],
                selfTraining: options.selfTraining === 'mean-teacher' ? 'mean-teacher' : 'pseudo-labels',
              }),
          segments: [options.label],
          epochs: options.epochs ?? base.epochs,
          batch: options.batch ?? base.batch,
          learningRate: base.rate,
          from: options.from === 'scratch' ? null : resolve(options.from),
          carryDecoder: options.carryDecoder === true,
          variant: 'amlp',
          heldBack: true,
          model: { folder: resolve(options.out), name: basename(resolve(options.out)), id: newModelId() },
        };
        const estimate = await tellEstimate(
          spec,
          { cases, geometries },
          io,
          others?.plans,
          others ?? undefined,
        );
        const began = performance.now();
        const result = await runLocally({ ...spec, estimate }, io, others?.plans);
        dropCheckpoint(work);
        const model = readModelDescription(spec.model.folder);
        const seconds = (performance.now() - began) / 1000;
        return {
          json: {
            model: spec.model.folder,
            id: model.id,
            seconds,
            estimate,
            cases: cases.map((one) => one.id),
            slices: model.learntFrom.slices,
            unlabelled: model.learntFrom.unlabelled ?? null,
            figures: result.figures,
            metrics: model.metrics,
          },
          text: `${result.figures.join('.\n')}\nThe model is in ${spec.model.folder} (${duration(seconds)})`,
        };
      }),
    );
};

/** The scans that teach without contours; null where contours alone do. @throws StudioError where there are none */
async function scansWithoutContours(folder: string, options: Options, io: Io): Promise<FoundCases | null> {
  const { unlabelled, selfTraining, channels, cases } = options;
  if (unlabelled === undefined && selfTraining === undefined) return null;
  const taught = chosenCases(cases);
  const found = await collectCases(unlabelled ?? [folder], channels, io);
  // Without a list every case of the labelled folder teaches by its contour.
  const isTaught = ({ id }: CaseRef): boolean => unlabelled === undefined && (taught?.includes(id) ?? true);
  const left = [...found.cases.keys()].filter((n) => !isTaught(found.cases[n]));
  if (left.length === 0)
    throw new StudioError(
      `Every case of ${folder} teaches by its contour; none is left to learn from without.`,
      'Name the contoured cases with --cases, or give a folder of other scans with --unlabelled.',
    );
  return {
    ...found,
    cases: left.map((n) => found.cases[n]),
    geometries: left.map((n) => found.geometries[n]),
  };
}

/** A model that one goes on from decides how slices are cut; from scratch the scans do. */
function recipeOf(options: Options, geometries: readonly VolumeGeometry[]): Recipe {
  if (options.from === 'scratch')
    return {
      profileId: options.channels.join('+').toLowerCase(),
      channels: options.channels,
      ...startingRecipe(options.preset, options.channels, geometries),
      width: options.width ?? FINETUNE_PRESETS[options.preset].network.width,
    };
  const { recipe } = readModelDescription(options.from);
  if (recipe.channels.length !== options.channels.length)
    throw new StudioError(
      `The model was made for ${recipe.channels.join(', ')}, not for ${options.channels.join(', ')}.`,
      'Give the channels that it was made for, or another model.',
    );
  return recipe;
}

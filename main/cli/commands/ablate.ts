import { join, resolve } from 'node:path';
import { FINETUNE_PRESETS, PRETRAIN_PRESETS } from '../../../models/train';
import type { AblationName } from '../../../models/train/ablations';
import type { Preset } from '../../learning/profiles';
import { writeAtomic } from '../../learning/store/atomic';
import { budgetList, foldsOf, tableName, tableOf, type Budget } from '../ablate/plan';
import { measureReadings, precisionMarkdown, precisionPlot } from '../ablate/precision';
import { ablationMarkdown, ablationPlot, cellsOf } from '../ablate/report';
import { LeftOut, runArm, type AblationSettings, type RunResult } from '../ablate/run';
import { labelledFolder } from '../cases';
import { table as textTable, type Answer, type Io } from '../io';
import { casesWith, type DataFolder } from '../layouts';
import { sharedRuntime } from '../local';
import { holdToSettings } from '../same-settings';
import { nameList, presetName, UsageError, wholeNumber, type Register } from '../program';

interface Options {
  readonly table: AblationName;
  readonly data?: string;
  readonly channels: string[];
  readonly label: string;
  readonly labels?: Budget[];
  readonly seeds: number;
  readonly out: string;
  readonly preset: Preset;
  readonly epochs?: number;
  readonly teachEpochs?: number;
  readonly width?: number;
  readonly batch?: number;
  readonly arms?: string[];
  readonly tested: number;
}

interface Written {
  readonly files: readonly string[];
  readonly json: Record<string, unknown>;
  readonly text: string;
}

function write(out: string, name: string, parts: { md: string; svg: string; json: unknown }): string[] {
  const file = (end: string): string => join(resolve(out), `table-${name}.${end}`);
  writeAtomic(file('md'), [parts.md]);
  writeAtomic(file('svg'), [parts.svg]);
  writeAtomic(file('json'), [`${JSON.stringify(parts.json, null, 2)}\n`]);
  return ['md', 'svg', 'json'].map(file);
}

async function precision(data: DataFolder, folder: string, options: Options, io: Io): Promise<Written> {
  const choice = await measureReadings(
    data,
    folder,
    options.channels,
    options.label,
    options.preset,
    join(resolve(options.out), 'slices'),
    io,
  );
  const json = { table: options.table, ...choice };
  const files = write(options.out, options.table, {
    md: precisionMarkdown(choice),
    svg: precisionPlot(choice),
    json,
  });
  return { files, json, text: choice.sentence };
}

async function training(data: DataFolder, folder: string, options: Options, io: Io): Promise<Written> {
  const plan = tableOf(options.table);
  const budgets = options.labels ?? budgetList(plan.labels.join(','));
  const arms = plan.arms.filter((arm) => !options.arms || options.arms.includes(arm.name));
  if (arms.length === 0)
    throw new UsageError(`The table's arms are: ${plan.arms.map((arm) => arm.name).join(', ')}.`);
  const settings: AblationSettings = {
    data,
    folder,
    channels: options.channels,
    label: options.label,
    out: resolve(options.out),
    preset: options.preset,
    epochs: options.epochs ?? PRETRAIN_PRESETS[options.preset].epochs,
    teachEpochs: options.teachEpochs ?? FINETUNE_PRESETS[options.preset].epochs,
    width: options.width ?? PRETRAIN_PRESETS[options.preset].network.width,
    ...(options.batch === undefined ? {} : { batch: options.batch }),
  };
  const ids = casesWith(data, folder, options.channels)
    .filter((one) => one.labels.has(options.label))
    .map((one) => one.id);
  const folds = foldsOf(ids, options.seeds, options.tested);
  const { preset, epochs, teachEpochs, width, batch, label } = settings;
  holdToSettings(settings.out, {
    ...{ preset, epochs, 'teaching epochs': teachEpochs, width, batch, label },
    'patients tested': folds[0].tested.length,
    patients: ids,
  });
  const { device } = await sharedRuntime();
  const names = budgets.map(({ name }) => name);
  const about = [
    `${options.channels.join(' + ')}, ${options.label}; ${ids.length} patients of a ${data.layout} folder, split by patient: ${folds[0].tested.length} tested, ${folds[0].others.length} others, of whom the first teach; pretraining sees the others alone. ${options.seeds} ${options.seeds === 1 ? 'seed' : 'seeds'}.`,
    `Width ${settings.width}, ${settings.epochs} epochs of pretraining, ${settings.teachEpochs} of teaching, preset ${settings.preset}. ${device.sentence}`,
    'DSC and HD95 per patient, in 3D at the scan’s own spacing; SD over patients and seeds.',
  ];
  const results: RunResult[] = [];
  const leftOut: string[] = [];
  let files: string[] = [];
  // After every arm the table is written anew, so that a long run can be looked at and stopped.
  for (const fold of folds)
    for (const arm of arms) {
      try {
        results.push(...(await runArm(arm, fold, budgets, settings, io)));
      } catch (error) {
        if (!(error instanceof LeftOut)) throw error;
        const sentence = `Left out: ${error.message}.`;
        if (!leftOut.includes(sentence)) leftOut.push(sentence);
        io.err(`${sentence}\n`);
      }
      const cells = cellsOf(arms, names, results);
      files = write(options.out, options.table, {
        md: ablationMarkdown(plan, cells, [...about, ...leftOut]),
        svg: ablationPlot(plan.title, arms, names, cells),
        json: {
          table: options.table,
          config: { ...settings, data: data.layout, folder: undefined },
          machine: device,
          results: cells,
        },
      });
    }
  const cells = cellsOf(arms, names, results);
  return {
    files,
    json: { table: options.table, files, results: cells },
    text: textTable(
      ['labels', 'arm', 'DSC', 'SD'],
      cells.map((cell) => [
        cell.budget,
        cell.title,
        (cell.dsc?.mean ?? 0).toFixed(3),
        (cell.dsc?.sd ?? 0).toFixed(3),
      ]),
    ),
  };
}

export const ablate: Register = (program, act, io) => {
  program
    .command('ablate')
    .description('makes a table of the paper on a labelled folder: Markdown, JSON and a plot')
    .argument('[folder]', 'labelled folder')
    .requiredOption(
      '--table <name>',
      'IV, V, VI, VII, VIII, IX, XV, fig5, fig6, fig7, baselines, open or beyond',
      tableName,
    )
    .option('--data <folder>', 'the labelled folder, where it is not an argument')
    .requiredOption('--channels <names>', 'e.g. CT or CT,MR_T1', nameList)
    .requiredOption('--label <name>', 'the contour, e.g. GTV')
    .option(
      '--labels <budgets>',
      'per cent of the cases (5,10) or patients (1p,3p); default: the paper’s',
      budgetList,
    )
    .option('--seeds <n>', 'splits and seeds', wholeNumber(1, 100), 3)
    .option('--arms <names>', 'only these rows, e.g. scratch,base,amlp', nameList)
    .option('--tested <n>', 'most patients tested a split', wholeNumber(1), 20)
    .option('--out <folder>', 'where results go', 'ablation')
    .option('--preset <name>', 'desktop or paper', presetName, 'desktop' as const)
    .option('--epochs <n>', 'epochs of pretraining', wholeNumber(1))
    .option('--teach-epochs <n>', 'epochs of teaching', wholeNumber(1))
    .option('--width <n>', 'channels of the first level of the U-Net', wholeNumber(2, 128))
    .option('--batch <n>', 'slices a step', wholeNumber(1, 512))
    .addHelpText(
      'after',
      '\nStopped or interrupted, the same command goes on; finished rows are kept.\n\nExample:\n  amlp-studio ablate --table IV labelled/sts --channels CT --label GTV --labels 5,10 --seeds 3 --out docs/benchmarks/iv',
    )
    .action(
      act(async (argument: string | undefined, options: Options): Promise<Answer> => {
        const folder = argument ?? options.data;
        if (folder === undefined) throw new UsageError('Give the labelled folder.');
        const data = labelledFolder(folder);
        const { measures } = tableOf(options.table);
        const written = await (measures === 'precision' ? precision : training)(data, folder, options, io);
        return { json: written.json, text: [written.text, '', ...written.files].join('\n') };
      }),
    );
};

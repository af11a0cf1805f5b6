import { join, resolve } from 'node:path';
import { writeAtomic } from '../../learning/store/atomic';
import { labelledFolder } from '../cases';
import { aggregate, claims } from '../efficiency/aggregate';
import { efficiencyArm } from '../efficiency/arms';
import { compareLabels, type EfficiencyConfig } from '../efficiency/compare';
import { labelBudget } from '../efficiency/plan';
import { learningCurves } from '../efficiency/plot';
import { bars, claimTable, resultTables } from '../efficiency/report';
import type { Answer } from '../io';
import { casesWith } from '../layouts';
import { sharedRuntime } from '../local';
import { nameList, UsageError, wholeNumber, type Register } from '../program';
import { holdToSettings } from '../same-settings';

interface Options {
  readonly channels: string[];
  readonly label: string;
  readonly budgets: string[];
  readonly arms: string[];
  readonly seeds: number;
  readonly out: string;
  readonly width: number;
  readonly epochs: number;
  readonly teachEpochs: number;
  readonly finestMm?: number;
  readonly patch?: number;
}

const known = <T>(names: readonly string[], of: (name: string) => T): void => {
  for (const name of names)
    try {
      of(name);
    } catch (error) {
      throw new UsageError(error instanceof Error ? error.message : String(error));
    }
};

/** What a comparison on one's own scans is: one modality, every arm and budget at one seed before the next seed. */
function configOf(options: Options): EfficiencyConfig {
  const { channels, label, finestMm, patch, arms, budgets, width, epochs, teachEpochs } = options;
  return {
    modalities: [
      {
        name: channels.join('+'),
        channels,
        label,
        ...(finestMm === undefined ? {} : { finestMm }),
        ...(patch === undefined ? {} : { patch }),
      },
    ],
    development: 0,
    settings: {
      width,
      pretraining: { epochs, batch: 16, slicesPerEpoch: 640, rate: 1e-3 },
      teaching: { epochs: teachEpochs, stepsPerEpoch: 25, batch: 8, rate: 2e-3 },
      mirror: false,
    },
    parts: Array.from({ length: options.seeds }, (_, s) => ({ arms, seeds: [s + 1], budgets })),
  };
}

export const labelEfficiency: Register = (program, act, io) => {
  program
    .command('label-efficiency')
    .description(
      'what pretraining is worth on your own labelled scans, by number of contoured patients or slices',
    )
    .argument('<folder>', 'labelled folder')
    .requiredOption('--channels <names>', 'e.g. CT or CT,MR_T1', nameList)
    .requiredOption('--label <name>', 'the contour, e.g. GTV')
    .option('--budgets <list>', 'patients (1p, all) and slices (5s)', nameList, ['1p', '2p', '5p', 'all'])
    .option('--arms <names>', 'rows of the comparison', nameList, [
      'scratch',
      'amlp',
      'scratch-self',
      'amlp-self',
    ])
    .option('--seeds <n>', 'splits by patient; two of them test every patient once', wholeNumber(1, 100), 4)
    .option('--out <folder>', 'where results go', 'label-efficiency')
    .option('--width <n>', 'channels of the first level of the U-Net', wholeNumber(2, 128), 16)
    .option('--epochs <n>', 'epochs of pretraining', wholeNumber(1), 40)
    .option('--teach-epochs <n>', 'epochs of teaching, of 25 steps', wholeNumber(1), 16)
    .option('--finest-mm <n>', 'pixels finer than this are resampled to it', wholeNumber(1, 20))
    .option('--patch <n>', 'side of a patch, pixels', wholeNumber(4, 64))
    .addHelpText(
      'after',
      '\nStopped or interrupted, the same command goes on; finished runs are kept.\n\nExample:\n  amlp-studio label-efficiency labelled/sts --channels CT --label GTV --out label-efficiency',
    )
    .action(
      act(async (folder: string, options: Options): Promise<Answer> => {
        known(options.arms, efficiencyArm);
        known(options.budgets, labelBudget);
        const config = configOf(options);
        const modalities = config.modalities.map(({ name }) => name);
        const out = resolve(options.out);
        const data = labelledFolder(folder);
        holdToSettings(out, {
          ...{ channels: options.channels, label: options.label, width: options.width },
          ...{ epochs: options.epochs, 'teaching epochs': options.teachEpochs },
          ...{ 'finest mm': options.finestMm, patch: options.patch },
          patients: casesWith(data, folder, options.channels).map(({ id }) => id),
        });
        const records = await compareLabels(
          config,
          data,
          folder,
          { raw: join(out, 'runs.jsonl'), work: join(out, 'work') },
          await sharedRuntime(),
          { will: () => (io.signal.aborted ? 'pause' : 'run'), report: () => undefined },
          null,
          {
            onRun: ({ arm, seed, budget }, done, total) =>
              io.err(`${done} of ${total}: ${arm}, seed ${seed}, ${budget}\n`),
            onSkip: ({ arm, seed, budget }, why) =>
              io.err(`Left out: ${arm.name}, seed ${seed}, ${budget.name}: ${why}\n`),
          },
        );
        const results = aggregate(records, modalities, options.budgets);
        const found = claims(records, modalities);
        const files = ['md', 'json', 'svg'].map((end) => join(out, `label-efficiency.${end}`));
        const text = [bars(found, modalities), '', claimTable(found), '', resultTables(results, modalities)];
        writeAtomic(files[0], [`# Label efficiency\n\n${text.join('\n')}\n`]);
        writeAtomic(files[1], [`${JSON.stringify({ config, claims: found, results }, null, 1)}\n`]);
        writeAtomic(files[2], [learningCurves(results, modalities)]);
        return { json: { files, claims: found, results }, text: [...text, '', ...files].join('\n') };
      }),
    );
};

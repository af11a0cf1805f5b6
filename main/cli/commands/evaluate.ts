import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { compareMasks, summarise, type Agreement } from '../../../models/metrics';
import { StudioError } from '../../learning/store/failure';
import { writeAtomic } from '../../learning/store/atomic';
import { ProgressLine, table, type Answer } from '../io';
import { labelOf, readDataFolder } from '../layouts';
import { assertOnGrid, readMask } from '../masks';
import type { Register } from '../program';

interface Pair {
  readonly id: string;
  readonly prediction: string;
  readonly truth: { readonly file: string; readonly values: readonly number[] | null };
}

const suffix = /\.nii(\.gz)?$/i;

/** Masks of a folder by case: <case>.nii.gz, <case>/<label>.nii.gz, or the only mask in <case>/. */
function predictionsIn(folder: string, label: string | undefined): Map<string, string> {
  const found = new Map<string, string>();
  for (const name of readdirSync(folder).sort()) {
    const path = join(folder, name);
    if (!statSync(path).isDirectory()) {
      if (suffix.test(name)) found.set(name.replace(suffix, ''), path);
      continue;
    }
    const files = readdirSync(path).filter((file) => suffix.test(file) && !/uncertainty/i.test(file));
    const named = files.find((file) => label !== undefined && file.replace(suffix, '') === label);
    const chosen = named ?? (files.length === 1 ? files[0] : undefined);
    if (chosen !== undefined) found.set(name, join(path, chosen));
  }
  return found;
}

function pairs(predictions: string, truth: string, label: string | undefined): Pair[] {
  for (const path of [predictions, truth])
    if (!existsSync(path))
      throw new StudioError(`There is no ${path}.`, 'Give two masks, or two folders of masks by case.');
  if (!statSync(predictions).isDirectory())
    return [
      {
        id: basename(predictions).replace(suffix, ''),
        prediction: predictions,
        truth: { file: truth, values: null },
      },
    ];
  const predicted = predictionsIn(predictions, label);
  const flat = predictionsIn(truth, label);
  const data = label === undefined ? null : readDataFolder(truth);
  const found = [...predicted].flatMap(([id, prediction]): Pair[] => {
    const one = data?.cases.find((candidate) => candidate.id === id);
    if (one && label !== undefined) return [{ id, prediction, truth: labelOf(one, label) }];
    const file = flat.get(id);
    return file === undefined ? [] : [{ id, prediction, truth: { file, values: null } }];
  });
  if (found.length === 0)
    throw new StudioError(
      `No prediction in ${predictions} has a truth in ${truth}.`,
      label === undefined
        ? 'Case names must agree; for <case>/<label>.nii.gz name the label with --label.'
        : `Case names must agree, and the truth must have the label "${label}".`,
    );
  return found;
}

const figures = [
  ['DSC', 'dsc', 3],
  ['Sensitivity', 'sensitivity', 3],
  ['Boundary IoU', 'boundaryIou', 3],
  ['HD95 mm', 'hd95', 1],
  ['Surface DSC', 'surfaceDsc', 3],
  ['APL', 'addedPathLength', 0],
] as const;

const shown = (value: number | null, digits: number): string =>
  value === null ? '–' : value.toFixed(digits);

function report(rows: readonly { readonly id: string; readonly agreement: Agreement }[]): {
  readonly head: string[];
  readonly body: string[][];
  readonly overall: Record<string, ReturnType<typeof summarise>>;
} {
  const overall = Object.fromEntries(
    figures.map(([, key]) => [key, summarise(rows.map(({ agreement }) => agreement[key]))]),
  );
  const body = rows.map(({ id, agreement }) => [
    id,
    ...figures.map(([, key, digits]) => shown(agreement[key], digits)),
  ]);
  if (rows.length > 1)
    body.push(
      ['mean', ...figures.map(([, key, digits]) => shown(overall[key]?.mean ?? null, digits))],
      ['SD', ...figures.map(([, key, digits]) => shown(overall[key]?.sd ?? null, digits))],
    );
  return { head: ['case', ...figures.map(([name]) => name)], body, overall };
}

function asFile(
  file: string,
  head: readonly string[],
  body: readonly (readonly string[])[],
  json: unknown,
): string {
  switch (extname(file).toLowerCase()) {
    case '.json':
      return `${JSON.stringify(json, null, 2)}\n`;
    case '.csv':
      return `${[head, ...body].map((row) => row.join(',')).join('\n')}\n`;
    default:
      return `${[head, head.map(() => '---'), ...body].map((row) => `| ${row.join(' | ')} |`).join('\n')}\n`;
  }
}

export const evaluate: Register = (program, act, io) => {
  program
    .command('evaluate')
    .description('compares predicted masks with true ones, per case and over cases')
    .argument('<predictions>', 'a mask, or a folder of masks by case')
    .argument('<truth>', 'a mask, or a folder of masks by case')
    .option('--label <name>', 'label of a labelled folder, e.g. GTV')
    .option('--out <report>', 'also write a report: .json, .csv or .md')
    .addHelpText(
      'after',
      '\nExample:\n  amlp-studio evaluate proposals/ labelled/sts --label GTV --out report.md',
    )
    .action(
      act(
        async (
          predictions: string,
          truth: string,
          options: { label?: string; out?: string },
        ): Promise<Answer> => {
          const found = pairs(predictions, truth, options.label);
          const progress = new ProgressLine(io);
          const rows: { id: string; agreement: Agreement }[] = [];
          for (const [n, pair] of found.entries()) {
            io.signal.throwIfAborted();
            progress.show(`Comparing ${n + 1} of ${found.length}`, n / found.length, null);
            const a = await readMask(pair.prediction);
            const b = await readMask(pair.truth.file, pair.truth.values);
            assertOnGrid(`The prediction of ${pair.id}`, a.geometry, b.geometry, 'its truth');
            rows.push({ id: pair.id, agreement: compareMasks(a.mask, b.mask, b.geometry) });
          }
          progress.end();
          const { head, body, overall } = report(rows);
          const json = {
            cases: rows.map(({ id, agreement }) => ({ case: id, ...agreement })),
            overall,
          };
          if (options.out !== undefined) writeAtomic(options.out, [asFile(options.out, head, body, json)]);
          return { json, text: table(head, body) };
        },
      ),
    );
};

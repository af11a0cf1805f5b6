import { pairedDifference, summarise, type Summary } from '../../../models/metrics';
import { Random } from '../../../models/random';
import type { AblationTable, Arm } from '../../../models/train/ablations';
import { barChart, lineChart } from '../report/charts';
import type { RunResult } from './run';

/** One cell: an arm at a budget, over all patients and seeds. */
export interface Cell {
  readonly arm: string;
  readonly title: string;
  readonly budget: string;
  readonly seeds: number;
  readonly dsc: Summary | null;
  readonly hd95: Summary | null;
  readonly dscPerPatient: readonly { readonly seed: number; readonly case: string; readonly dsc: number }[];
  /** Against the first arm of the table, patient by patient. */
  readonly against?: {
    readonly arm: string;
    /** Patients of a seed that both arms were tested on. */
    readonly pairs: number;
    readonly mean: number;
    readonly standardError: number;
    readonly p: number;
  };
}

export function cellsOf(
  arms: readonly Arm[],
  budgets: readonly string[],
  results: readonly RunResult[],
): Cell[] {
  const random = new Random(3);
  const of = (arm: Arm, budget: string): RunResult[] =>
    results.filter((result) => result.arm === arm.name && result.budget === budget);
  const flat = (
    runs: readonly RunResult[],
  ): { seed: number; case: string; dsc: number; hd95: number | null }[] =>
    runs.flatMap(({ seed, patients }) => patients.map((one) => ({ seed, ...one })));
  return budgets.flatMap((budget) => {
    const [first] = arms;
    const reference = flat(of(first, budget));
    return arms.flatMap((arm): Cell[] => {
      const runs = of(arm, budget);
      if (runs.length === 0) return [];
      const rows = flat(runs);
      const pairs = rows.flatMap((row) => {
        const other = reference.find((one) => one.seed === row.seed && one.case === row.case);
        return other ? [[row.dsc, other.dsc] as const] : [];
      });
      const paired =
        arm !== first && pairs.length > 0
          ? pairedDifference(
              pairs.map(([a]) => a),
              pairs.map(([, b]) => b),
              () => random.uniform(),
            )
          : null;
      return [
        {
          arm: arm.name,
          title: arm.title,
          budget,
          seeds: runs.length,
          dsc: summarise(rows.map(({ dsc }) => dsc)),
          hd95: summarise(rows.map(({ hd95 }) => hd95)),
          dscPerPatient: rows.map(({ seed, case: id, dsc }) => ({ seed, case: id, dsc })),
          ...(paired
            ? {
                against: {
                  arm: first.name,
                  pairs: paired.count,
                  mean: paired.mean,
                  standardError: paired.standardError,
                  p: paired.p,
                },
              }
            : {}),
        },
      ];
    });
  });
}

const number = (value: number | undefined, digits: number): string =>
  value === undefined ? '–' : value.toFixed(digits);
const signed = (value: number): string => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(3)}`;

const differenceOf = ({ against }: Cell): string =>
  against === undefined
    ? ''
    : signed(against.mean) + (against.pairs > 1 ? ` ± ${against.standardError.toFixed(3)}` : '');

export function ablationMarkdown(
  table: AblationTable,
  cells: readonly Cell[],
  about: readonly string[],
): string {
  const head = ['Labels', 'Arm', 'DSC', 'SD', 'HD95 mm', 'against the first arm', 'p', 'patients × seeds'];
  const rows = cells.map((cell) => [
    cell.budget,
    cell.title,
    number(cell.dsc?.mean, 3),
    // One patient has no spread, and one pair neither an error nor a test.
    number(cell.dscPerPatient.length > 1 ? cell.dsc?.sd : undefined, 3),
    number(cell.hd95?.mean, 1),
    differenceOf(cell),
    cell.against && cell.against.pairs > 1 ? cell.against.p.toFixed(3) : '',
    `${cell.dscPerPatient.length / Math.max(1, cell.seeds)} × ${cell.seeds}`,
  ]);
  return [
    `# ${table.title}`,
    '',
    ...about,
    '',
    ...[head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`),
    '',
  ].join('\n');
}

const colors = [
  '#4cc2ff',
  '#ffb454',
  '#57d38c',
  '#ff6b6b',
  '#c58fff',
  '#f0e442',
  '#9aa4b2',
  '#0072b2',
  '#d55e00',
];

/** Lines over the budgets where there are several, else bars. */
export function ablationPlot(
  title: string,
  arms: readonly Arm[],
  budgets: readonly string[],
  cells: readonly Cell[],
): string {
  if (budgets.length > 1)
    return lineChart(
      arms.flatMap((arm, n) => {
        const points = budgets.flatMap((budget, b) => {
          const mean = cells.find((cell) => cell.arm === arm.name && cell.budget === budget)?.dsc?.mean;
          return mean === undefined ? [] : [[b + 1, mean] as const];
        });
        return points.length > 0
          ? [{ name: arm.name, color: colors[n % colors.length], points, dashed: n === 0 }]
          : [];
      }),
      {
        width: 900,
        height: 380,
        xName: `budget: ${budgets.map((budget, b) => `${b + 1} = ${budget}`).join(', ')}`,
        yName: 'DSC',
      },
    ).html.replace(
      '<svg ',
      '<svg xmlns="http://www.w3.org/2000/svg" font-family="system-ui" fill="#5d6775" ',
    );
  return barChart(
    cells.map((cell, n) => ({
      name: cell.title,
      value: cell.dsc?.mean ?? 0,
      spread: (cell.dsc?.sd ?? 0) / Math.sqrt(Math.max(1, cell.dsc?.count ?? 1)),
      color: n === 0 ? '#9aa4b2' : '#4cc2ff',
    })),
    title,
  ).html;
}

import { pairedDifference, summarise, wilcoxon } from '../../../models/metrics';
import { Random } from '../../../models/random';
import { EFFICIENCY_ARMS } from './arms';
import type { RunRecord } from './records';

/** A figure against another one, patient by patient; seeds of one patient are averaged first. */
export interface Paired {
  readonly difference: number;
  readonly standard_error: number;
  /** Two-sided, over patients: Wilcoxon's signed ranks, and random flips of the signs. */
  readonly p_wilcoxon: number;
  readonly p_sign_flip: number;
  readonly patients: number;
  readonly seeds: number;
  /** The difference of each seed by itself, in their order: how far the choice of the taught patients decides. */
  readonly by_seed: readonly number[];
}

/** One cell of the comparison, as `label-efficiency.json` holds it. */
export interface EfficiencyResult {
  readonly modality: string;
  /** Budget: `1p` is one patient, `5s` five slices, `all` every patient that is not tested. */
  readonly labels: string;
  readonly arm: string;
  readonly title: string;
  readonly seed_count: number;
  /** Slices that taught, mean over the seeds. */
  readonly slices: number;
  /** Over patients, each the mean of its seeds; and over the means of the seeds. */
  readonly dsc_mean: number;
  readonly dsc_sd: number;
  readonly dsc_sd_seeds: number;
  readonly dsc_per_patient: readonly { readonly case: string; readonly seed: number; readonly dsc: number }[];
  /** mm, of the patients for whom anything was proposed. */
  readonly hd95_mean: number | null;
  readonly hd95_sd: number | null;
  readonly nothing_proposed: number;
  readonly steps: number;
  readonly teach_cpu_seconds: number;
  readonly pretrain_cpu_seconds: number | null;
  /** From scratch, of the arm's own width and length where that is another. */
  readonly against_scratch?: Paired;
}

const round = (v: number, digits = 4): number => Number(v.toFixed(digits));
const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

/** Runs of one arm at one budget, one a seed. */
export const runsOf = (
  records: readonly RunRecord[],
  modality: string,
  arm: string,
  budget: string,
): RunRecord[] =>
  records.filter((one) => one.modality === modality && one.arm === arm && one.budget === budget);

/** Values by key, in the order of first appearance. */
function grouped<T>(rows: readonly T[], key: (row: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const row of rows) {
    const group = groups.get(key(row));
    if (group) group.push(row);
    else groups.set(key(row), [row]);
  }
  return groups;
}

/** Pairs the patients that both were tested on with the same seed. Null where there are none. */
export function paired(runs: readonly RunRecord[], others: readonly RunRecord[]): Paired | null {
  const inOrder = [...runs].sort((a, b) => a.seed - b.seed);
  const rows = inOrder.flatMap((run) => {
    const other = others.find(({ seed }) => seed === run.seed);
    return run.patients.flatMap(({ case: id, dsc }) => {
      const theirs = other?.patients.find((one) => one.case === id);
      return theirs ? [{ id, seed: String(run.seed), difference: dsc - theirs.dsc }] : [];
    });
  });
  if (rows.length === 0) return null;
  const of = (group: readonly { difference: number }[]): number =>
    mean(group.map(({ difference }) => difference));
  const differences = [...grouped(rows, ({ id }) => id).values()].map(of);
  const zeros = differences.map(() => 0);
  const random = new Random(3);
  const flips = pairedDifference(differences, zeros, () => random.uniform());
  const seeds = [...grouped(rows, ({ seed }) => seed).values()].map(of);
  return {
    difference: round(flips.mean),
    standard_error: round(flips.standardError),
    p_wilcoxon: round(wilcoxon(differences, zeros).p),
    p_sign_flip: round(flips.p),
    patients: differences.length,
    seeds: seeds.length,
    by_seed: seeds.map((v) => round(v)),
  };
}

/** Every cell that has at least one run, arms in the order of the list, budgets and modalities as given. */
export function aggregate(
  records: readonly RunRecord[],
  modalities: readonly string[],
  budgets: readonly string[],
): EfficiencyResult[] {
  return modalities.flatMap((modality) =>
    budgets.flatMap((budget) =>
      EFFICIENCY_ARMS.flatMap(({ name, title, against: other = 'scratch' }): EfficiencyResult[] => {
        const runs = runsOf(records, modality, name, budget).sort((a, b) => a.seed - b.seed);
        if (runs.length === 0) return [];
        const rows = runs.flatMap(({ seed, patients }) => patients.map((one) => ({ seed, ...one })));
        const dsc = summarise(
          [...grouped(rows, (row) => row.case).values()].map((group) => mean(group.map((one) => one.dsc))),
        );
        const seeds = summarise(runs.map(({ patients }) => mean(patients.map((one) => one.dsc))));
        const hd95 = summarise(rows.map((row) => row.hd95));
        const pretraining = runs.flatMap((run) => run.pretrainCpuSeconds ?? []);
        const against = name === 'scratch' ? null : paired(runs, runsOf(records, modality, other, budget));
        return [
          {
            modality,
            labels: budget,
            arm: name,
            title,
            seed_count: runs.length,
            slices: round(mean(runs.map((run) => run.slices)), 1),
            dsc_mean: round(dsc?.mean ?? 0),
            dsc_sd: round(dsc?.sd ?? 0),
            dsc_sd_seeds: round(seeds?.sd ?? 0),
            dsc_per_patient: rows.map(({ case: id, seed, dsc: value }) => ({ case: id, seed, dsc: value })),
            hd95_mean: hd95 ? round(hd95.mean, 2) : null,
            hd95_sd: hd95 ? round(hd95.sd, 2) : null,
            nothing_proposed: hd95?.undefinedCount ?? rows.length,
            steps: Math.round(mean(runs.map((run) => run.steps))),
            teach_cpu_seconds: round(mean(runs.map((run) => run.cpuSeconds)), 1),
            pretrain_cpu_seconds: pretraining.length > 0 ? round(mean(pretraining), 1) : null,
            ...(against ? { against_scratch: against } : {}),
          },
        ];
      }),
    ),
  );
}

/** The claims that the comparison is to decide. */
export interface Claim {
  readonly claim: string;
  readonly modality: string;
  readonly labels: string;
  readonly paired: Paired | null;
}

/** AMLP over from scratch, with its decoder or not, with self-training in one or both or neither; AMLP at k against from scratch at 2k, AMLP against the peer. */
export function claims(records: readonly RunRecord[], modalities: readonly string[]): Claim[] {
  const compare = (modality: string, arm: string, budget: string, other: string, at: string): Paired | null =>
    paired(runsOf(records, modality, arm, budget), runsOf(records, modality, other, at));
  return modalities.flatMap((modality) => [
    ...[
      ['amlp', 'scratch'],
      ['base', 'scratch'],
      ['scratch-self', 'scratch'],
      ['amlp-self', 'scratch'],
      ['amlp-self', 'scratch-self'],
      ['amlp-decoder', 'scratch'],
      ['amlp-decoder-self', 'scratch'],
      ['amlp-decoder-self', 'scratch-self'],
    ].flatMap(([arm, other]) =>
      ['1p', '2p'].map((budget) => ({
        claim: `${arm} over ${other}`,
        modality,
        labels: budget,
        paired: compare(modality, arm, budget, other, budget),
      })),
    ),
    ...['amlp', 'scratch-self', 'amlp-self'].flatMap((arm) =>
      ['5s', '10s'].map((budget) => ({
        claim: `${arm} over scratch`,
        modality,
        labels: budget,
        paired: compare(modality, arm, budget, 'scratch', budget),
      })),
    ),
    ...[
      ['1p', '2p'],
      ['5s', '10s'],
    ].map(([k, twice]) => ({
      claim: 'amlp at k over scratch at 2k',
      modality,
      labels: `${k}, ${twice}`,
      paired: compare(modality, 'amlp', k, 'scratch', twice),
    })),
    ...['monai', 'monai-instance'].flatMap((peer) =>
      ['1p', '2p', '5s'].map((budget) => ({
        claim: `amlp over ${peer}`,
        modality,
        labels: budget,
        paired: compare(modality, 'amlp', budget, peer, budget),
      })),
    ),
  ]);
}

import { Random } from '../../../models/random';
import type { EfficiencyArm } from './arms';

/** What a clinician spends: whole patients, or some slices of each of a few. */
export interface LabelBudget {
  /** Key in results, e.g. `2p` or `10s`. */
  readonly name: string;
  /** Patients whose contours teach; Infinity: all that are not tested. */
  readonly patients: number;
  /** Slices contoured of each, spread from just before the lesion to just behind; absent: every slice. */
  readonly slicesEach?: number;
}

/** "2p" is two patients, "all" everyone, "10s" ten slices: five of each patient, or all of one where fewer. */
export function labelBudget(text: string): LabelBudget {
  if (text === 'all') return { name: text, patients: Infinity };
  const match = /^(\d+)(p|s)$/.exec(text);
  const count = Number(match?.[1] ?? 0);
  if (match === null || count < 1)
    throw new RangeError(`"${text}" is no budget; give patients (1p, 2p, all) or slices (5s, 10s).`);
  if (match[2] === 'p') return { name: text, patients: count };
  const each = Math.min(5, count);
  return { name: text, patients: Math.ceil(count / each), slicesEach: each };
}

/** One split by patient. */
export interface Split {
  readonly seed: number;
  readonly tested: readonly string[];
  /** Everybody else, in the order in which they teach; pretraining sees these alone. */
  readonly pool: readonly string[];
  /** Whose scans pretraining sees, and its seed, where several splits share one; absent: the pool, the split's seed. */
  readonly pretraining?: { readonly patients: readonly string[]; readonly seed: number };
}

/**
 * Repeated two-fold splits: seeds 1 and 2 test each patient once between them, 3 and 4 again, and so on. Patients of
 * development, on whom settings were tried, are always in the pool and never tested.
 */
export function splitOf(patients: readonly string[], development: readonly string[], seed: number): Split {
  const others = patients.filter((id) => !development.includes(id)).sort();
  const repeat = Math.floor((seed - 1) / 2);
  const half = (seed - 1) % 2;
  const order = [...new Random(91, repeat).permutation(others.length)].map((i) => others[i]);
  const middle = Math.ceil(order.length / 2);
  const tested = half === 0 ? order.slice(0, middle) : order.slice(middle);
  const rest = patients.filter((id) => !tested.includes(id)).sort();
  const pool = [...new Random(92, seed).permutation(rest.length)].map((i) => rest[i]);
  return { seed, tested: tested.sort(), pool };
}

/**
 * A draw among the patients of development, to try settings on: it teaches with one or two of them and tests the
 * others of them. Pretraining sees everybody else's scans, so that all draws share one.
 * @param draw from 1; draw d teaches with patient d, then d + 1, of the list
 * @throws RangeError with fewer than three patients of development
 */
export function developmentSplit(
  patients: readonly string[],
  development: readonly string[],
  draw: number,
): Split {
  if (development.length < 3) throw new RangeError('Development needs at least three patients.');
  const taught = [draw - 1, draw].map((i) => development[i % development.length]);
  const others = patients.filter((id) => !development.includes(id)).sort();
  const order = [...new Random(93, draw).permutation(others.length)].map((i) => others[i]);
  return {
    seed: draw,
    tested: development.filter((id) => !taught.includes(id)).sort(),
    pool: [...taught, ...order],
    pretraining: { patients: others, seed: 1 },
  };
}

/** Patients drawn for development, the same for every modality. */
export const developmentPatients = (patients: readonly string[], count: number): string[] =>
  [...new Random(90).permutation(patients.length)]
    .slice(0, count)
    .map((i) => [...patients].sort()[i])
    .sort();

/** One training and its test. */
export interface PlannedRun {
  readonly modality: string;
  readonly arm: EfficiencyArm;
  readonly seed: number;
  readonly budget: LabelBudget;
}

/** A part of the matrix; parts are run in order, so that what comes first is complete first. */
export interface Part {
  readonly arms: readonly EfficiencyArm[];
  readonly seeds: readonly number[];
  readonly budgets: readonly LabelBudget[];
}

/**
 * The order of the runs: breadth first. A seed is finished for every budget, modality and arm before the next one
 * begins, so that a run that is interrupted is still balanced.
 */
export function planRuns(parts: readonly Part[], modalities: readonly string[]): PlannedRun[] {
  const seen = new Set<string>();
  return parts
    .flatMap(({ arms, seeds, budgets }) =>
      seeds.flatMap((seed) =>
        budgets.flatMap((budget) =>
          modalities.flatMap((modality) =>
            arms
              .filter((arm) => arm.only === undefined || arm.only.includes(modality))
              .map((arm): PlannedRun => ({ modality, arm, seed, budget })),
          ),
        ),
      ),
    )
    .filter((run) => {
      const key = runKey({ ...run, arm: run.arm.name, budget: run.budget.name });
      return !seen.has(key) && seen.add(key);
    });
}

export const runKey = (run: {
  readonly modality: string;
  readonly arm: string;
  readonly seed: number;
  readonly budget: string;
}): string => [run.modality, run.arm, run.seed, run.budget].join(' ');

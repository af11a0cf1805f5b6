/** Mean and spread of one figure over patients; cases where it is undefined are counted, not guessed. */
export interface Summary {
  readonly count: number;
  readonly undefinedCount: number;
  readonly mean: number;
  /** Sample standard deviation; 0 for one value. */
  readonly sd: number;
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** Null where no value is defined. */
export function summarise(values: readonly (number | null)[]): Summary | null {
  const known = values.filter((v): v is number => v !== null && Number.isFinite(v)).sort((a, b) => a - b);
  const n = known.length;
  if (n === 0) return null;
  const mean = known.reduce((a, b) => a + b, 0) / n;
  const sd = n > 1 ? Math.sqrt(known.reduce((a, b) => a + (b - mean) ** 2, 0) / (n - 1)) : 0;
  const middle = n >> 1;
  const median = n % 2 === 1 ? known[middle] : (known[middle - 1] + known[middle]) / 2;
  return { count: n, undefinedCount: values.length - n, mean, sd, median, min: known[0], max: known[n - 1] };
}

/** A paired comparison over patients: the mean difference, its standard error and a sign-flip test. */
export interface PairedDifference {
  readonly count: number;
  readonly mean: number;
  readonly standardError: number;
  /** Two-sided p of the sign-flip permutation test: exact up to 14 pairs, 20 000 draws above. */
  readonly p: number;
}

/** @param uniform draws in [0, 1), used above 14 pairs */
export function pairedDifference(
  a: readonly number[],
  b: readonly number[],
  uniform: () => number,
): PairedDifference {
  if (a.length !== b.length || a.length === 0)
    throw new RangeError('Pairs need equally many values, at least one.');
  const d = a.map((v, i) => v - b[i]);
  const n = d.length;
  const mean = d.reduce((s, v) => s + v, 0) / n;
  const sd = n > 1 ? Math.sqrt(d.reduce((s, v) => s + (v - mean) ** 2, 0) / (n - 1)) : 0;
  const exact = n <= 14;
  const draws = exact ? 2 ** n : 20_000;
  let extreme = 0;
  for (let k = 0; k < draws; k++) {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += (exact ? (k >> i) & 1 : uniform() < 0.5) ? d[i] : -d[i];
    if (Math.abs(sum / n) >= Math.abs(mean) - 1e-12) extreme++;
  }
  const p = exact ? extreme / draws : (extreme + 1) / (draws + 1);
  return { count: n, mean, standardError: sd / Math.sqrt(n), p };
}

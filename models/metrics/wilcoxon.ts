/** Wilcoxon's signed-rank test over pairs, two-sided. */
export interface SignedRank {
  /** Pairs that differ; equal ones say nothing and are left out (Wilcoxon 1945). */
  readonly count: number;
  /** The smaller of the sums of ranks of both signs. */
  readonly statistic: number;
  /** Exact up to 50 pairs without ties or zeros, else by the normal approximation with the correction for ties. */
  readonly p: number;
}

const exactMost = 50;

/** @throws RangeError where there are no pairs or their numbers differ */
export function wilcoxon(a: readonly number[], b: readonly number[]): SignedRank {
  if (a.length !== b.length || a.length === 0)
    throw new RangeError('Pairs need equally many values, at least one.');
  const d = a.map((v, i) => v - b[i]).filter((v) => v !== 0);
  const n = d.length;
  if (n === 0) return { count: 0, statistic: 0, p: 1 };
  const order = d.map((_, i) => i).sort((i, j) => Math.abs(d[i]) - Math.abs(d[j]));
  const ranks = new Float64Array(n);
  let ties = 0;
  for (let from = 0, to = 0; from < n; from = to) {
    while (to < n && Math.abs(d[order[to]]) === Math.abs(d[order[from]])) to++;
    for (let k = from; k < to; k++) ranks[order[k]] = (from + to + 1) / 2;
    ties += (to - from) ** 3 - (to - from);
  }
  const positive = d.reduce((sum, v, i) => sum + (v > 0 ? ranks[i] : 0), 0);
  const statistic = Math.min(positive, (n * (n + 1)) / 2 - positive);
  const exact = n <= exactMost && ties === 0 && n === a.length;
  return { count: n, statistic, p: exact ? exactP(n, statistic) : normalP(n, statistic, ties) };
}

/** Share of all assignments of signs whose smaller rank sum is at most `statistic`. */
function exactP(n: number, statistic: number): number {
  const most = (n * (n + 1)) / 2;
  let ways = new Float64Array(most + 1);
  ways[0] = 1;
  for (let rank = 1; rank <= n; rank++) {
    const next = ways.slice();
    for (let sum = rank; sum <= most; sum++) next[sum] += ways[sum - rank];
    ways = next;
  }
  const below = ways.subarray(0, Math.floor(statistic) + 1).reduce((sum, v) => sum + v, 0);
  return Math.min(1, (2 * below) / 2 ** n);
}

function normalP(n: number, statistic: number, ties: number): number {
  const mean = (n * (n + 1)) / 4;
  const sd = Math.sqrt((n * (n + 1) * (2 * n + 1)) / 24 - ties / 48);
  return Math.min(1, 2 * upperTail(Math.abs(statistic - mean) / sd));
}

/** P(Z > z), z ≥ 0: Gauss's continued fraction far out, the series near zero; to about 1e-12. */
function upperTail(z: number): number {
  const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
  if (z > 3) {
    let fraction = 0;
    for (let k = 200; k > 0; k--) fraction = k / (z + fraction);
    return density / (z + fraction);
  }
  let term = z;
  let sum = z;
  for (let k = 1; k < 200; k++) {
    term *= (z * z) / (2 * k + 1);
    sum += term;
  }
  return 0.5 - density * sum;
}

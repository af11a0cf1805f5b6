/** What brought a scan's values to the network's scale; `(clip(v) − mean) / sd`. */
export interface Intensity {
  /** 1st and 99th percentile, in the scan's unit. */
  readonly low: number;
  readonly high: number;
  /** Mean and standard deviation of the clipped voxels that are not zero. */
  readonly mean: number;
  readonly sd: number;
  /** What air and padding become: the smallest clipped value after scaling. */
  readonly background: number;
}

const bins = 1 << 16;

/**
 * Percentiles of finite values. Exact (linear between ranks, as NumPy's default) up to four million values; beyond
 * that to a 65,536th of the range, without a second copy.
 * @param shares ascending, each 0 to 1
 */
export function percentiles(values: Float32Array, shares: readonly number[]): number[] {
  if (values.length === 0) throw new RangeError('There are no values to take percentiles of.');
  if (values.length <= 1 << 22) {
    const sorted = values.slice().sort();
    return shares.map((share) => {
      const rank = share * (sorted.length - 1);
      const below = Math.floor(rank);
      const above = Math.min(below + 1, sorted.length - 1);
      return sorted[below] + (rank - below) * (sorted[above] - sorted[below]);
    });
  }
  let min = Infinity;
  let max = -Infinity;
  for (const v of values) {
    if (v < min) min = v;
    if (v > max) max = v;
  }
  if (!(max > min)) return shares.map(() => min);
  const counts = new Float64Array(bins);
  const scale = (bins - 1) / (max - min);
  for (const v of values) counts[Math.round((v - min) * scale)]++;
  return shares.map((share) => {
    let left = share * (values.length - 1);
    for (let b = 0; b < bins; b++) {
      left -= counts[b];
      if (left < 0) return min + b / scale;
    }
    return max;
  });
}

/**
 * Clips to the 1st and 99th percentile and z-scores by the voxels that are not zero, in place, over a whole scan
 * (paper, IV, pre-processing). Null where the scan holds one value only: there is nothing to learn from.
 */
export function normalise(values: Float32Array): Intensity | null {
  const [low, high] = percentiles(values, [0.01, 0.99]);
  let sum = 0;
  let n = 0;
  for (let i = 0; i < values.length; i++) {
    const v = values[i] < low ? low : values[i] > high ? high : values[i];
    values[i] = v;
    if (v !== 0) {
      sum += v;
      n++;
    }
  }
  if (n === 0) return null;
  const mean = sum / n;
  let squares = 0;
  for (const v of values) if (v !== 0) squares += (v - mean) ** 2;
  const sd = Math.sqrt(squares / n);
  if (!(sd > 1e-12 * Math.max(1, Math.abs(mean)))) return null;
  for (let i = 0; i < values.length; i++) values[i] = (values[i] - mean) / sd;
  return { low, high, mean, sd, background: (low - mean) / sd };
}

/** How many steps the values are sorted into. */
const bins = 48;
/** Bins that a value is spread over to either side: a slice holds too few voxels for a sharp histogram. */
const blur = 3;
/** No single voxel speaks louder than e to this power. */
const loudest = 2.5;

/** What the values of a structure and of what lies round it say, voxel by voxel. */
export interface IntensityModel {
  /** Natural logarithm of how much likelier a value is inside than round the structure, within ±2.5. */
  evidence(value: number): number;
  /** Overlap of the two histograms, 0 (told apart by values alone) to 1 (values say nothing). */
  readonly overlap: number;
}

/** @param inside @param outside values of the two, at least one each */
export function intensityModel(inside: readonly number[], outside: readonly number[]): IntensityModel {
  const sorted = Float64Array.from([...inside, ...outside]).sort();
  const low = sorted[Math.floor(sorted.length * 0.01)];
  const high = sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * 0.99))];
  const scale = high > low ? (bins - 1) / (high - low) : 0;
  const bin = (value: number): number => Math.min(bins - 1, Math.max(0, Math.round((value - low) * scale)));
  const a = histogram(inside, bin);
  const b = histogram(outside, bin);
  const table = a.map((p, n) => Math.min(loudest, Math.max(-loudest, Math.log((p + 1e-3) / (b[n] + 1e-3)))));
  const overlap = a.reduce((sum, p, n) => sum + Math.min(p, b[n]), 0);
  return { evidence: (value) => table[bin(value)], overlap };
}

/** Shares of the values in each bin, blurred with a triangle. */
function histogram(values: readonly number[], bin: (value: number) => number): Float64Array {
  const out = new Float64Array(bins);
  for (const value of values) {
    const at = bin(value);
    for (let d = -blur; d <= blur; d++)
      out[Math.min(bins - 1, Math.max(0, at + d))] += blur + 1 - Math.abs(d);
  }
  const sum = values.length * (blur + 1) ** 2;
  return out.map((x) => x / sum);
}

/** Patches are (2 · reach + 1)² pixels. */
const patchReach = 2;

/** How far, and by what, places on two slices are compared. */
export interface FuseOptions {
  /** mm of a pixel along i and j. */
  readonly spacing: readonly [number, number];
  /** mm by which a border may well have moved, as a standard deviation; places up to twice as far are looked at. */
  readonly movedMm: number;
  /** Difference of two pixels that is noise, as a standard deviation. */
  readonly noise: number;
}

/**
 * Carries a field from one slice to the next by what the slices look like: each pixel takes the mean of the field over
 * the places nearby on the earlier slice, weighted by how alike their patches are (non-local label fusion, Coupé et
 * al., 2011). Where a border has moved, the field moves with it; where nothing can be told, it stays.
 * @param field @param before @param after of width × height pixels
 */
export function fuseField(
  field: Float32Array,
  before: Float32Array,
  after: Float32Array,
  width: number,
  height: number,
  { spacing, movedMm, noise }: FuseOptions,
): Float32Array {
  const n = field.length;
  const sum = new Float32Array(n);
  const weight = new Float32Array(n);
  const squares = new Float32Array(n);
  const scale = -1 / (2 * noise * noise * (2 * patchReach + 1) ** 2);
  const [ri, rj] = spacing.map((mm) => Math.ceil((2 * movedMm) / mm));
  // Places are a millimetre apart: finer ones tell the same and cost four times as much for each halving.
  const [si, sj] = spacing.map((mm) => Math.max(1, Math.floor(1 / mm)));
  const work = new Float32Array(n);
  for (let dj = -Math.floor(rj / sj) * sj; dj <= rj; dj += sj)
    for (let di = -Math.floor(ri / si) * si; di <= ri; di += si) {
      const far = ((di * spacing[0]) ** 2 + (dj * spacing[1]) ** 2) / (2 * movedMm * movedMm);
      if (far > 2) continue;
      const near = Math.exp(-far);
      const to = (at: number, by: number, length: number): number =>
        Math.min(length - 1, Math.max(0, at + by));
      for (let j = 0, p = 0; j < height; j++) {
        const row = to(j, dj, height) * width;
        for (let i = 0; i < width; i++, p++) {
          const e = after[p] - before[row + to(i, di, width)];
          squares[p] = e * e;
        }
      }
      boxSum(squares, work, width, height);
      for (let j = 0, p = 0; j < height; j++) {
        const row = to(j, dj, height) * width;
        for (let i = 0; i < width; i++, p++) {
          const w = near * Math.exp(squares[p] * scale);
          sum[p] += w * field[row + to(i, di, width)];
          weight[p] += w;
        }
      }
    }
  for (let p = 0; p < n; p++) sum[p] = weight[p] > 1e-12 ? sum[p] / weight[p] : field[p];
  return sum;
}

/** Replaces each pixel by the sum over its patch; the border's pixels go on outside. */
function boxSum(values: Float32Array, work: Float32Array, width: number, height: number): void {
  slide(values, work, height, width, 1, width);
  slide(work, values, width, height, width, 1);
}

/** Sums over a line of `length` pixels `step` apart, for each of `lines` lines `next` apart. */
function slide(
  from: Float32Array,
  to: Float32Array,
  lines: number,
  length: number,
  step: number,
  next: number,
): void {
  for (let line = 0; line < lines; line++) {
    const start = line * next;
    const at = (x: number): number => from[start + Math.min(length - 1, Math.max(0, x)) * step];
    let sum = 0;
    for (let x = -patchReach; x <= patchReach; x++) sum += at(x);
    for (let x = 0; x < length; x++) {
      to[start + x * step] = sum;
      sum += at(x + patchReach + 1) - at(x - patchReach);
    }
  }
}

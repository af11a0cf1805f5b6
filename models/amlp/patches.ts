/** A square slice cut into square patches, row by row. */
export interface PatchGrid {
  /** Pixels along one side of the slice. */
  readonly size: number;
  /** Pixels along one side of a patch; divides `size`. */
  readonly patch: number;
  /** Patches along one side. */
  readonly side: number;
  /** Number of patches, N in the paper. */
  readonly count: number;
}

/** @throws RangeError if the patches do not fill the slice. */
export function patchGrid(size: number, patch: number): PatchGrid {
  if (!Number.isInteger(size / patch) || patch < 1)
    throw new RangeError(`Patches of ${patch} pixels do not fill a slice of ${size}; choose a divisor.`);
  const side = size / patch;
  return { size, patch, side, count: side * side };
}

/** Values of one patch: patch² × channels. */
export const patchLength = (grid: PatchGrid, channels: number): number => grid.patch * grid.patch * channels;

/**
 * Flattens a slice [size, size, channels] into patches [N, patch · patch · channels] (paper, III-A).
 * @param into length N · patch² · channels
 */
export function patchesOf(slice: Float32Array, grid: PatchGrid, channels: number, into: Float32Array): void {
  const { size, patch, side } = grid;
  const run = patch * channels;
  let to = 0;
  for (let pj = 0; pj < side; pj++)
    for (let pi = 0; pi < side; pi++)
      for (let y = 0; y < patch; y++) {
        const from = ((pj * patch + y) * size + pi * patch) * channels;
        into.set(slice.subarray(from, from + run), to);
        to += run;
      }
}

/** The statistics that stand for a patch when clustering is on statistics. */
export const STATISTICS = 4;

/**
 * Mean, standard deviation, minimum and maximum of each patch and channel, each column scaled to unit standard
 * deviation over the patches (a column that does not vary stays as it is), so that no one of them decides alone.
 * @param patches [N, length · channels], channels fastest
 * @returns [N, 4 · channels]
 */
export function patchStatistics(patches: Float32Array, count: number, channels: number): Float32Array {
  const length = patches.length / count / channels;
  const columns = STATISTICS * channels;
  const out = new Float32Array(count * columns);
  for (let p = 0; p < count; p++)
    for (let c = 0; c < channels; c++) {
      let sum = 0;
      let squares = 0;
      let low = Infinity;
      let high = -Infinity;
      for (let i = 0; i < length; i++) {
        const v = patches[(p * length + i) * channels + c];
        sum += v;
        squares += v * v;
        if (v < low) low = v;
        if (v > high) high = v;
      }
      const mean = sum / length;
      const at = p * columns + c * STATISTICS;
      out[at] = mean;
      out[at + 1] = Math.sqrt(Math.max(0, squares / length - mean * mean));
      out[at + 2] = low;
      out[at + 3] = high;
    }
  standardiseColumns(out, count, columns);
  return out;
}

/** Brings each column of [rows, columns] to unit standard deviation, in place. */
function standardiseColumns(table: Float32Array, rows: number, columns: number): void {
  for (let c = 0; c < columns; c++) {
    let sum = 0;
    for (let r = 0; r < rows; r++) sum += table[r * columns + c];
    const mean = sum / rows;
    let squares = 0;
    for (let r = 0; r < rows; r++) squares += (table[r * columns + c] - mean) ** 2;
    const sd = Math.sqrt(squares / rows);
    if (sd > 1e-6) for (let r = 0; r < rows; r++) table[r * columns + c] /= sd;
  }
}

/**
 * Which patches show the body and not air or padding: those whose mean, in any channel, stands above the darkest
 * value of the slice by more than `share` of the slice's range.
 */
export function bodyPatches(
  slice: Float32Array,
  patches: Float32Array,
  grid: PatchGrid,
  channels: number,
  share = 0.1,
): Uint8Array {
  const body = new Uint8Array(grid.count);
  const length = grid.patch * grid.patch;
  for (let c = 0; c < channels; c++) {
    let low = Infinity;
    let high = -Infinity;
    for (let i = c; i < slice.length; i += channels) {
      if (slice[i] < low) low = slice[i];
      if (slice[i] > high) high = slice[i];
    }
    const level = low + share * (high - low);
    if (!(high > low)) continue;
    for (let p = 0; p < grid.count; p++) {
      let sum = 0;
      for (let i = 0; i < length; i++) sum += patches[(p * length + i) * channels + c];
      if (sum / length > level) body[p] = 1;
    }
  }
  return body;
}

/**
 * Whether a slice has something to learn from: at least a tenth of its patches vary. Slices of air or padding
 * are left out of pretraining (they teach nothing, and k-means finds one cluster in them).
 */
export function isInformative(slice: Float32Array, grid: PatchGrid, channels: number): boolean {
  const patches = new Float32Array(slice.length);
  patchesOf(slice, grid, channels, patches);
  const length = patchLength(grid, channels);
  let varied = 0;
  for (let p = 0; p < grid.count; p++) {
    let low = Infinity;
    let high = -Infinity;
    for (let i = p * length; i < (p + 1) * length; i++) {
      const v = patches[i];
      if (v < low) low = v;
      if (v > high) high = v;
    }
    if (high - low > 1e-3) varied++;
  }
  return varied * 10 >= grid.count;
}

/** A patch mask [N] spread over the pixels of a slice, `into` [size · size]. */
export function pixelsOfPatches(mask: Uint8Array, grid: PatchGrid, into: Float32Array): void {
  for (let y = 0; y < grid.size; y++)
    for (let x = 0; x < grid.size; x++)
      into[y * grid.size + x] = mask[Math.floor(y / grid.patch) * grid.side + Math.floor(x / grid.patch)];
}

/** A regular grid; voxels are stored with i fastest, then j, then k. A single slice has size[2] = 1. */
export interface Grid {
  readonly size: readonly [number, number, number];
  /** Distance of neighbouring voxel centres, mm. */
  readonly spacing: readonly [number, number, number];
}

/** 0 or 1 a voxel. */
export type Mask = Uint8Array;

/** @throws RangeError if a mask does not fit the grid. */
export function assertMask(mask: Mask, grid: Grid): void {
  const n = grid.size[0] * grid.size[1] * grid.size[2];
  if (mask.length !== n) throw new RangeError(`A mask of ${mask.length} voxels does not fit a grid of ${n}.`);
}

export function voxelsInside(mask: Mask): number {
  let n = 0;
  for (let v = 0; v < mask.length; v++) if (mask[v]) n++;
  return n;
}

/** First and last index of the mask along i, j, k; null where it is empty. */
export type Box = readonly [readonly [number, number, number], readonly [number, number, number]];

/** The smallest box that holds every given mask. */
export function boundingBox(grid: Grid, ...masks: readonly Mask[]): Box | null {
  const [ni, nj, nk] = grid.size;
  let [i0, j0, k0, i1, j1, k1] = [ni, nj, nk, -1, -1, -1];
  for (const mask of masks)
    for (let k = 0, v = 0; k < nk; k++)
      for (let j = 0; j < nj; j++)
        for (let i = 0; i < ni; i++, v++)
          if (mask[v]) {
            if (i < i0) i0 = i;
            if (i > i1) i1 = i;
            if (j < j0) j0 = j;
            if (j > j1) j1 = j;
            if (k < k0) k0 = k;
            if (k > k1) k1 = k;
          }
  return i1 < 0
    ? null
    : [
        [i0, j0, k0],
        [i1, j1, k1],
      ];
}

/** The part of a mask inside a box, as a mask of its own. */
export function cutMask(mask: Mask, grid: Grid, [low, high]: Box): { mask: Mask; grid: Grid } {
  const [ni, nj] = grid.size;
  const size = [high[0] - low[0] + 1, high[1] - low[1] + 1, high[2] - low[2] + 1] as const;
  const out = new Uint8Array(size[0] * size[1] * size[2]);
  for (let k = 0, v = 0; k < size[2]; k++)
    for (let j = 0; j < size[1]; j++, v += size[0]) {
      const from = ((k + low[2]) * nj + j + low[1]) * ni + low[0];
      out.set(mask.subarray(from, from + size[0]), v);
    }
  return { mask: out, grid: { size, spacing: grid.spacing } };
}

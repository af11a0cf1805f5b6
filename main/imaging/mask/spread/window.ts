/** A rectangle of a slice, cut out so that work follows the size of the structure and not that of the scan. */
export interface SliceWindow {
  readonly i0: number;
  readonly j0: number;
  readonly width: number;
  readonly height: number;
}

/** The rectangle round a shape, `margin` voxels wider along i and j, within the slice; null for an empty shape. */
export function windowAround(
  plane: Uint8Array,
  nx: number,
  ny: number,
  margin: readonly [number, number],
): SliceWindow | null {
  let [i0, j0, i1, j1] = [nx, ny, -1, -1];
  for (let j = 0; j < ny; j++) {
    const row = plane.subarray(j * nx, (j + 1) * nx);
    const first = row.indexOf(1);
    if (first < 0) continue;
    i0 = Math.min(i0, first);
    i1 = Math.max(i1, row.lastIndexOf(1));
    j0 = Math.min(j0, j);
    j1 = j;
  }
  if (j1 < 0) return null;
  i0 = Math.max(0, i0 - margin[0]);
  j0 = Math.max(0, j0 - margin[1]);
  i1 = Math.min(nx - 1, i1 + margin[0]);
  j1 = Math.min(ny - 1, j1 + margin[1]);
  return { i0, j0, width: i1 - i0 + 1, height: j1 - j0 + 1 };
}

/** What lies in the rectangle, row by row, as numbers. @param start offset of the slice in `values` */
export function cutWindow(
  values: ArrayLike<number>,
  start: number,
  nx: number,
  { i0, j0, width, height }: SliceWindow,
): Float32Array {
  const out = new Float32Array(width * height);
  for (let j = 0, p = 0; j < height; j++)
    for (let i = 0, v = start + (j0 + j) * nx + i0; i < width; i++, v++, p++) out[p] = values[v];
  return out;
}

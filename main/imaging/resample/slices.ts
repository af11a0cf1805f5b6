import type { PatientPoint, VolumeGeometry } from '../space/geometry';
import type { VoxelArray } from '../volume';

/**
 * Puts parallel slices that lie anywhere along their normal, and shifted in their plane, on a regular grid with the
 * same axes. Linear between the two neighbouring slices and, for the shift, between the voxels of a slice. Voxels of
 * the grid that no slice covers get the lowest value of the slices (air in CT, nothing in MR and PET).
 * @param voxels slices of size[0] × size[1], in order along the normal; @param positions of their first voxels.
 * @returns voxels on `grid`, of the same type; whole numbers are rounded.
 */
export function resampleSlices(
  voxels: VoxelArray,
  size: readonly [columns: number, rows: number],
  positions: readonly PatientPoint[],
  grid: VolumeGeometry,
): VoxelArray {
  const [columns, rows] = size;
  const perSlice = columns * rows;
  let lowest = Infinity;
  for (let v = 0; v < voxels.length; v++) if (voxels[v] < lowest) lowest = voxels[v];
  const places = positions.map((p) => place(p, grid));
  const [nx, ny, nz] = grid.size;
  const Type = voxels.constructor as new (n: number) => VoxelArray;
  const out = new Type(nx * ny * nz);
  const round = !(voxels instanceof Float32Array);
  let below = 0;
  for (let k = 0; k < nz; k++) {
    // The last slice at or below the plane of k; a hair of tolerance keeps the ends of the stack inside.
    while (below + 1 < places.length && places[below + 1][2] <= k + 1e-6) below++;
    const above = Math.min(below + 1, places.length - 1);
    const gap = places[above][2] - places[below][2];
    const t = gap > 0 ? Math.max(0, Math.min(1, (k - places[below][2]) / gap)) : 0;
    // A slice is sampled where the straight line between the two slices' origins has its place at k.
    const lower = sampler(voxels, below * perSlice, columns, rows, lowest);
    const upper = sampler(voxels, above * perSlice, columns, rows, lowest);
    const plane = k * nx * ny;
    for (let j = 0; j < ny; j++)
      for (let i = 0; i < nx; i++) {
        const a = lower(i - places[below][0], j - places[below][1]);
        const value = t === 0 ? a : a + (upper(i - places[above][0], j - places[above][1]) - a) * t;
        out[plane + j * nx + i] = round ? Math.round(value) : value;
      }
  }
  return out;
}

/** Continuous grid index of a slice's first voxel. */
function place(p: PatientPoint, g: VolumeGeometry): readonly [number, number, number] {
  const d = [p[0] - g.origin[0], p[1] - g.origin[1], p[2] - g.origin[2]];
  const along = (axis: 0 | 1 | 2): number =>
    (d[0] * g.axes[axis][0] + d[1] * g.axes[axis][1] + d[2] * g.axes[axis][2]) / g.spacing[axis];
  return [along(0), along(1), along(2)];
}

/** Bilinear value of one slice; `outside` beyond half a voxel from its border voxels' centres. */
function sampler(
  voxels: VoxelArray,
  start: number,
  columns: number,
  rows: number,
  outside: number,
): (x: number, y: number) => number {
  return (x, y) => {
    if (x < -0.5 || y < -0.5 || x > columns - 0.5 || y > rows - 0.5) return outside;
    const cx = Math.max(0, Math.min(columns - 1, x));
    const cy = Math.max(0, Math.min(rows - 1, y));
    const i = Math.min(Math.floor(cx), Math.max(0, columns - 2));
    const j = Math.min(Math.floor(cy), Math.max(0, rows - 2));
    const fx = cx - i;
    const fy = cy - j;
    const at = start + j * columns + i;
    if (fx === 0 && fy === 0) return voxels[at];
    const right = columns > 1 ? 1 : 0;
    const down = rows > 1 ? columns : 0;
    const top = voxels[at] + (voxels[at + right] - voxels[at]) * fx;
    const bottom = voxels[at + down] + (voxels[at + down + right] - voxels[at + down]) * fx;
    return top + (bottom - top) * fy;
  };
}

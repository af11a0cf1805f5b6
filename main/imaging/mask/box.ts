import { toVoxel, type PatientPoint, type VolumeGeometry } from '../space/geometry';

/** A block of voxels, both ends included; empty where an end is below its start. */
export interface Box {
  readonly from: readonly [i: number, j: number, k: number];
  readonly to: readonly [i: number, j: number, k: number];
}

export const isEmpty = (box: Box): boolean => box.from.some((start, axis) => box.to[axis] < start);

/** The whole grid. */
export const wholeGrid = (g: VolumeGeometry): Box => ({
  from: [0, 0, 0],
  to: [g.size[0] - 1, g.size[1] - 1, g.size[2] - 1],
});

/** The voxels of the grid whose centres can lie within `marginMm` of the points (or of lines between them). */
export function boxAround(g: VolumeGeometry, points: readonly PatientPoint[], marginMm: number): Box {
  const low = [Infinity, Infinity, Infinity];
  const high = [-Infinity, -Infinity, -Infinity];
  for (const point of points) {
    const index = toVoxel(g, point);
    for (let axis = 0; axis < 3; axis++) {
      low[axis] = Math.min(low[axis], index[axis]);
      high[axis] = Math.max(high[axis], index[axis]);
    }
  }
  const start = (axis: number): number =>
    Math.max(0, Math.ceil(low[axis] - marginMm / g.spacing[axis] - 1e-6));
  const end = (axis: number): number =>
    Math.min(g.size[axis] - 1, Math.floor(high[axis] + marginMm / g.spacing[axis] + 1e-6));
  return { from: [start(0), start(1), start(2)], to: [end(0), end(1), end(2)] };
}

/** The smallest block that holds every set voxel; empty for an empty mask. */
export function boxOfMask(mask: Uint8Array, size: VolumeGeometry['size']): Box {
  const [nx, ny, nz] = size;
  let [i0, j0, k0, i1, j1, k1] = [nx, ny, nz, -1, -1, -1];
  for (let k = 0, row = 0; k < nz; k++)
    for (let j = 0; j < ny; j++, row += nx) {
      const first = mask.subarray(row, row + nx).indexOf(1);
      if (first < 0) continue;
      const last = mask.subarray(row, row + nx).lastIndexOf(1);
      if (first < i0) i0 = first;
      if (last > i1) i1 = last;
      if (j < j0) j0 = j;
      if (j > j1) j1 = j;
      if (k < k0) k0 = k;
      k1 = k;
    }
  return { from: [i0, j0, k0], to: [i1, j1, k1] };
}

/** The box grown by a number of voxels along each axis, within the grid. */
export function grownBox(box: Box, by: readonly [number, number, number], size: VolumeGeometry['size']): Box {
  const start = (axis: number): number => Math.max(0, box.from[axis] - by[axis]);
  const end = (axis: number): number => Math.min(size[axis] - 1, box.to[axis] + by[axis]);
  return { from: [start(0), start(1), start(2)], to: [end(0), end(1), end(2)] };
}

import type { VolumeGeometry } from '../space/geometry';

/** An axis of the grid and the two that span the voxel planes across it, in ascending order. */
export interface PlaneAxes {
  readonly across: 0 | 1 | 2;
  readonly a: 0 | 1;
  readonly b: 1 | 2;
}

export const planeAxes = (across: 0 | 1 | 2): PlaneAxes =>
  across === 2 ? { across, a: 0, b: 1 } : across === 1 ? { across, a: 0, b: 2 } : { across, a: 1, b: 2 };

/** Distance in the mask between neighbours along each axis. */
export const strides = (size: VolumeGeometry['size']): readonly [number, number, number] => [
  1,
  size[0],
  size[0] * size[1],
];

/** One plane of voxels as a mask of its own, axis `a` fastest. Slices (across k) are a view of the mask. */
export function planeOfMask(
  mask: Uint8Array,
  size: VolumeGeometry['size'],
  { across, a, b }: PlaneAxes,
  index: number,
): Uint8Array {
  const step = strides(size);
  const start = index * step[across];
  if (across === 2) return mask.subarray(start, start + step[2]);
  const plane = new Uint8Array(size[a] * size[b]);
  for (let y = 0, p = 0; y < size[b]; y++)
    for (let x = 0, v = start + y * step[b]; x < size[a]; x++, p++, v += step[a]) plane[p] = mask[v];
  return plane;
}

/** Adds a plane of voxels to a mask (OR). */
export function addPlane(
  mask: Uint8Array,
  size: VolumeGeometry['size'],
  { across, a, b }: PlaneAxes,
  index: number,
  plane: Uint8Array,
): void {
  const step = strides(size);
  const start = index * step[across];
  for (let y = 0, p = 0; y < size[b]; y++)
    for (let x = 0, v = start + y * step[b]; x < size[a]; x++, p++, v += step[a]) mask[v] |= plane[p];
}

import { planeAxes, planeOfMask, strides } from './plane';
import type { VolumeGeometry } from '../space/geometry';
import type { Flips } from './flips';
import { FlipRuns } from './flip-runs';

/**
 * Gives plane `to` across an axis of the grid the content of plane `from`.
 * @param keep whether what is already on `to` stays (union) or goes.
 * @throws RangeError if a plane is outside the grid.
 */
export function copySlice(
  mask: Uint8Array,
  g: VolumeGeometry,
  across: 0 | 1 | 2,
  from: number,
  to: number,
  keep = false,
): Flips {
  return flipsToPlane(mask, g, across, to, planeOfMask(mask, g.size, checked(g, across, from), from), keep);
}

/** The flips that give one plane across an axis the content given, `planeAxes(across).a` fastest. */
export function flipsToPlane(
  mask: Uint8Array,
  g: VolumeGeometry,
  across: 0 | 1 | 2,
  index: number,
  content: Uint8Array,
  keep = false,
): Flips {
  const { a, b } = checked(g, across, index);
  const step = strides(g.size);
  const runs = new FlipRuns();
  for (let y = 0, p = 0; y < g.size[b]; y++)
    for (let x = 0; x < g.size[a]; x++, p++) {
      const v = index * step[across] + x * step[a] + y * step[b];
      if (mask[v] !== content[p] && !(keep && mask[v] === 1)) runs.add(v);
    }
  return runs.flips();
}

function checked(g: VolumeGeometry, across: 0 | 1 | 2, index: number): ReturnType<typeof planeAxes> {
  if (!Number.isInteger(index) || index < 0 || index >= g.size[across])
    throw new RangeError(`There is no plane ${index} along this axis.`);
  return planeAxes(across);
}

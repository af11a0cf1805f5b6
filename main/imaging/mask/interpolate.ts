import type { VolumeGeometry } from '../space/geometry';
import { flipsBetween, type Flips } from './flips';
import { planeAxes, planeOfMask, strides, type PlaneAxes } from './plane';
import { mixedDistance, shapeOf, type Shape } from './shape';

/**
 * Fills the planes between drawn ones, shape-based (Raya and Udupa, 1990): the signed distances to the two borders are
 * mixed linearly and cut at zero. Where two shapes do not overlap, they are first moved onto each other by their centres.
 * Drawn planes stay as they are; an empty drawn plane ends the structure.
 * @param across the axis across which the planes lie.
 * @param drawn indices of the planes that a person drew; default: those that hold a voxel.
 */
export function interpolateSlices(
  mask: Uint8Array,
  g: VolumeGeometry,
  across: 0 | 1 | 2,
  drawn?: readonly number[],
): Flips {
  const axes = planeAxes(across);
  const planes = [...new Set(drawn ?? filledPlanes(mask, g, axes))].sort((a, b) => a - b);
  const after = mask.slice();
  const [width, height] = [g.size[axes.a], g.size[axes.b]];
  const spacing = [g.spacing[axes.a], g.spacing[axes.b]] as const;
  const shape = (index: number): Shape | null =>
    shapeOf(planeOfMask(mask, g.size, axes, index), width, height, spacing);
  let upper: Shape | null = null;
  for (let n = 0; n + 1 < planes.length; n++) {
    const [from, to] = [planes[n], planes[n + 1]];
    if (to - from < 2) {
      upper = null;
      continue;
    }
    const first: Shape | null = upper ?? shape(from);
    const second = shape(to);
    for (let index = from + 1; index < to; index++) {
      const content =
        first === null || second === null
          ? null
          : Uint8Array.from(mixedDistance(first, second, (index - from) / (to - from)), (d) =>
              d > 0 ? 1 : 0,
            );
      setPlane(after, g, axes, index, content);
    }
    upper = second;
  }
  return flipsBetween(mask, after);
}

function filledPlanes(mask: Uint8Array, g: VolumeGeometry, axes: PlaneAxes): number[] {
  const all = Array.from({ length: g.size[axes.across] }, (_, index) => index);
  return all.filter((index) => planeOfMask(mask, g.size, axes, index).includes(1));
}

/** Writes a plane; null empties it. */
function setPlane(
  mask: Uint8Array,
  g: VolumeGeometry,
  { across, a, b }: PlaneAxes,
  index: number,
  content: Uint8Array | null,
): void {
  const step = strides(g.size);
  for (let y = 0, p = 0; y < g.size[b]; y++)
    for (let x = 0; x < g.size[a]; x++, p++)
      mask[index * step[across] + x * step[a] + y * step[b]] = content === null ? 0 : content[p];
}

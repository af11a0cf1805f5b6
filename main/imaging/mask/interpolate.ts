import type { VolumeGeometry } from '../space/geometry';
import { squaredDistanceTo } from './distance';
import { flipsBetween, type Flips } from './flips';
import { planeAxes, planeOfMask, strides, type PlaneAxes } from './plane';

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
  let upper: Shape | null = null;
  for (let n = 0; n + 1 < planes.length; n++) {
    const [from, to] = [planes[n], planes[n + 1]];
    if (to - from < 2) {
      upper = null;
      continue;
    }
    const first: Shape | null = upper ?? shapeOf(mask, g, axes, from);
    const second = shapeOf(mask, g, axes, to);
    for (let index = from + 1; index < to; index++) {
      const content =
        first === null || second === null
          ? null
          : mixed(first, second, (index - from) / (to - from), g, axes);
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

/** A plane's border as signed distance, mm, positive inside, and its centre in indices. */
interface Shape {
  readonly plane: Uint8Array;
  readonly distance: Float64Array;
  readonly centre: readonly [number, number];
}

function shapeOf(mask: Uint8Array, g: VolumeGeometry, axes: PlaneAxes, index: number): Shape | null {
  const plane = planeOfMask(mask, g.size, axes, index);
  if (!plane.includes(1)) return null;
  const [width, height] = [g.size[axes.a], g.size[axes.b]];
  const spacing = [g.spacing[axes.a], g.spacing[axes.b], 1] as const;
  const outside = squaredDistanceTo(plane, 1, [width, height, 1], spacing);
  const inside = squaredDistanceTo(plane, 0, [width, height, 1], spacing);
  // The border lies halfway between centres; a plane that is full has none.
  const half = Math.min(spacing[0], spacing[1]) / 2;
  const farthest = Math.hypot(width * spacing[0], height * spacing[1]);
  const distance = outside.map((d, v) =>
    plane[v] === 1 ? Math.min(farthest, Math.sqrt(inside[v])) - half : half - Math.sqrt(d),
  );
  let [x, y, count] = [0, 0, 0];
  for (let p = plane.indexOf(1); p >= 0; p = plane.indexOf(1, p + 1)) {
    x += p % width;
    y += Math.floor(p / width);
    count++;
  }
  return { plane, distance, centre: [x / count, y / count] };
}

function mixed(first: Shape, second: Shape, t: number, g: VolumeGeometry, axes: PlaneAxes): Uint8Array {
  const [width, height] = [g.size[axes.a], g.size[axes.b]];
  const overlap = first.plane.some((x, p) => x === 1 && second.plane[p] === 1);
  const way = overlap ? [0, 0] : [0, 1].map((n) => second.centre[n] - first.centre[n]);
  const content = new Uint8Array(width * height);
  for (let y = 0, p = 0; y < height; y++)
    for (let x = 0; x < width; x++, p++) {
      const a = sampled(first.distance, x - t * way[0], y - t * way[1], width, height);
      const b = sampled(second.distance, x + (1 - t) * way[0], y + (1 - t) * way[1], width, height);
      content[p] = (1 - t) * a + t * b > 0 ? 1 : 0;
    }
  return content;
}

/** Linear between centres; beyond the plane its outermost value. */
function sampled(field: Float64Array, x: number, y: number, width: number, height: number): number {
  const [cx, cy] = [Math.min(width - 1, Math.max(0, x)), Math.min(height - 1, Math.max(0, y))];
  const [i, j] = [Math.min(width - 2, Math.floor(cx)), Math.min(height - 2, Math.floor(cy))].map((n) =>
    Math.max(0, n),
  );
  const [fx, fy] = [cx - i, cy - j];
  const at = (di: number, dj: number): number =>
    field[Math.min(height - 1, j + dj) * width + Math.min(width - 1, i + di)];
  if (fx === 0 && fy === 0) return at(0, 0);
  return (1 - fy) * ((1 - fx) * at(0, 0) + fx * at(1, 0)) + fy * ((1 - fx) * at(0, 1) + fx * at(1, 1));
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

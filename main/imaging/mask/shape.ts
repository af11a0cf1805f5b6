import { squaredDistanceTo } from './distance';

/** A shape on one plane of voxels, by the distance to its border. */
export interface Shape {
  readonly width: number;
  readonly height: number;
  /** 0 or 1, row by row. */
  readonly plane: Uint8Array;
  /** mm to the border, which lies halfway between centres; positive inside. */
  readonly distance: Float64Array;
  /** Middle of its voxels, in voxels. */
  readonly centre: readonly [number, number];
}

/**
 * @param spacing of columns and rows, mm
 * @returns null where the plane is empty
 */
export function shapeOf(
  plane: Uint8Array,
  width: number,
  height: number,
  spacing: readonly [number, number],
): Shape | null {
  if (!plane.includes(1)) return null;
  const size = [width, height, 1] as const;
  const outside = squaredDistanceTo(plane, 1, size, [...spacing, 1]);
  const inside = squaredDistanceTo(plane, 0, size, [...spacing, 1]);
  const half = Math.min(...spacing) / 2;
  // A plane that is full has no border.
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
  return { width, height, plane, distance, centre: [x / count, y / count] };
}

/**
 * What lies between two shapes, as mm to the border: their distances mixed linearly (Raya and Udupa, 1990). Where they
 * do not overlap, they are first moved onto each other by their centres.
 * @param t 0 gives the first, 1 the second
 */
export function mixedDistance(first: Shape, second: Shape, t: number): Float64Array {
  const { width, height } = first;
  const overlap = first.plane.some((x, p) => x === 1 && second.plane[p] === 1);
  const way = overlap ? [0, 0] : [0, 1].map((n) => second.centre[n] - first.centre[n]);
  const mixed = new Float64Array(width * height);
  for (let y = 0, p = 0; y < height; y++)
    for (let x = 0; x < width; x++, p++) {
      const a = sampled(first.distance, x - t * way[0], y - t * way[1], width, height);
      const b = sampled(second.distance, x + (1 - t) * way[0], y + (1 - t) * way[1], width, height);
      mixed[p] = (1 - t) * a + t * b;
    }
  return mixed;
}

/** A field of a plane at a place in voxels: linear between centres; beyond the plane its outermost value. */
export function sampled(
  field: Float32Array | Float64Array,
  x: number,
  y: number,
  width: number,
  height: number,
): number {
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

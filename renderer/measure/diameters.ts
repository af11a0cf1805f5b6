import { planeAxes, planeOfMask } from '../../main/imaging/mask/plane';
import { tracePolygons } from '../../main/imaging/mask/trace';
import {
  toPatient,
  voxelIndex,
  type PatientPoint,
  type VolumeGeometry,
} from '../../main/imaging/space/geometry';

type Point = readonly [x: number, y: number];

/** Diameters on the scanned slice where the structure is longest (RECIST 1.1; bidimensional as in WHO). */
export interface Diameters {
  /** Index k of the slice. */
  readonly slice: number;
  readonly longest: number;
  /** The longest one perpendicular to it on the same slice. */
  readonly perpendicular: number;
  readonly ends: readonly [PatientPoint, PatientPoint];
}

/** Corners of the convex hull, counter-clockwise; Andrew's monotone chain. */
export function convexHull(points: readonly Point[]): Point[] {
  const sorted = [...points].sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  if (sorted.length < 3) return sorted;
  const turn = (o: Point, a: Point, b: Point): number =>
    (a[0] - o[0]) * (b[1] - o[1]) - (a[1] - o[1]) * (b[0] - o[0]);
  const half = (row: readonly Point[]): Point[] => {
    const kept: Point[] = [];
    for (const point of row) {
      while (kept.length > 1 && turn(kept[kept.length - 2], kept[kept.length - 1], point) <= 0) kept.pop();
      kept.push(point);
    }
    kept.pop();
    return kept;
  };
  return [...half(sorted), ...half(sorted.reverse())];
}

/** The two points of a hull that are farthest apart. */
function farthest(hull: readonly Point[]): readonly [Point, Point, number] {
  let best: readonly [Point, Point, number] = [hull[0], hull[0], 0];
  for (let a = 0; a < hull.length; a++)
    for (let b = a + 1; b < hull.length; b++) {
      const length = Math.hypot(hull[a][0] - hull[b][0], hull[a][1] - hull[b][1]);
      if (length > best[2]) best = [hull[a], hull[b], length];
    }
  return best;
}

/**
 * The longest chord of a convex polygon perpendicular to a direction. Along the direction the chord's length is a
 * concave, piecewise linear function with its breaks at the corners, so one of the corners has it.
 */
function perpendicularChord(hull: readonly Point[], [a, b]: readonly [Point, Point]): number {
  const length = Math.hypot(b[0] - a[0], b[1] - a[1]);
  if (length === 0) return 0;
  const [ux, uy] = [(b[0] - a[0]) / length, (b[1] - a[1]) / length];
  const turned = hull.map(([x, y]) => [x * ux + y * uy, y * ux - x * uy] as const);
  let longest = 0;
  for (const [at] of turned) {
    let low = Infinity;
    let high = -Infinity;
    turned.forEach(([s0, t0], n) => {
      const [s1, t1] = turned[(n + 1) % turned.length];
      if (Math.min(s0, s1) > at || Math.max(s0, s1) < at) return;
      const crossings = s0 === s1 ? [t0, t1] : [t0 + ((t1 - t0) * (at - s0)) / (s1 - s0)];
      for (const t of crossings) {
        low = Math.min(low, t);
        high = Math.max(high, t);
      }
    });
    longest = Math.max(longest, high - low);
  }
  return longest;
}

/**
 * Diameters of a structure on the scanned slices, between points of its contours (SEMANTICS.md, sub-voxel). Several
 * parts on one slice are measured each for itself. Null for an empty mask.
 */
export function diametersOf(mask: Uint8Array, geometry: VolumeGeometry): Diameters | null {
  const [nx, ny, nz] = geometry.size;
  const [si, sj] = geometry.spacing;
  let best: Diameters | null = null;
  for (let k = 0; k < nz; k++) {
    const plane = planeOfMask(mask, geometry.size, planeAxes(2), k);
    if (!plane.includes(1)) continue;
    for (const polygon of tracePolygons(plane, nx, ny)) {
      const points: Point[] = [];
      for (let p = 0; p < polygon.length; p += 2) points.push([polygon[p] * si, polygon[p + 1] * sj]);
      const hull = convexHull(points);
      const [a, b, longest] = farthest(hull);
      if (best !== null && longest <= best.longest) continue;
      const end = ([x, y]: Point): PatientPoint => toPatient(geometry, voxelIndex(x / si, y / sj, k));
      best = {
        slice: k,
        longest,
        perpendicular: perpendicularChord(hull, [a, b]),
        ends: [end(a), end(b)],
      };
    }
  }
  return best;
}

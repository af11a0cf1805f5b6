import {
  patientPoint,
  patientVector,
  toVoxel,
  type PatientVector,
  type VolumeGeometry,
} from '../space/geometry';
import { cross, dot, unit } from '../space/vectors';
import type { Polygon } from './trace';

/** Contours of one plane, in two coordinates of that plane. */
export interface ContourPlane {
  /** Where the plane is along its normal. */
  level: number;
  readonly polygons: Polygon[];
}

/** Planes parallel to each other, ascending by level. */
export type PlaneStack =
  /** Parallel to planes of voxels: coordinates and levels are indices along the grid's axes. */
  | { readonly kind: 'grid'; readonly across: 0 | 1 | 2; readonly planes: ContourPlane[] }
  /** Any other direction: coordinates along `u` and `v` and levels along `normal`, mm from the patient's origin. */
  | {
      readonly kind: 'free';
      readonly normal: PatientVector;
      readonly u: PatientVector;
      readonly v: PatientVector;
      readonly planes: ContourPlane[];
    };

/** How far the points of a contour may leave a voxel plane that it still counts as parallel to, in voxels. */
const PARALLEL = 0.1;
/** Contours closer than this along the normal lie in one plane; part of a voxel. */
const ONE_PLANE = 0.05;

/**
 * Sorts closed contours (x, y, z points) by the planes that they lie in.
 * @returns the stacks, and how many contours are not flat to within half a slice distance.
 */
export function planesOfContours(
  contours: readonly Float64Array[],
  g: VolumeGeometry,
): { stacks: PlaneStack[]; notFlat: number } {
  const stacks: PlaneStack[] = [];
  let notFlat = 0;
  for (const points of contours) {
    const indices = toIndices(points, g);
    const across = ([2, 1, 0] as const).find((axis) => spread(indices, axis) <= PARALLEL);
    if (across !== undefined) addToGridStack(stacks, indices, across);
    else if (!addToFreeStack(stacks, points, g)) notFlat++;
  }
  for (const stack of stacks) stack.planes.sort((a, b) => a.level - b.level);
  return { stacks, notFlat };
}

function toIndices(points: Float64Array, g: VolumeGeometry): Float64Array {
  const indices = new Float64Array(points.length);
  for (let p = 0; p < points.length; p += 3)
    indices.set(toVoxel(g, patientPoint(points[p], points[p + 1], points[p + 2])), p);
  return indices;
}

function spread(points: Float64Array, axis: number): number {
  let [low, high] = [Infinity, -Infinity];
  for (let p = axis; p < points.length; p += 3) {
    low = Math.min(low, points[p]);
    high = Math.max(high, points[p]);
  }
  return high - low;
}

function mean(points: Float64Array, axis: number): number {
  let sum = 0;
  for (let p = axis; p < points.length; p += 3) sum += points[p];
  return sum / (points.length / 3);
}

function addToGridStack(stacks: PlaneStack[], indices: Float64Array, across: 0 | 1 | 2): void {
  let stack = stacks.find((s) => s.kind === 'grid' && s.across === across);
  if (stack === undefined) stacks.push((stack = { kind: 'grid', across, planes: [] }));
  const [a, b] = [0, 1, 2].filter((axis) => axis !== across);
  const polygon = new Float64Array((indices.length / 3) * 2);
  for (let p = 0, q = 0; p < indices.length; p += 3, q += 2) {
    polygon[q] = indices[p + a];
    polygon[q + 1] = indices[p + b];
  }
  addToPlane(stack.planes, mean(indices, across), polygon, ONE_PLANE);
}

function addToFreeStack(stacks: PlaneStack[], points: Float64Array, g: VolumeGeometry): boolean {
  const area = areaVector(points);
  if (Math.hypot(...area) === 0) return false;
  let normal = unit(area);
  let stack = stacks.find((s) => s.kind === 'free' && Math.abs(dot(s.normal, normal)) > 0.9999);
  if (stack?.kind === 'free') normal = stack.normal;
  else {
    const aside = Math.abs(normal[0]) < 0.6 ? patientVector(1, 0, 0) : patientVector(0, 1, 0);
    const u = unit(cross(normal, aside));
    stack = { kind: 'free', normal, u, v: cross(normal, u), planes: [] };
  }
  const { u, v } = stack as Extract<PlaneStack, { kind: 'free' }>;
  const polygon = new Float64Array((points.length / 3) * 2);
  const depths = new Float64Array(points.length);
  for (let p = 0, q = 0; p < points.length; p += 3, q += 2) {
    const point = patientVector(points[p], points[p + 1], points[p + 2]);
    polygon[q] = dot(point, u);
    polygon[q + 1] = dot(point, v);
    depths[p] = dot(point, normal);
  }
  if (spread(depths, 0) > g.spacing[2] / 2) return false;
  if (!stacks.includes(stack)) stacks.push(stack);
  addToPlane(stack.planes, mean(depths, 0), polygon, ONE_PLANE * Math.min(...g.spacing));
  return true;
}

function addToPlane(planes: ContourPlane[], level: number, polygon: Polygon, tolerance: number): void {
  const plane = planes.find((p) => Math.abs(p.level - level) <= tolerance);
  if (plane === undefined) planes.push({ level, polygons: [polygon] });
  else plane.polygons.push(polygon);
}

/** Twice the area vector of a polygon in space (Newell), along its normal. */
function areaVector(points: Float64Array): PatientVector {
  const n = points.length;
  const sum = [0, 0, 0];
  for (let p = 0, last = n - 3; p < n; last = p, p += 3) {
    const [x0, y0, z0] = [
      points[last] - points[0],
      points[last + 1] - points[1],
      points[last + 2] - points[2],
    ];
    const [x1, y1, z1] = [points[p] - points[0], points[p + 1] - points[1], points[p + 2] - points[2]];
    sum[0] += y0 * z1 - z0 * y1;
    sum[1] += z0 * x1 - x0 * z1;
    sum[2] += x0 * y1 - y0 * x1;
  }
  return patientVector(sum[0], sum[1], sum[2]);
}

/** The usual distance of neighbouring planes (their median), or null for a plane alone. */
export function regularDistance(planes: readonly ContourPlane[]): number | null {
  const gaps = planes.slice(1).map((plane, n) => plane.level - planes[n].level);
  gaps.sort((a, b) => a - b);
  return gaps.length === 0 ? null : gaps[Math.floor((gaps.length - 1) / 2)];
}

/**
 * The plane that stands for the point at `level`: the nearest within `reach`, the lower one if equally near.
 * A point exactly `reach` above a plane is not reached, one exactly below is: slabs are half open.
 */
export function planeAt(planes: readonly ContourPlane[], level: number, reach: number): ContourPlane | null {
  let best: ContourPlane | null = null;
  for (const plane of planes) {
    const offset = plane.level - level;
    if (offset < -reach - 1e-6 || offset >= reach - 1e-6) continue;
    if (best === null || Math.abs(offset) < Math.abs(best.level - level) - 1e-6) best = plane;
  }
  return best;
}

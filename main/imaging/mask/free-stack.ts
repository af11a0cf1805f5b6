import {
  patientPoint,
  toPatient,
  voxelIndex,
  type PatientPoint,
  type PatientVector,
  type VolumeGeometry,
} from '../space/geometry';
import { boxAround } from './box';
import { planeAt, regularDistance, type ContourPlane, type PlaneStack } from './contour-planes';
import { Inside } from './rasterise';

type FreeStack = Extract<PlaneStack, { kind: 'free' }>;

/**
 * Fills contours that are not parallel to the slices: each plane stands for a slab about itself, as thick as the usual
 * distance of the planes, or one voxel (SEMANTICS.md, "Contours of others"). Only voxels within the slabs are visited:
 * asking each voxel of a scan for each edge would take many minutes.
 */
export function fillFreeStack(mask: Uint8Array, g: VolumeGeometry, stack: FreeStack): void {
  const { normal, planes } = stack;
  const voxel = g.axes.reduce((sum, axis, n) => sum + Math.abs(inner(axis, normal)) * g.spacing[n], 0);
  const reach = Math.max(regularDistance(planes) ?? 0, voxel) / 2;
  planes.forEach((plane, n) => fillSlab(mask, g, stack, plane, rivals(planes, n, reach), reach));
}

/** The planes, this one included, to which a voxel within reach of plane `n` may be nearer. */
function rivals(planes: readonly ContourPlane[], n: number, reach: number): readonly ContourPlane[] {
  const near = (m: number): boolean =>
    m >= 0 && m < planes.length && Math.abs(planes[m].level - planes[n].level) <= 2 * reach + 1e-3;
  let [from, to] = [n, n];
  while (near(from - 1)) from--;
  while (near(to + 1)) to++;
  return planes.slice(from, to + 1);
}

function fillSlab(
  mask: Uint8Array,
  g: VolumeGeometry,
  { normal, u, v }: FreeStack,
  plane: ContourPlane,
  near: readonly ContourPlane[],
  reach: number,
): void {
  const box = boxAround(g, cornersOf(plane, { normal, u, v }, reach), 0.01);
  const inside = new Inside(plane.polygons);
  const [nx, ny] = g.size;
  const step = inner(g.axes[0], normal) * g.spacing[0];
  for (let k = box.from[2]; k <= box.to[2]; k++)
    for (let j = box.from[1]; j <= box.to[1]; j++) {
      const [from, to] = withinReach(
        inner(toPatient(g, voxelIndex(0, j, k)), normal) - plane.level,
        step,
        reach,
      );
      const last = Math.min(box.to[0], to);
      for (let i = Math.max(box.from[0], from); i <= last; i++) {
        const p = toPatient(g, voxelIndex(i, j, k));
        if (planeAt(near, inner(p, normal), reach) === plane && inside.holds(inner(p, u), inner(p, v)))
          mask[(k * ny + j) * nx + i] = 1;
      }
    }
}

/** Steps of a row, which begins `start` above a plane and climbs by `step`, that may lie within reach: rounded outwards. */
function withinReach(start: number, step: number, reach: number): readonly [number, number] {
  const far = reach + 1e-3;
  if (Math.abs(step) < 1e-9) return Math.abs(start) <= far ? [0, Infinity] : [0, -1];
  const [a, b] = [(-far - start) / step, (far - start) / step];
  return [Math.floor(Math.min(a, b)), Math.ceil(Math.max(a, b))];
}

/** Corners of the slab about the polygons of a plane. */
function cornersOf(
  { level, polygons }: ContourPlane,
  { normal, u, v }: Pick<FreeStack, 'normal' | 'u' | 'v'>,
  reach: number,
): PatientPoint[] {
  let [u0, v0, u1, v1] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const polygon of polygons)
    for (let p = 0; p < polygon.length; p += 2) {
      [u0, u1] = [Math.min(u0, polygon[p]), Math.max(u1, polygon[p])];
      [v0, v1] = [Math.min(v0, polygon[p + 1]), Math.max(v1, polygon[p + 1])];
    }
  const corner = (a: number, b: number, c: number): PatientPoint =>
    patientPoint(
      u[0] * a + v[0] * b + normal[0] * c,
      u[1] * a + v[1] * b + normal[1] * c,
      u[2] * a + v[2] * b + normal[2] * c,
    );
  return [u0, u1].flatMap((a) =>
    [v0, v1].flatMap((b) => [level - reach, level + reach].map((c) => corner(a, b, c))),
  );
}

const inner = (p: readonly [number, number, number], axis: PatientVector): number =>
  p[0] * axis[0] + p[1] * axis[1] + p[2] * axis[2];

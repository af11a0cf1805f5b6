import { toVoxel, type PatientPoint, type PatientVector, type VolumeGeometry } from '../space/geometry';
import { dot } from '../space/vectors';
import type { Box } from './box';

/** The voxels of a grid that are nearest to a plane. */
export interface Layer {
  /** The axis of the grid that runs most nearly along the normal: 0 for i, 1 for j, 2 for k. */
  readonly axis: 0 | 1 | 2;
  /** The index along `axis` where the plane is parallel to the other two axes, else null. */
  readonly index: number | null;
  /** The normal along the grid's axes. */
  readonly normal: readonly [number, number, number];
  holds(i: number, j: number, k: number): boolean;
  /** The part of a box that can hold voxels of the layer. */
  within(box: Box): Box;
}

/**
 * The layer of a plane through `point` with unit vector `normal`: of each line of voxels along the axis that the plane
 * cuts most steeply, the one voxel whose cell [-½, ½) holds the plane.
 */
export function layerOf(g: VolumeGeometry, point: PatientPoint, normal: PatientVector): Layer {
  const n = [dot(g.axes[0], normal), dot(g.axes[1], normal), dot(g.axes[2], normal)] as const;
  const steep = n.map(Math.abs);
  const axis = steep.indexOf(Math.max(...steep)) as 0 | 1 | 2;
  const at = toVoxel(g, point);
  const slope = n.map((component, a) => (component * g.spacing[a]) / (n[axis] * g.spacing[axis]));
  const level = at[0] * slope[0] + at[1] * slope[1] + at[2] * slope[2];
  // How far the layer can wander across the grid, in voxels of `axis`; below a thousandth the plane is parallel.
  const wander = slope.reduce((sum, s, a) => (a === axis ? sum : sum + Math.abs(s) * (g.size[a] - 1)), 0);
  const index = wander < 1e-3 ? Math.floor(at[axis] + 0.5 + 1e-6) : null;
  const [a, b, c] = slope.map((s, n) => (n === axis ? 0 : s));
  const holds =
    index !== null
      ? (i: number, j: number, k: number): boolean => (axis === 0 ? i : axis === 1 ? j : k) === index
      : (i: number, j: number, k: number): boolean =>
          Math.floor(level - a * i - b * j - c * k + 0.5 + 1e-6) === (axis === 0 ? i : axis === 1 ? j : k);
  return {
    axis,
    index,
    normal: n,
    holds,
    within(box) {
      if (index === null) return box;
      const from = [...box.from] as [number, number, number];
      const to = [...box.to] as [number, number, number];
      from[axis] = Math.max(from[axis], index);
      to[axis] = Math.min(to[axis], index);
      return { from, to };
    },
  };
}

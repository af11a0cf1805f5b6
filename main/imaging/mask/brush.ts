import { toVoxel, type PatientPoint, type PatientVector, type VolumeGeometry } from '../space/geometry';
import { between, moved, unit } from '../space/vectors';
import { boxAround, isEmpty, type Box } from './box';
import { FlipRuns } from './flip-runs';
import type { Flips } from './flips';
import { layerOf } from './layer';

/** Whether a voxel may be painted, e.g. because its value is within a threshold. */
export type Accept = (voxelOffset: number) => boolean;

/**
 * A flat brush along the stroke from `from` to `to` (SEMANTICS.md, Drawing): every voxel of the plane through `from`
 * with the given normal whose centre is at most `radiusMm` from the stroke, measured in the plane.
 * @param value 1 paints, 0 erases.
 * @returns the change of `mask`, which is not touched.
 */
export function strokeDisc(
  mask: Uint8Array,
  geometry: VolumeGeometry,
  from: PatientPoint,
  to: PatientPoint,
  radiusMm: number,
  normal: PatientVector,
  value: 0 | 1,
  accept?: Accept,
): Flips {
  return stroke(mask, geometry, from, to, radiusMm, unit(normal), value, accept);
}

/** A ball along the stroke from `from` to `to`: every voxel whose centre is at most `radiusMm` from the stroke. */
export function strokeSphere(
  mask: Uint8Array,
  geometry: VolumeGeometry,
  from: PatientPoint,
  to: PatientPoint,
  radiusMm: number,
  value: 0 | 1,
  accept?: Accept,
): Flips {
  return stroke(mask, geometry, from, to, radiusMm, null, value, accept);
}

/** Works in millimetres along the grid's own axes: they are orthonormal, so distances are those of the patient. */
function stroke(
  mask: Uint8Array,
  g: VolumeGeometry,
  from: PatientPoint,
  to: PatientPoint,
  radius: number,
  normal: PatientVector | null,
  value: 0 | 1,
  accept: Accept | undefined,
): Flips {
  const runs = new FlipRuns();
  const reach = boxAround(g, [from, to], Math.max(radius, ...g.spacing));
  if (isEmpty(reach)) return runs.flips();
  const layer = normal === null ? null : layerOf(g, from, normal);
  const box = layer === null ? reach : layer.within(reach);
  const under = radius < Math.hypot(...g.spacing) / 2 ? voxelsUnder(g, from, to) : null;

  const [sx, sy, sz] = g.spacing;
  const [px, py, pz] = toVoxel(g, from).map((index, axis) => index * g.spacing[axis]);
  const end = toVoxel(g, to).map((index, axis) => index * g.spacing[axis]);
  const [nx, ny, nz] = layer?.normal ?? [0, 0, 0];
  const flat = (x: number, y: number, z: number): [number, number, number] => {
    const depth = x * nx + y * ny + z * nz;
    return [x - depth * nx, y - depth * ny, z - depth * nz];
  };
  const [wx, wy, wz] = flat(end[0] - px, end[1] - py, end[2] - pz);
  const length2 = wx * wx + wy * wy + wz * wz;
  const limit = radius * radius * (1 + 1e-9);

  forEachVoxel(g, box, (offset, i, j, k) => {
    if (mask[offset] === value) return;
    if (layer !== null && !layer.holds(i, j, k)) return;
    let x = i * sx - px;
    let y = j * sy - py;
    let z = k * sz - pz;
    const depth = x * nx + y * ny + z * nz;
    x -= depth * nx;
    y -= depth * ny;
    z -= depth * nz;
    const t = length2 === 0 ? 0 : Math.min(1, Math.max(0, (x * wx + y * wy + z * wz) / length2));
    x -= t * wx;
    y -= t * wy;
    z -= t * wz;
    if (x * x + y * y + z * z > limit && under?.has(offset) !== true) return;
    if (accept !== undefined && !accept(offset)) return;
    runs.add(offset);
  });
  return runs.flips();
}

/** The voxels that a stroke runs through: what a brush smaller than a voxel paints. */
function voxelsUnder(g: VolumeGeometry, from: PatientPoint, to: PatientPoint): ReadonlySet<number> {
  const way = between(from, to);
  const steps = Math.max(1, Math.ceil((Math.hypot(...way) / Math.min(...g.spacing)) * 4));
  const offsets = new Set<number>();
  for (let step = 0; step <= steps; step++) {
    const [i, j, k] = toVoxel(g, moved(from, way, step / steps)).map((x) => Math.floor(x + 0.5 + 1e-6));
    if (i < 0 || j < 0 || k < 0 || i >= g.size[0] || j >= g.size[1] || k >= g.size[2]) continue;
    offsets.add((k * g.size[1] + j) * g.size[0] + i);
  }
  return offsets;
}

/** Visits the voxels of a box in ascending order of their offsets. */
function forEachVoxel(
  g: VolumeGeometry,
  box: Box,
  visit: (offset: number, i: number, j: number, k: number) => void,
): void {
  const [nx, ny] = g.size;
  for (let k = box.from[2]; k <= box.to[2]; k++)
    for (let j = box.from[1]; j <= box.to[1]; j++)
      for (let i = box.from[0], offset = (k * ny + j) * nx + i; i <= box.to[0]; i++, offset++)
        visit(offset, i, j, k);
}

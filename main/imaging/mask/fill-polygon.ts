import { patientPoint, toPatient, toVoxel, voxelIndex } from '../space/geometry';
import type { PatientPoint, PatientVector, VolumeGeometry } from '../space/geometry';
import { between, cross, dot, unit } from '../space/vectors';
import { boxAround } from './box';
import type { Accept } from './brush';
import { FlipRuns } from './flip-runs';
import type { Flips } from './flips';
import { layerOf } from './layer';
import { Inside } from './rasterise';

/**
 * Fills (1) or clears (0) what lies inside a closed polygon drawn on a plane, on the voxels nearest to that plane, by the
 * even-odd rule at their centres. @param points in patient space; the last joins the first.
 */
export function fillPolygon(
  mask: Uint8Array,
  g: VolumeGeometry,
  points: readonly PatientPoint[],
  normal: PatientVector,
  value: 0 | 1,
  accept?: Accept,
): Flips {
  const runs = new FlipRuns();
  if (points.length < 3) return runs.flips();
  const layer = layerOf(g, points[0], unit(normal));
  // Coordinates on the plane: the grid's own where the plane is parallel to it, so that borders are exact.
  const place = layer.index === null ? freePlane(g, points[0], unit(normal)) : gridPlane(layer.axis);
  const inside = new Inside([Float64Array.from(points.flatMap((p) => place(g, toVoxel(g, p))))]);
  const box = layer.within(boxAround(g, points, Math.max(...g.spacing)));
  const [nx, ny] = g.size;
  for (let k = box.from[2]; k <= box.to[2]; k++)
    for (let j = box.from[1]; j <= box.to[1]; j++)
      for (let i = box.from[0]; i <= box.to[0]; i++) {
        const offset = (k * ny + j) * nx + i;
        if (mask[offset] === value || !layer.holds(i, j, k)) continue;
        if (!inside.holds(...place(g, [i, j, k]))) continue;
        if (accept === undefined || accept(offset)) runs.add(offset);
      }
  return runs.flips();
}

type Place = (g: VolumeGeometry, index: readonly [number, number, number]) => [number, number];

const gridPlane =
  (axis: 0 | 1 | 2): Place =>
  (_, [i, j, k]) =>
    axis === 2 ? [i, j] : axis === 1 ? [i, k] : [j, k];

function freePlane(g: VolumeGeometry, origin: PatientPoint, normal: PatientVector): Place {
  const aside = g.axes.reduce((best, axis) =>
    Math.abs(dot(axis, normal)) < Math.abs(dot(best, normal)) ? axis : best,
  );
  const u = unit(cross(normal, aside));
  const v = cross(normal, u);
  return (grid, [i, j, k]) => {
    const p = toPatient(grid, voxelIndex(i, j, k));
    const d = between(origin, patientPoint(p[0], p[1], p[2]));
    return [dot(d, u), dot(d, v)];
  };
}

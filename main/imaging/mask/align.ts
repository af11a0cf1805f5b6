import { sameGrid, toPatient, toVoxel, voxelCount, voxelIndex, type VolumeGeometry } from '../space/geometry';

/** How voxels of one grid are found in another that shares its lattice: offset = start + i·di + j·dj + k·dk. */
interface Alignment {
  readonly corner: readonly [number, number, number];
  /** Step in source indices for one step along each target axis. */
  readonly steps: readonly (readonly [number, number, number])[];
}

/** How far, in voxels, centres may lie apart that still count as the same. */
const TOLERANCE = 0.02;

/**
 * Moves a mask to a grid whose voxel centres fall on its own: the same grid with axes in another order or direction, or
 * cut differently. No voxel is interpolated.
 * @returns the mask on the target grid, and how many of its voxels lie outside of it; null where the centres differ.
 */
export function alignedMask(
  mask: Uint8Array,
  from: VolumeGeometry,
  to: VolumeGeometry,
): { readonly mask: Uint8Array; readonly outside: number } | null {
  if (sameGrid(from, to)) return { mask: mask.slice(), outside: 0 };
  const alignment = alignmentOf(from, to);
  if (alignment === null) return null;
  const [nx, ny, nz] = from.size;
  const moved = new Uint8Array(voxelCount(to));
  const {
    corner,
    steps: [di, dj, dk],
  } = alignment;
  let kept = 0;
  for (let k = 0, v = 0; k < to.size[2]; k++)
    for (let j = 0; j < to.size[1]; j++)
      for (let i = 0; i < to.size[0]; i++, v++) {
        const x = corner[0] + i * di[0] + j * dj[0] + k * dk[0];
        const y = corner[1] + i * di[1] + j * dj[1] + k * dk[1];
        const z = corner[2] + i * di[2] + j * dj[2] + k * dk[2];
        if (x < 0 || y < 0 || z < 0 || x >= nx || y >= ny || z >= nz) continue;
        kept += moved[v] = mask[(z * ny + y) * nx + x];
      }
  let all = 0;
  for (let v = 0; v < mask.length; v++) all += mask[v];
  return { mask: moved, outside: all - kept };
}

function alignmentOf(from: VolumeGeometry, to: VolumeGeometry): Alignment | null {
  const at = (i: number, j: number, k: number): readonly [number, number, number] =>
    toVoxel(from, toPatient(to, voxelIndex(i, j, k)));
  const corner = at(0, 0, 0).map(Math.round) as [number, number, number];
  const steps = [at(1, 0, 0), at(0, 1, 0), at(0, 0, 1)].map((next) => {
    const start = at(0, 0, 0);
    return next.map((x, axis) => Math.round(x - start[axis])) as [number, number, number];
  });
  // One voxel is one voxel: steps over several would leave out those between.
  const isUnit = (step: readonly number[]): boolean => step.reduce((sum, x) => sum + Math.abs(x), 0) === 1;
  if (steps.some((step, axis) => to.size[axis] > 1 && !isUnit(step))) return null;
  // Rounded steps must hit the centres at every corner of the target grid.
  for (const i of [0, to.size[0] - 1])
    for (const j of [0, to.size[1] - 1])
      for (const k of [0, to.size[2] - 1]) {
        const truth = at(i, j, k);
        for (let axis = 0; axis < 3; axis++) {
          const rounded = corner[axis] + i * steps[0][axis] + j * steps[1][axis] + k * steps[2][axis];
          if (Math.abs(rounded - truth[axis]) > TOLERANCE) return null;
        }
      }
  return { corner, steps };
}

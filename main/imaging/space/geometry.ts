/**
 * Where voxels are. Conventions are stated in `main/imaging/SEMANTICS.md`; that page is right and this code is
 * the bug wherever the two differ.
 *
 * Patient space is DICOM's (PS3.3 C.7.6.2.1.1): LPS, millimetres. A voxel index addresses the voxel's *centre*
 * at whole numbers; voxel (i, j, k) covers [i - 0.5, i + 0.5) in each axis.
 */

/** A point in patient space, LPS, mm. */
export type PatientPoint = readonly [x: number, y: number, z: number] & { readonly __space: 'patient' };

/** A displacement in patient space, LPS, mm. */
export type PatientVector = readonly [x: number, y: number, z: number] & { readonly __space: 'vector' };

/** A continuous voxel index (i along the rows of a slice, j down its columns, k through the slices). */
export type VoxelIndex = readonly [i: number, j: number, k: number] & { readonly __space: 'voxel' };

export const patientPoint = (x: number, y: number, z: number): PatientPoint =>
  [x, y, z] as unknown as PatientPoint;
export const patientVector = (x: number, y: number, z: number): PatientVector =>
  [x, y, z] as unknown as PatientVector;
export const voxelIndex = (i: number, j: number, k: number): VoxelIndex => [i, j, k] as unknown as VoxelIndex;

/** Regular grid of voxels in patient space. Voxels are stored with i fastest, then j, then k. */
export interface VolumeGeometry {
  /** Number of voxels along i, j, k. */
  readonly size: readonly [number, number, number];
  /** Distance of neighbouring voxel centres along i, j, k, mm, > 0. */
  readonly spacing: readonly [number, number, number];
  /** Centre of voxel (0, 0, 0). */
  readonly origin: PatientPoint;
  /** Unit vectors of the i, j and k axes in patient space, mutually orthogonal; k may be left-handed. */
  readonly axes: readonly [PatientVector, PatientVector, PatientVector];
}

/** Number of voxels of a grid. */
export const voxelCount = (g: VolumeGeometry): number => g.size[0] * g.size[1] * g.size[2];

/** Volume of one voxel in millilitres. */
export const voxelMillilitres = (g: VolumeGeometry): number =>
  (g.spacing[0] * g.spacing[1] * g.spacing[2]) / 1000;

/** Patient position of a continuous voxel index. */
export function toPatient(g: VolumeGeometry, [i, j, k]: VoxelIndex): PatientPoint {
  const a = i * g.spacing[0];
  const b = j * g.spacing[1];
  const c = k * g.spacing[2];
  const [u, v, w] = g.axes;
  return patientPoint(
    g.origin[0] + a * u[0] + b * v[0] + c * w[0],
    g.origin[1] + a * u[1] + b * v[1] + c * w[1],
    g.origin[2] + a * u[2] + b * v[2] + c * w[2],
  );
}

/** Continuous voxel index of a patient position; inverse of {@link toPatient} (the axes are orthonormal). */
export function toVoxel(g: VolumeGeometry, p: PatientPoint): VoxelIndex {
  const d = [p[0] - g.origin[0], p[1] - g.origin[1], p[2] - g.origin[2]] as const;
  const along = (axis: PatientVector, spacing: number): number =>
    (d[0] * axis[0] + d[1] * axis[1] + d[2] * axis[2]) / spacing;
  return voxelIndex(
    along(g.axes[0], g.spacing[0]),
    along(g.axes[1], g.spacing[1]),
    along(g.axes[2], g.spacing[2]),
  );
}

/** Whether two grids are the same voxels in the same places, to `tolerance` mm at every corner. */
export function sameGrid(a: VolumeGeometry, b: VolumeGeometry, tolerance = 1e-3): boolean {
  if (a.size.some((n, axis) => n !== b.size[axis])) return false;
  const [nx, ny, nz] = a.size;
  for (const i of [0, nx - 1])
    for (const j of [0, ny - 1])
      for (const k of [0, nz - 1]) {
        const p = toPatient(a, voxelIndex(i, j, k));
        const q = toPatient(b, voxelIndex(i, j, k));
        if (Math.hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2]) > tolerance) return false;
      }
  return true;
}

import fc from 'fast-check';
import {
  patientPoint,
  patientVector,
  voxelCount,
  type VolumeGeometry,
} from '../../main/imaging/space/geometry';
import { cross, unit } from '../../main/imaging/space/vectors';

/** A grid with the axes of the patient. */
export const straightGrid = (
  size: readonly [number, number, number],
  spacing: readonly [number, number, number] = [1, 1, 1],
  origin: readonly [number, number, number] = [0, 0, 0],
): VolumeGeometry => ({
  size,
  spacing,
  origin: patientPoint(...origin),
  axes: [patientVector(1, 0, 0), patientVector(0, 1, 0), patientVector(0, 0, 1)],
});

/** The grid turned into an oblique position; `leftHanded` turns its k axis round. */
export function obliqueGrid(
  size: readonly [number, number, number],
  spacing: readonly [number, number, number] = [0.8, 0.8, 2.5],
  leftHanded = false,
): VolumeGeometry {
  const i = unit(patientVector(0.9, 0.3, -0.2));
  const k0 = unit(cross(i, patientVector(0.1, 1, 0.25)));
  const j = cross(k0, i);
  const k = leftHanded ? patientVector(-k0[0], -k0[1], -k0[2]) : k0;
  return { size, spacing, origin: patientPoint(-112.25, 87.5, -431.75), axes: [i, j, k] };
}

const anySpacing = fc.double({ min: 0.3, max: 6, noNaN: true });

/** Grids of any small size, straight or oblique, left or right handed. */
export const anyGrid = fc
  .tuple(
    fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 4 })),
    fc.tuple(anySpacing, anySpacing, anySpacing),
    fc.constantFrom('straight', 'oblique', 'left'),
  )
  .map(([size, spacing, kind]) =>
    kind === 'straight' ? straightGrid(size, spacing) : obliqueGrid(size, spacing, kind === 'left'),
  );

/** A grid and any mask on it, sparse and dense ones included. */
export const anyMask = anyGrid.chain((geometry) =>
  fc
    .tuple(
      fc.uint8Array({ minLength: voxelCount(geometry), maxLength: voxelCount(geometry) }),
      fc.constantFrom(30, 128, 220),
    )
    .map(([noise, cut]) => ({ geometry, mask: noise.map((byte) => (byte < cut ? 1 : 0)) })),
);

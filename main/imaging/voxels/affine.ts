import { ImagingError } from '../error';
import { patientPoint, patientVector, type PatientVector, type VolumeGeometry } from '../space/geometry';

type Triple = readonly [number, number, number];

/**
 * The grid that an affine map describes, if it is one: each step of i, j, k a vector in patient space (LPS, mm).
 * Rounding in files makes axes slightly oblique to each other; they are straightened as long as no corner of the grid
 * moves by more than a twentieth of a voxel.
 * @throws ImagingError 'irregular' for sheared axes, 'malformed' for vanishing or infinite ones.
 */
export function gridOfAffine(
  steps: readonly [Triple, Triple, Triple],
  origin: Triple,
  size: readonly [number, number, number],
): VolumeGeometry {
  const spacing = steps.map((s) => Math.hypot(...s)) as [number, number, number];
  if (![...spacing, ...origin].every(Number.isFinite) || spacing.some((s) => s < 1e-6 || s > 1e5))
    throw new ImagingError('malformed', 'The affine map of the file has an axis of no or infinite length.');
  const axes = straightened(steps.map((s, n) => s.map((c) => c / spacing[n]) as unknown as Triple));
  let moved = 0;
  for (let corner = 1; corner < 8; corner++) {
    const error = [0, 1, 2].map((c) =>
      [0, 1, 2].reduce((sum, axis) => {
        const extent = (corner >> axis) & 1 ? size[axis] - 1 : 0;
        return sum + extent * (steps[axis][c] - spacing[axis] * axes[axis][c]);
      }, 0),
    );
    moved = Math.max(moved, Math.hypot(...error));
  }
  if (moved > 0.05 * Math.min(...spacing))
    throw new ImagingError(
      'irregular',
      'The axes of the volume are sheared (not perpendicular); resample it to a regular grid first.',
    );
  return { size, spacing, origin: patientPoint(...origin), axes };
}

/** Gram-Schmidt over the axes; the third keeps its side, so that mirrored grids stay mirrored. */
function straightened(units: readonly Triple[]): readonly [PatientVector, PatientVector, PatientVector] {
  const [a, b, c] = units;
  const ab = a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
  const v = [b[0] - ab * a[0], b[1] - ab * a[1], b[2] - ab * a[2]];
  const n = Math.hypot(...v) || 1;
  const u2 = v.map((x) => x / n) as unknown as Triple;
  const w: Triple = [a[1] * u2[2] - a[2] * u2[1], a[2] * u2[0] - a[0] * u2[2], a[0] * u2[1] - a[1] * u2[0]];
  const side = w[0] * c[0] + w[1] * c[1] + w[2] * c[2] < 0 ? -1 : 1;
  return [patientVector(...a), patientVector(...u2), patientVector(side * w[0], side * w[1], side * w[2])];
}

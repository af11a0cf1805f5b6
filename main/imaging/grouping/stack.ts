import {
  patientPoint,
  patientVector,
  voxelCount,
  type PatientVector,
  type VolumeGeometry,
} from '../space/geometry';
import type { FrameHeader } from '../dicom/frames';
import type { IrregularSlices } from './plan';

type Triple = readonly [number, number, number];

/** A slice whose place is known. */
export interface PlacedFrame extends FrameHeader {
  readonly position: Triple;
  readonly orientation: readonly [Triple, Triple];
  readonly spacing: readonly [number, number];
}

export const dot = (a: Triple, b: Triple): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
export const cross = (a: Triple, b: Triple): Triple => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
];
const unit = (a: Triple): Triple => {
  const n = Math.hypot(...a);
  return [a[0] / n, a[1] / n, a[2] / n];
};

/** Right-handed orthonormal axes of a slice: its row, its column made perpendicular to it, their normal. */
export function axesOf([row, column]: readonly [Triple, Triple]): readonly [Triple, Triple, Triple] {
  const u = unit(row);
  const w = unit(cross(u, column));
  return [u, cross(w, u), w];
}

/** Slices closer than this along the normal are at the same place, mm. */
export const samePlace = 0.01;

/** A resampled grid may have this many times the voxels of the slices that it is made from. */
const mostFilling = 16;

/** How far a slice may be from its regular place along the normal: a twentieth of the spacing, 0.02 to 0.1 mm. */
const alongTolerance = (spacing: number): number => Math.max(0.02, Math.min(0.1, 0.05 * spacing));
/** How far a slice may be shifted in its own plane against a straight stack: a tenth of a pixel, at least 0.05 mm. */
const inPlaneTolerance = ([a, b]: readonly [number, number]): number => Math.max(0.05, 0.1 * Math.min(a, b));

/** How the slices of one volume lie, found from their positions alone (PS3.3 C.7.6.2.1.1). */
export type Stack =
  | { readonly kind: 'regular'; readonly geometry: VolumeGeometry; readonly warnings: readonly string[] }
  | ({ readonly kind: 'irregular' } & IrregularSlices)
  | { readonly kind: 'unplaceable'; readonly reason: string };

/**
 * Judges parallel slices of one size, sorted along the normal.
 * @param thickness what the files say of one slice's thickness, used for a single slice only.
 */
export function judgeStack(
  frames: readonly PlacedFrame[],
  size: readonly [columns: number, rows: number],
): Stack {
  const first = frames[0];
  const [u, v, w] = axesOf(first.orientation);
  const vectors = [u, v, w].map((a) => patientVector(...a)) as [PatientVector, PatientVector, PatientVector];
  const along = frames.map((f) => dot(f.position, w));
  const n = frames.length;
  const grid = (spacing: number): VolumeGeometry => ({
    size: [size[0], size[1], n],
    spacing: [first.spacing[0], first.spacing[1], spacing],
    origin: patientPoint(...first.position),
    axes: vectors,
  });
  if (n === 1) {
    const extent = first.thickness ?? first.spacingBetween;
    if (extent === null)
      return { kind: 'unplaceable', reason: 'It is one slice, and the file does not say how thick it is.' };
    return {
      kind: 'regular',
      geometry: grid(extent),
      warnings: ['There is one slice only; its thickness is taken from the file.'],
    };
  }
  const gaps = along.slice(1).map((a, s) => a - along[s]);
  if (gaps.some((g) => g < samePlace))
    return {
      kind: 'unplaceable',
      reason: `Several slices lie at the same place (${mm(along[gaps.findIndex((g) => g < samePlace)])}).`,
    };

  const typical = median(gaps);
  const mean = (along[n - 1] - along[0]) / (n - 1);
  const shifts = frames.map((f, s) => {
    const d = f.position.map((c, axis) => c - first.position[axis]) as unknown as Triple;
    const h = along[s] - along[0];
    return [dot(d, u), dot(d, v), h] as const;
  });
  const evenly = along.every((a, s) => Math.abs(a - (along[0] + s * mean)) <= alongTolerance(mean));
  const straight = shifts.every(([a, b]) => Math.hypot(a, b) <= inPlaneTolerance(first.spacing));
  if (evenly && straight) return { kind: 'regular', geometry: grid(mean), warnings: [] };

  const reason = [straight ? '' : slant(shifts), evenly ? '' : unevenness(gaps, typical, along)]
    .filter((s) => s !== '')
    .join(' ');
  const regular = regularGrid(
    shifts,
    evenly ? mean : Math.min(typical, ...gaps.filter((g) => g > 0.5 * typical)),
    first,
    size,
    vectors,
  );
  // A grid many times as large as its slices would hold little but what lies between them.
  if (voxelCount(regular) > mostFilling * size[0] * size[1] * n)
    return { kind: 'unplaceable', reason: `${reason} They are too far apart to be one volume.` };
  return { kind: 'irregular', reason, row: vectors[0], column: vectors[1], sliceSize: size, regular };
}

/** The sentence for slices whose origins do not follow the normal. */
function slant(shifts: readonly (readonly [number, number, number])[]): string {
  const [a, b, h] = shifts[shifts.length - 1];
  const degrees = (Math.atan2(Math.hypot(a, b), h) * 180) / Math.PI;
  const linear = shifts.every(
    ([x, y, z]) => Math.hypot(x - (a * z) / h, y - (b * z) / h) <= Math.max(0.2, 0.01 * Math.hypot(a, b)),
  );
  return linear
    ? `The gantry was tilted by ${degrees.toFixed(1)}°: each slice is shifted against the one before.`
    : 'The slices are shifted against each other in their own plane.';
}

/** The sentence for gaps that differ. */
function unevenness(gaps: readonly number[], typical: number, along: readonly number[]): string {
  const wide = gaps.map((g, s) => ({ g, s, steps: Math.round(g / typical) }));
  const missing = wide.filter(
    ({ g, steps }) => steps >= 2 && Math.abs(g - steps * typical) <= alongTolerance(typical),
  );
  const others = wide.filter(({ g }) => Math.abs(g - typical) > alongTolerance(typical));
  if (missing.length > 0 && missing.length === others.length) {
    const count = missing.reduce((sum, m) => sum + m.steps - 1, 0);
    const { s } = missing[0];
    const where = `between ${mm(along[s])} and ${mm(along[s + 1])}`;
    return count === 1
      ? `One slice is missing ${where}.`
      : `${count} slices are missing, the first ${where}.`;
  }
  return `The gaps between slices vary from ${Math.min(...gaps).toFixed(2)} to ${Math.max(...gaps).toFixed(2)} mm.`;
}

/** A grid with the axes of the slices, as fine as they are, that covers all of them. */
function regularGrid(
  shifts: readonly (readonly [number, number, number])[],
  spacing: number,
  first: PlacedFrame,
  [columns, rows]: readonly [number, number],
  axes: readonly [PatientVector, PatientVector, PatientVector],
): VolumeGeometry {
  const range = (axis: 0 | 1): readonly [number, number] => {
    const values = shifts.map((s) => s[axis] / first.spacing[axis]);
    return [Math.floor(Math.min(...values) + 1e-6), Math.ceil(Math.max(...values) - 1e-6)];
  };
  const [i0, i1] = range(0);
  const [j0, j1] = range(1);
  const depth = shifts[shifts.length - 1][2];
  const [u, v] = axes;
  const di = i0 * first.spacing[0];
  const dj = j0 * first.spacing[1];
  return {
    size: [columns + i1 - i0, rows + j1 - j0, Math.floor(depth / spacing + 1e-6) + 1],
    spacing: [first.spacing[0], first.spacing[1], spacing],
    origin: patientPoint(
      first.position[0] + di * u[0] + dj * v[0],
      first.position[1] + di * u[1] + dj * v[1],
      first.position[2] + di * u[2] + dj * v[2],
    ),
    axes,
  };
}

const mm = (value: number): string => `${value.toFixed(1)} mm`;

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

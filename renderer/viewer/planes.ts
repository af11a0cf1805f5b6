import {
  patientVector,
  toPatient,
  voxelIndex,
  type PatientPoint,
  type PatientVector,
  type VolumeGeometry,
} from '../../main/imaging/space/geometry';

/** The three planes that a volume is read in. */
export const viewIds = ['axial', 'coronal', 'sagittal'] as const;
export type ViewId = (typeof viewIds)[number];

/** Along which axes the views cut: the patient's, or those of the scan, which differ in an oblique series. */
export type Alignment = 'patient' | 'scan';

/** How a view lies in the patient: unit vectors, right-handed (`away` = `right` × `down`, into the screen). */
export interface ViewBasis {
  readonly right: PatientVector;
  readonly down: PatientVector;
  readonly away: PatientVector;
}

/**
 * The slices that a view steps through. Slice n lies at `first + n · step` mm along the view's `away` vector.
 * Where the view cuts along an axis of the scan, `axis` names it and n is the voxel index on that axis.
 */
export interface SliceStack {
  readonly axis: 0 | 1 | 2 | null;
  readonly count: number;
  readonly first: number;
  /** mm, never 0; negative where the scan's axis runs towards the viewer. */
  readonly step: number;
}

export const dot = (a: readonly number[], b: readonly number[]): number =>
  a[0] * b[0] + a[1] * b[1] + a[2] * b[2];

const cross = (a: readonly number[], b: readonly number[]): PatientVector =>
  patientVector(a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]);

const negate = (v: readonly number[]): PatientVector => patientVector(-v[0], -v[1], -v[2]);

const patientAxes = [patientVector(1, 0, 0), patientVector(0, 1, 0), patientVector(0, 0, 1)] as const;

const permutations = [
  [0, 1, 2],
  [0, 2, 1],
  [1, 0, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
] as const;

/** The scan's axes in the order and sense of the patient's (left, posterior, superior). */
function scanAxes(geometry: VolumeGeometry): readonly PatientVector[] {
  const agreement = (order: readonly number[]): number =>
    order.reduce((sum, axis, p) => sum + Math.abs(dot(geometry.axes[axis], patientAxes[p])), 0);
  const best = permutations.reduce((a, b) => (agreement(b) > agreement(a) + 1e-9 ? b : a));
  return best.map((axis, p) => {
    const v = geometry.axes[axis];
    return dot(v, patientAxes[p]) < 0 ? negate(v) : v;
  });
}

/** Degrees by which the scan's axes lean against the patient's; 0 for a straight scan. */
export function obliquity(geometry: VolumeGeometry): number {
  const cosines = scanAxes(geometry).map((v, p) => Math.min(1, Math.abs(dot(v, patientAxes[p]))));
  return (Math.acos(Math.min(...cosines)) * 180) / Math.PI;
}

/** How the three views lie. Radiological convention: the patient's right is on the left of the screen. */
export function viewBases(geometry: VolumeGeometry, alignment: Alignment): Record<ViewId, ViewBasis> {
  const [left, posterior, superior] = alignment === 'scan' ? scanAxes(geometry) : patientAxes;
  const basis = (right: PatientVector, down: PatientVector): ViewBasis => ({
    right,
    down,
    away: cross(right, down),
  });
  return {
    axial: basis(left, posterior),
    coronal: basis(left, negate(superior)),
    sagittal: basis(posterior, negate(superior)),
  };
}

/** Smallest and largest position of the voxel centres along a direction, mm. */
export function extentAlong(geometry: VolumeGeometry, direction: PatientVector): [number, number] {
  let low = Infinity;
  let high = -Infinity;
  const [ni, nj, nk] = geometry.size;
  for (const i of [0, ni - 1])
    for (const j of [0, nj - 1])
      for (const k of [0, nk - 1]) {
        const at = dot(toPatient(geometry, voxelIndex(i, j, k)), direction);
        low = Math.min(low, at);
        high = Math.max(high, at);
      }
  return [low, high];
}

/** The slices of a view. */
export function sliceStack(geometry: VolumeGeometry, basis: ViewBasis): SliceStack {
  const cosines = geometry.axes.map((axis) => dot(axis, basis.away));
  const along = cosines.map(Math.abs);
  const nearest = along.indexOf(Math.max(...along)) as 0 | 1 | 2;
  if (along[nearest] > 1 - 1e-6)
    return {
      axis: nearest,
      count: geometry.size[nearest],
      first: dot(geometry.origin, basis.away),
      step: Math.sign(cosines[nearest]) * geometry.spacing[nearest],
    };
  const [low, high] = extentAlong(geometry, basis.away);
  const step = geometry.spacing[nearest];
  return { axis: null, count: Math.floor((high - low) / step + 1e-6) + 1, first: low, step };
}

/** The slice nearest to a patient position, within the stack. */
export function sliceAt(stack: SliceStack, basis: ViewBasis, point: PatientPoint): number {
  const n = Math.round((dot(point, basis.away) - stack.first) / stack.step);
  return Math.min(stack.count - 1, Math.max(0, n));
}

const letters = [
  ['L', 'R'],
  ['P', 'A'],
  ['S', 'I'],
] as const;

/** The patient's side that a direction points to, e.g. "L", or "LP" where it leans; DICOM PS3.3 C.7.6.1.1.1. */
export function sideOf(direction: PatientVector): string {
  return [0, 1, 2]
    .filter((axis) => Math.abs(direction[axis]) > 0.17)
    .sort((a, b) => Math.abs(direction[b]) - Math.abs(direction[a]))
    .map((axis) => letters[axis][direction[axis] > 0 ? 0 : 1])
    .join('');
}

/** What stands at the four edges of a view. */
export function edgeLetters(basis: ViewBasis): { left: string; right: string; top: string; bottom: string } {
  return {
    left: sideOf(negate(basis.right)),
    right: sideOf(basis.right),
    top: sideOf(negate(basis.down)),
    bottom: sideOf(basis.down),
  };
}

/** Arithmetic of points and displacements in patient space, mm. */
import { patientPoint, patientVector, type PatientPoint, type PatientVector } from './geometry';

export const dot = (a: PatientVector, b: PatientVector): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];

export const cross = (a: PatientVector, b: PatientVector): PatientVector =>
  patientVector(a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]);

/** The way from `a` to `b`. */
export const between = (a: PatientPoint, b: PatientPoint): PatientVector =>
  patientVector(b[0] - a[0], b[1] - a[1], b[2] - a[2]);

/** The point reached from `p` by `t` times `v`. */
export const moved = (p: PatientPoint, v: PatientVector, t: number): PatientPoint =>
  patientPoint(p[0] + t * v[0], p[1] + t * v[1], p[2] + t * v[2]);

/** The vector of length 1 in the same direction. @throws RangeError for a vector of length 0. */
export function unit(v: PatientVector): PatientVector {
  const length = Math.hypot(v[0], v[1], v[2]);
  if (length === 0) throw new RangeError('A vector of length 0 has no direction.');
  return patientVector(v[0] / length, v[1] / length, v[2] / length);
}

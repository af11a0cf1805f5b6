import { patientPoint, type PatientPoint } from '../../main/imaging/space/geometry';

/** Points between two knots. */
const steps = 12;

/** A smooth closed curve through the points: a uniform Catmull-Rom spline (Catmull and Rom, 1974). */
export function closedSpline(knots: readonly PatientPoint[]): PatientPoint[] {
  const n = knots.length;
  const curve: PatientPoint[] = [];
  for (let k = 0; k < n; k++) {
    const [p0, p1, p2, p3] = [-1, 0, 1, 2].map((d) => knots[(k + d + n) % n]);
    for (let s = 0; s < steps; s++) {
      const t = s / steps;
      const at = (axis: 0 | 1 | 2): number =>
        0.5 *
        (2 * p1[axis] +
          (p2[axis] - p0[axis]) * t +
          (2 * p0[axis] - 5 * p1[axis] + 4 * p2[axis] - p3[axis]) * t * t +
          (3 * p1[axis] - p0[axis] - 3 * p2[axis] + p3[axis]) * t * t * t);
      curve.push(patientPoint(at(0), at(1), at(2)));
    }
  }
  return curve;
}

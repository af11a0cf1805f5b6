import type { NiftiFields, NiftiHeader } from './header';

/** Rows x, y, z of a map from voxel indices to RAS, mm: [i, j, k, 1] → position. */
export type Affine = readonly [Row, Row, Row];
type Row = readonly [number, number, number, number];

/** Millimetres of the spatial unit codes of xyzt_units; unknown means millimetres, as every reader takes it. */
const millimetres: Readonly<Record<number, number>> = { 1: 1000, 2: 1, 3: 0.001 };

/** qform and sform farther apart than this at a corner are said to disagree, mm. */
const disagreement = 0.5;

/**
 * The place of the voxels. The rule (as nibabel's, and ITK's since 5.3): sform where its code is above 0, else qform
 * where its code is above 0, else nothing: voxel sizes round the origin, mirrored as Analyze's default.
 */
export function placeOf(
  f: NiftiFields,
  shape: readonly number[],
): Pick<NiftiHeader, 'affine' | 'placedBy' | 'remarks'> {
  const scale = millimetres[f.units & 7] ?? 1;
  const remarks: string[] = [];
  const sform = f.sformCode > 0 ? scaled(f.sform, scale) : null;
  const qform = f.qformCode > 0 ? scaled(qformOf(f), scale) : null;
  if (sform && qform) {
    const apart = farthest(sform, qform, shape);
    if (!(apart <= disagreement))
      remarks.push(
        `The two placements in the file (sform and qform) differ by up to ${apart.toFixed(1)} mm; sform is used.`,
      );
  }
  if (sform) return { affine: sform, placedBy: 'sform', remarks };
  if (qform) return { affine: qform, placedBy: 'qform', remarks };
  remarks.push('The file does not say where it lies in the patient (neither sform nor qform).');
  return { affine: scaled(base(f, shape), scale), placedBy: 'nothing', remarks };
}

/** The rotation of quaternion (a, b, c, d), steps of pixdim, the third reversed where pixdim[0] is negative. */
function qformOf(f: NiftiFields): number[][] {
  const [b, c, d, x, y, z] = f.quaternion;
  const square = 1 - (b * b + c * c + d * d);
  // Rounding may leave less than nothing for a; then b, c, d are the whole rotation by 180°.
  const norm = square < 1e-7 ? 1 / Math.hypot(b, c, d) : 1;
  const a = square < 1e-7 ? 0 : Math.sqrt(square);
  const [p, q, r] = [b * norm, c * norm, d * norm];
  const [dx, dy, dz] = [f.pixdim[1], f.pixdim[2], f.pixdim[3]].map((s) => (s > 0 ? s : 1));
  const side = f.pixdim[0] < 0 ? -dz : dz;
  return [
    [(a * a + p * p - q * q - r * r) * dx, 2 * (p * q - a * r) * dy, 2 * (p * r + a * q) * side, x],
    [2 * (p * q + a * r) * dx, (a * a + q * q - p * p - r * r) * dy, 2 * (q * r - a * p) * side, y],
    [2 * (p * r - a * q) * dx, 2 * (q * r + a * p) * dy, (a * a + r * r - p * p - q * q) * side, z],
  ];
}

function base(f: NiftiFields, shape: readonly number[]): number[][] {
  const [dx, dy, dz] = [f.pixdim[1], f.pixdim[2], f.pixdim[3]].map((s) => Math.abs(s) || 1);
  const centre = (n: number | undefined, step: number): number => (((n ?? 1) - 1) / 2) * step;
  return [
    [-dx, 0, 0, centre(shape[0], dx)],
    [0, dy, 0, -centre(shape[1], dy)],
    [0, 0, dz, -centre(shape[2], dz)],
  ];
}

const scaled = (rows: readonly (readonly number[])[], by: number): Affine =>
  rows.map((row) => row.map((v) => v * by)) as unknown as Affine;

/** Largest distance between the places that two maps give to a corner of the grid, mm. */
function farthest(a: Affine, b: Affine, shape: readonly number[]): number {
  let most = 0;
  for (let corner = 0; corner < 8; corner++) {
    const index = [0, 1, 2].map((axis) => ((corner >> axis) & 1 ? (shape[axis] ?? 1) - 1 : 0));
    const apart = a.map((row, r) => index.reduce((s, n, c) => s + n * (row[c] - b[r][c]), row[3] - b[r][3]));
    most = Math.max(most, Math.hypot(...apart));
  }
  return most;
}

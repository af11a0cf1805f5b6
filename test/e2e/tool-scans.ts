import {
  patientPoint,
  patientVector,
  toPatient,
  voxelIndex,
  type PatientPoint,
  type VolumeGeometry,
} from '../../main/imaging/space/geometry';
import { writeCtSeries } from '../ct-series';

const spread = 10;

/** A generated scan for the tools: a sharp ball of one value, and a hot spot that fades with the distance. */
export interface ToolScan {
  readonly code: string;
  readonly geometry: VolumeGeometry;
  /** Centre of the ball of value 300 and radius 18 mm, on −50. */
  readonly ball: PatientPoint;
  /** Centre of the hot spot, a voxel's centre: its value, less the −50 about it, is 1000 there. */
  readonly hot: PatientPoint;
}

export const ballRadius = 18;

/** How far from its centre the hot spot is above `value`, mm. */
export const hotRadius = (value: number): number => spread * Math.sqrt(-2 * Math.log((value + 50) / 1050));

const turned = (degrees: number, tilt: number): VolumeGeometry['axes'] => {
  const [a, b] = [degrees, tilt].map((angle) => (angle * Math.PI) / 180);
  const [ca, sa, cb, sb] = [Math.cos(a), Math.sin(a), Math.cos(b), Math.sin(b)];
  return [
    patientVector(ca, sa, 0),
    patientVector(-sa * cb, ca * cb, sb),
    patientVector(sa * sb, -ca * sb, cb),
  ];
};

/** A scan along the patient's axes, and one that is turned by 25° about the body's axis and tilted by 15°. */
export const toolScans: readonly ToolScan[] = [
  { code: 'STRAIGHT', axes: turned(0, 0) },
  { code: 'OBLIQUE', axes: turned(25, 15) },
].map(({ code, axes }) => {
  const size = [96, 96, 48] as const;
  const spacing = [1.5, 1.5, 3] as const;
  const lattice = { size, spacing, origin: patientPoint(0, 0, 0), axes };
  const middle = toPatient(lattice, voxelIndex(48, 48, 24));
  // The middle of the scan lies away from the patient's origin: a sign that is lost would show.
  const geometry = { ...lattice, origin: patientPoint(30 - middle[0], -40 - middle[1], 70 - middle[2]) };
  return {
    code,
    geometry,
    ball: toPatient(geometry, voxelIndex(72, 48, 24)),
    hot: toPatient(geometry, voxelIndex(24, 48, 24)),
  };
});

const distance = (a: PatientPoint, b: PatientPoint): number =>
  Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);

/** Writes a scan as DICOM CT, a file a slice. */
export function writeToolScan(folder: string, { code, geometry, ball, hot }: ToolScan): void {
  const [columns, rows] = geometry.size;
  writeCtSeries(folder, code, geometry, 'Ball and hot spot', (k) =>
    Int16Array.from({ length: columns * rows }, (_, v) => {
      const p = toPatient(geometry, voxelIndex(v % columns, Math.floor(v / columns), k));
      const heat = 1050 * Math.exp(-(distance(p, hot) ** 2) / (2 * spread ** 2));
      return distance(p, ball) <= ballRadius ? 300 : Math.round(heat - 50);
    }),
  );
}

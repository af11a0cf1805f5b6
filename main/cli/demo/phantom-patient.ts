import { patientPoint, patientVector, type VolumeGeometry } from '../../imaging/space/geometry';
import { createAnatomy, type Anatomy } from './phantom-anatomy';
import { createLesions, type Lesion } from './phantom-lesion';
import { seededRandom, type Random } from './phantom-random';
import { renderScan, renderTruth, type PhantomModality } from './phantom-render';

/** A scan and its truth, on one grid. */
export interface PhantomScan {
  readonly modality: PhantomModality;
  readonly geometry: VolumeGeometry;
  /** HU, SUV or arbitrary signal; i fastest. */
  readonly values: Float32Array;
  /** 1 at every voxel whose centre lies in a tumour. */
  readonly truth: Uint8Array;
}

export interface PhantomPatient {
  readonly code: string;
  readonly sex: 'F' | 'M';
  readonly weightKg: number;
  readonly lesions: readonly Lesion[];
  /** One at a time, since a scan takes a fraction of a second. */
  scan(modality: PhantomModality): PhantomScan;
}

export const PHANTOM_MODALITIES: readonly PhantomModality[] = ['CT', 'PT', 'MR'];

/**
 * Patient `number` (from 1) of the demonstration archive with this seed: always the same, whichever others are made.
 * CT, PET and MR share a frame of reference and lie on grids of their own; the MR's is oblique.
 */
export function createPhantomPatient(seed: number, number: number): PhantomPatient {
  const random = seededRandom(`demonstration ${seed}, patient ${number}`);
  const anatomy = createAnatomy(random.fork('anatomy'));
  const lesions = createLesions(anatomy, random.fork('lesions'));
  return {
    code: `DEMO-${String(number).padStart(3, '0')}`,
    sex: random.chance(0.5) ? 'F' : 'M',
    weightKg: weight(anatomy),
    lesions,
    scan(modality) {
      const stream = random.fork(modality);
      const geometry = grid(modality, stream);
      return {
        modality,
        geometry,
        values: renderScan(modality, geometry, anatomy, lesions, stream),
        truth: renderTruth(geometry, lesions),
      };
    },
  };
}

const weight = (anatomy: Anatomy): number => Math.round(72 * anatomy.scale ** 2);

function grid(modality: PhantomModality, random: Random): VolumeGeometry {
  const shift = (): number => Math.round(random.between(-40, 40)) / 10;
  switch (modality) {
    case 'CT':
      return centered([128, 128, 48], [3.125, 3.125, 5.5], [shift(), shift(), 0], 0);
    case 'PT':
      return centered([80, 80, 64], [5, 5, 4.25], [shift(), shift(), shift()], 0);
    case 'MR':
      return centered([112, 112, 36], [3.3, 3.3, 7.2], [shift(), shift(), 0], random.between(-0.14, 0.14));
  }
}

/** A grid about a point, its slices tilted about the x axis by `tilt` radians. */
function centered(
  size: readonly [number, number, number],
  spacing: readonly [number, number, number],
  center: readonly [number, number, number],
  tilt: number,
): VolumeGeometry {
  const [cos, sin] = [Math.cos(tilt), Math.sin(tilt)];
  const axes = [patientVector(1, 0, 0), patientVector(0, cos, sin), patientVector(0, -sin, cos)] as const;
  const origin = [0, 1, 2].map(
    (axis) =>
      center[axis] - axes.reduce((sum, unit, n) => sum + (unit[axis] * spacing[n] * (size[n] - 1)) / 2, 0),
  );
  return { size, spacing, origin: patientPoint(origin[0], origin[1], origin[2]), axes };
}

import {
  toPatient,
  toVoxel,
  voxelCount,
  voxelIndex,
  patientPoint,
  type VolumeGeometry,
} from '../../imaging/space/geometry';
import type { Anatomy, Tissue } from './phantom-anatomy';
import type { Lesion } from './phantom-lesion';
import type { Random } from './phantom-random';
import type { Shape } from './phantom-shape';

export type PhantomModality = 'CT' | 'PT' | 'MR';

const AIR: Readonly<Record<PhantomModality, number>> = { CT: -1000, PT: 0, MR: 0 };
const quantity = { CT: 'hu', PT: 'suv', MR: 'mr' } as const;
/** What a texture of 1 means in each modality: HU, SUV relative, signal relative. */
const unrest = {
  CT: (tissue: Tissue) => 7 * tissue.texture,
  PT: (tissue: Tissue) => 0.1 * tissue.texture * tissue.suv,
  MR: (tissue: Tissue) => 0.06 * tissue.texture * tissue.mr,
};

/**
 * A scan of the phantom on a grid: HU for CT, SUV for PET, arbitrary signal for MR. Edges are partial volumes; the
 * modality's own blur, noise and unevenness are on top.
 */
export function renderScan(
  modality: PhantomModality,
  geometry: VolumeGeometry,
  anatomy: Anatomy,
  lesions: readonly Lesion[],
  random: Random,
): Float32Array {
  const values = new Float32Array(voxelCount(geometry)).fill(AIR[modality]);
  const texture = new Float32Array(values.length);
  const canvas = { modality, geometry, values, texture };
  for (const { shape, tissue } of anatomy.parts) paint(canvas, shape, tissue);
  for (const { shape, tissue, core } of lesions) {
    paint(canvas, shape, tissue);
    if (core !== null) paint(canvas, core.shape, core.tissue);
  }
  const grain = correlatedNoise(geometry, 2, random.fork('texture'));
  for (let v = 0; v < values.length; v++) values[v] += texture[v] * grain[v];
  finish[modality](values, geometry, random.fork('noise'));
  return values;
}

/** The truth: 1 at every voxel whose centre lies in a tumour. */
export function renderTruth(geometry: VolumeGeometry, lesions: readonly Lesion[]): Uint8Array {
  const mask = new Uint8Array(voxelCount(geometry));
  for (const { shape } of lesions)
    visit(geometry, shape, (v, distance) => {
      if (distance <= 0) mask[v] = 1;
    });
  return mask;
}

interface Canvas {
  readonly modality: PhantomModality;
  readonly geometry: VolumeGeometry;
  readonly values: Float32Array;
  readonly texture: Float32Array;
}

function paint({ modality, geometry, values, texture }: Canvas, shape: Shape, tissue: Tissue): void {
  const value = tissue[quantity[modality]];
  const amount = unrest[modality](tissue);
  const width = (geometry.spacing[0] + geometry.spacing[1] + geometry.spacing[2]) / 3;
  visit(geometry, shape, (v, distance) => {
    const share = Math.min(1, Math.max(0, 0.5 - distance / width));
    if (share === 0) return;
    values[v] += share * (value - values[v]);
    texture[v] += share * (amount - texture[v]);
  });
}

/** Calls `see` for every voxel in the box that holds the shape. */
function visit(geometry: VolumeGeometry, shape: Shape, see: (v: number, distance: number) => void): void {
  const corners = [0, 1, 2, 3, 4, 5, 6, 7].map((n) =>
    toVoxel(
      geometry,
      patientPoint(
        n & 1 ? shape.max[0] : shape.min[0],
        n & 2 ? shape.max[1] : shape.min[1],
        n & 4 ? shape.max[2] : shape.min[2],
      ),
    ),
  );
  const [lower, upper] = [Math.min, Math.max].map((pick, end) =>
    [0, 1, 2].map((axis) => {
      const reach = Math.floor(pick(...corners.map((corner) => corner[axis]))) + (end === 0 ? -1 : 2);
      return Math.min(geometry.size[axis] - 1, Math.max(0, reach));
    }),
  );
  const [columns, rows] = geometry.size;
  const step = [0, 1, 2].map((axis) => geometry.axes[0][axis] * geometry.spacing[0]);
  for (let k = lower[2]; k <= upper[2]; k++)
    for (let j = lower[1]; j <= upper[1]; j++) {
      let [x, y, z] = toPatient(geometry, voxelIndex(lower[0], j, k));
      const row = (k * rows + j) * columns;
      for (let i = lower[0]; i <= upper[0]; i++) {
        see(row + i, shape.distance(x, y, z));
        x += step[0];
        y += step[1];
        z += step[2];
      }
    }
}

/** What the scanner adds. */
const finish: Readonly<
  Record<PhantomModality, (values: Float32Array, geometry: VolumeGeometry, random: Random) => void>
> = {
  CT(values, geometry, random) {
    const noise = correlatedNoise(geometry, 1, random);
    const level = random.between(9, 17);
    for (let v = 0; v < values.length; v++)
      values[v] = Math.min(3000, Math.max(-1024, values[v] + level * noise[v]));
  },
  /** Resolution of about 7 mm, then noise that grows with the root of the counts. */
  PT(values, geometry, random) {
    for (const axis of [0, 1, 2] as const) blur(values, geometry, axis, 2.9 / geometry.spacing[axis]);
    const noise = correlatedNoise(geometry, 2, random);
    const level = random.between(0.07, 0.13);
    for (let v = 0; v < values.length; v++)
      values[v] = Math.max(0, values[v] + level * Math.sqrt(values[v] + 0.05) * noise[v]);
  },
  /** Uneven sensitivity of the coil and Rician noise. */
  MR(values, geometry, random) {
    const [real, imaginary] = [1, 2].map((part) =>
      correlatedNoise(geometry, 0, random.fork(`channel ${part}`)),
    );
    const level = random.between(12, 24);
    const slope = [0, 1, 2].map(() => random.between(-0.3, 0.3));
    const gain = random.between(0.6, 1.6);
    const [columns, rows, slices] = geometry.size;
    for (let k = 0, v = 0; k < slices; k++)
      for (let j = 0; j < rows; j++)
        for (let i = 0; i < columns; i++, v++) {
          const [a, b, c] = [i / columns - 0.5, j / rows - 0.5, k / slices - 0.5];
          const bias = 1 + slope[0] * a + slope[1] * b + slope[2] * c - 0.5 * (a * a + b * b);
          const signal = values[v] * bias + level * real[v];
          values[v] = gain * Math.hypot(signal, level * imaginary[v]);
        }
  },
};

/** Unit normal noise, smoothed `passes` times by (1 2 1)/4 along rows and columns and brought back to unit variance. */
function correlatedNoise(
  { size: [columns, rows, slices] }: VolumeGeometry,
  passes: number,
  random: Random,
): Float32Array {
  const field = new Float32Array(columns * rows * slices);
  for (let v = 0; v < field.length; v++) field[v] = random.normal();
  for (let pass = 0; pass < passes; pass++)
    for (const stride of [1, columns]) {
      let before = field[0];
      for (let v = stride; v < field.length - stride; v++) {
        const here = field[v];
        field[v] = (stride === 1 ? before : field[v - stride]) / 4 + here / 2 + field[v + stride] / 4;
        before = here;
      }
    }
  let squares = 0;
  for (let v = 0; v < field.length; v += 7) squares += field[v] * field[v];
  const scale = 1 / Math.sqrt(squares / Math.ceil(field.length / 7));
  for (let v = 0; v < field.length; v++) field[v] *= scale;
  return field;
}

/** Gaussian blur along one axis, in place; `sigma` in voxels. */
function blur(values: Float32Array, { size }: VolumeGeometry, axis: 0 | 1 | 2, sigma: number): void {
  const reach = Math.ceil(3 * sigma);
  const weights = Array.from({ length: 2 * reach + 1 }, (_, n) =>
    Math.exp(-((n - reach) ** 2) / (2 * sigma ** 2)),
  );
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const stride = [1, size[0], size[0] * size[1]][axis];
  const length = size[axis];
  const line = new Float32Array(length + 2 * reach);
  for (let start = 0; start < values.length; start++) {
    if (Math.floor(start / stride) % length !== 0) continue;
    for (let n = -reach; n < length + reach; n++)
      line[n + reach] = values[start + Math.min(length - 1, Math.max(0, n)) * stride];
    for (let n = 0; n < length; n++) {
      let sum = 0;
      for (let w = 0; w < weights.length; w++) sum += weights[w] * line[n + w];
      values[start + n * stride] = sum / total;
    }
  }
}

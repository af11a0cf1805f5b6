import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  patientPoint,
  patientVector,
  toPatient,
  voxelIndex,
  type VolumeGeometry,
} from '../../main/imaging/space/geometry';
import type { Volume } from '../../main/imaging/volume';
import { cutCase } from '../../main/learning/preprocess/cut';
import {
  learningGrid,
  paperSlicing,
  tilesOf,
  windows,
  type Slicing,
} from '../../main/learning/preprocess/grid';
import { normalise, percentiles } from '../../main/learning/preprocess/intensity';
import { NativeSampler, PlaneSampler } from '../../main/learning/preprocess/resample';
import { fromHalf, toHalf } from '../../main/learning/cache/half';

const breathe = (): Promise<void> => Promise.resolve();

/** Axes of a scan whose in-plane axes lie along ±u and ±v, in either order, k along the third. */
const geometry = fc
  .record({
    size: fc.tuple(
      fc.integer({ min: 3, max: 14 }),
      fc.integer({ min: 3, max: 14 }),
      fc.integer({ min: 2, max: 5 }),
    ),
    spacing: fc.tuple(
      fc.double({ min: 0.5, max: 5, noNaN: true }),
      fc.double({ min: 0.5, max: 5, noNaN: true }),
      fc.double({ min: 0.5, max: 5, noNaN: true }),
    ),
    order: fc.constantFrom([0, 1, 2], [1, 0, 2], [0, 2, 1], [2, 0, 1], [1, 2, 0], [2, 1, 0]),
    signs: fc.tuple(fc.constantFrom(1, -1), fc.constantFrom(1, -1), fc.constantFrom(1, -1)),
  })
  .map(({ size, spacing, order, signs }): VolumeGeometry => {
    const unit = (axis: number) => {
      const v = [0, 0, 0];
      v[order[axis]] = signs[axis];
      return patientVector(v[0], v[1], v[2]);
    };
    return { size, spacing, origin: patientPoint(-20, 7, 3), axes: [unit(0), unit(1), unit(2)] };
  });

const slicing = (mm: number, interpolation: Slicing['interpolation'] = 'linear'): Slicing => ({
  mm,
  through: 'native',
  size: 16,
  interpolation,
});

/** A scan whose voxel values are a linear function of where they lie in the patient. */
function ramp(g: VolumeGeometry): { voxels: Float32Array; at: (p: readonly number[]) => number } {
  const at = (p: readonly number[]): number => 3 + 0.5 * p[0] - 0.25 * p[1] + 0.125 * p[2];
  const voxels = new Float32Array(g.size[0] * g.size[1] * g.size[2]);
  let v = 0;
  for (let k = 0; k < g.size[2]; k++)
    for (let j = 0; j < g.size[1]; j++)
      for (let i = 0; i < g.size[0]; i++) voxels[v++] = at(toPatient(g, voxelIndex(i, j, k)));
  return { voxels, at };
}

describe('the learning grid', () => {
  test('looks the same way round whatever the order and direction of the axes of an axial scan', () => {
    fc.assert(
      fc.property(geometry, (g) => {
        const grid = learningGrid(g, slicing(1));
        const direction = (axis: { source: 0 | 1 | 2; step: number }) =>
          g.axes[axis.source].map((c) => c * Math.sign(axis.step));
        const normal = g.axes[2].findIndex((c) => c !== 0);
        const [columns, rows] = [
          [
            [0, 1, 0],
            [0, 0, -1],
          ],
          [
            [1, 0, 0],
            [0, 0, -1],
          ],
          [
            [1, 0, 0],
            [0, 1, 0],
          ],
        ][normal];
        expect(direction(grid.columns).map((c) => c + 0)).toEqual(columns);
        expect(direction(grid.rows).map((c) => c + 0)).toEqual(rows);
      }),
    );
  });

  test('at the spacing of the scan, there and back is the identity, bit for bit', () => {
    fc.assert(
      fc.property(geometry, fc.constantFrom('linear', 'nearest'), (g, interpolation) => {
        const square: VolumeGeometry = { ...g, spacing: [1.95, 1.95, g.spacing[2]] };
        const grid = learningGrid(square, slicing(1.95, interpolation as 'linear' | 'nearest'));
        const voxels = Float32Array.from({ length: g.size[0] * g.size[1] * g.size[2] }, (_, i) =>
          Math.sin(i),
        );
        const there = new PlaneSampler(grid, interpolation as 'linear' | 'nearest');
        const back = new NativeSampler(grid);
        const plane = new Float32Array(there.width * there.height);
        for (let k = 0; k < g.size[2]; k++) {
          there.sample(voxels, k, plane);
          const slice = new Float32Array(g.size[0] * g.size[1]);
          expect(back.planesOf(k)).toMatchObject({ lower: k, fraction: 0 });
          back.add(plane, 1, slice);
          expect(slice).toEqual(voxels.subarray(k * slice.length, (k + 1) * slice.length));
        }
      }),
    );
  });

  test('at another spacing, a linear field lands where it was in the patient', () => {
    fc.assert(
      fc.property(geometry, fc.double({ min: 0.4, max: 1, noNaN: true }), (g, share) => {
        const mm = share * Math.min(g.spacing[0], g.spacing[1]);
        const grid = learningGrid(g, slicing(mm));
        const { voxels } = ramp(g);
        const there = new PlaneSampler(grid, 'linear');
        const back = new NativeSampler(grid);
        const plane = new Float32Array(there.width * there.height);
        const [nx, ny, nz] = g.size;
        for (let k = 0; k < nz; k++) {
          there.sample(voxels, k, plane);
          const slice = new Float32Array(nx * ny);
          back.add(plane, 1, slice);
          // The outermost voxels lean on the border, where there is nothing beyond to interpolate with.
          for (let j = 1; j < ny - 1; j++)
            for (let i = 1; i < nx - 1; i++)
              expect(slice[j * nx + i]).toBeCloseTo(voxels[(k * ny + j) * nx + i], 3);
        }
      }),
    );
  });

  test('coarsening averages what it covers and does not alias', () => {
    const g: VolumeGeometry = {
      size: [64, 64, 1],
      spacing: [1, 1, 1],
      origin: patientPoint(0, 0, 0),
      axes: [patientVector(1, 0, 0), patientVector(0, 1, 0), patientVector(0, 0, 1)],
    };
    const stripes = Float32Array.from({ length: 64 * 64 }, (_, i) => i % 2);
    const there = new PlaneSampler(learningGrid(g, slicing(4)), 'linear');
    const plane = new Float32Array(there.width * there.height);
    there.sample(stripes, 0, plane);
    for (let y = 2; y < 14; y++) for (let x = 2; x < 14; x++) expect(plane[y * 16 + x]).toBeCloseTo(0.5, 1);
  });

  test('the paper: 1 mm each way, nearest voxel', () => {
    const g: VolumeGeometry = {
      size: [4, 4, 3],
      spacing: [2, 2, 3],
      origin: patientPoint(0, 0, 0),
      axes: [patientVector(1, 0, 0), patientVector(0, 1, 0), patientVector(0, 0, 1)],
    };
    const grid = learningGrid(g, paperSlicing('CT'));
    expect([grid.columns.length, grid.rows.length, grid.slices.length]).toEqual([8, 8, 9]);
    const { voxels } = ramp(g);
    const there = new PlaneSampler(grid, 'nearest');
    const plane = new Float32Array(64);
    there.sample(voxels, 4, plane);
    for (const v of plane) expect(voxels).toContain(v);
  });
});

describe('windows', () => {
  test('cover everything between from and to, inside the slice, and only as many as needed', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 400 }),
        fc.constantFrom(16, 48, 144),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (length, size, a, b) => {
          // At least one place of the slice: where both are 1, the last one.
          const from = Math.min(Math.floor(Math.min(a, b) * length), length - 1);
          const to = Math.max(Math.ceil(Math.max(a, b) * length), from + 1);
          const starts = windows(length, size, from, to);
          if (length <= size) {
            expect(starts).toHaveLength(1);
            return;
          }
          for (const start of starts) {
            expect(start).toBeGreaterThanOrEqual(0);
            expect(start + size).toBeLessThanOrEqual(length);
          }
          for (let p = from; p < to; p++)
            expect(starts.some((start) => p >= start && p < start + size)).toBe(true);
          expect(starts).toHaveLength(
            to - from <= size ? 1 : Math.ceil((to - from - size / 4) / (0.75 * size)),
          );
        },
      ),
      { examples: [[80, 16, 1, 1]] },
    );
  });
});

describe('intensity', () => {
  test('percentiles are those of NumPy', () => {
    // numpy.percentile([5, 1, 4, 2, 3, 10], [1, 50, 99])
    const [a, b, c] = percentiles(Float32Array.of(5, 1, 4, 2, 3, 10), [0.01, 0.5, 0.99]);
    expect(a).toBeCloseTo(1.05, 5);
    expect(b).toBeCloseTo(3.5, 5);
    expect(c).toBeCloseTo(9.75, 5);
  });

  test('voxels that are not zero have mean 0 and deviation 1 after clipping; zeros take no part', () => {
    fc.assert(
      fc.property(
        fc.array(fc.float({ min: 1, max: 1000, noNaN: true }), { minLength: 200, maxLength: 400 }),
        (values) => {
          fc.pre(Math.max(...values) > 1.01 * Math.min(...values));
          // Few enough zeros that the 1st percentile clips them or leaves them, but they are never scaled with.
          const volume = Float32Array.from([...values, 0, 0, 0, 0, 0, 0, 0, 0]);
          const zero = volume.map((v) => (v === 0 ? 1 : 0));
          const intensity = normalise(volume);
          fc.pre(intensity !== null && intensity.low === 0);
          const inside = [...volume].filter((_, i) => zero[i] === 0);
          const mean = inside.reduce((a, b) => a + b, 0) / inside.length;
          expect(mean).toBeCloseTo(0, 3);
          expect(Math.sqrt(inside.reduce((a, b) => a + (b - mean) ** 2, 0) / inside.length)).toBeCloseTo(
            1,
            3,
          );
          expect(Math.min(...volume)).toBeCloseTo(intensity?.background ?? NaN, 5);
        },
      ),
    );
  });

  test('a scan of one value is told apart, not divided by nothing', () => {
    expect(normalise(new Float32Array(10).fill(7))).toBeNull();
    expect(normalise(new Float32Array(10))).toBeNull();
  });
});

describe('half floats', () => {
  test('every half survives, and rounding is to the nearest', () => {
    for (let bits = 0; bits < 65536; bits++)
      if (!Number.isNaN(fromHalf(bits))) expect(toHalf(fromHalf(bits))).toBe(bits);
    fc.assert(
      fc.property(fc.float({ min: -65000, max: 65000, noNaN: true }), (value) => {
        const bits = toHalf(value);
        const error = Math.abs(fromHalf(bits) - value);
        for (const other of [bits - 1, bits + 1])
          if ((other & 0x7fff) < 0x7c00 && other >= 0 && other < 65536)
            expect(Math.abs(fromHalf(other) - value)).toBeGreaterThanOrEqual(error);
      }),
    );
  });
});

test('a cut case: tiles show the scan, and beyond its border its darkest value', async () => {
  const g: VolumeGeometry = {
    size: [10, 6, 2],
    spacing: [2, 2, 4],
    origin: patientPoint(0, 0, 0),
    axes: [patientVector(1, 0, 0), patientVector(0, 1, 0), patientVector(0, 0, 1)],
  };
  const voxels = Float32Array.from({ length: 120 }, (_, i) => (i % 7) + 1);
  const volume: Volume = {
    geometry: g,
    voxels,
    unit: 'stored',
    modality: 'MR',
    frameOfReference: null,
    remarks: [],
  };
  const cut = await cutCase(
    [volume, { ...volume, voxels: voxels.map((v) => 100 - v) }],
    { mm: 2, through: 'native', size: 16, interpolation: 'linear' },
    breathe,
  );
  expect(cut.places).toHaveLength(2);
  expect(tilesOf(cut.grid, 16)).toEqual([{ x: -3, y: -5 }]);
  const into = new Float32Array(16 * 16 * 2);
  cut.read(1, into);
  const { mean, sd, background } = cut.intensities[0];
  expect(into[0]).toBeCloseTo(background, 5);
  expect(into[(5 * 16 + 3) * 2]).toBeCloseTo((voxels[60] - mean) / sd, 4);
  expect(into[(5 * 16 + 3) * 2 + 1]).toBeCloseTo(
    (100 - voxels[60] - cut.intensities[1].mean) / cut.intensities[1].sd,
    4,
  );
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { resampleMask, resampleVolume, type Volume } from '../../main/imaging';
import { resampleSlices } from '../../main/imaging/resample/slices';
import {
  patientPoint,
  patientVector,
  toPatient,
  voxelCount,
  voxelIndex,
  type PatientVector,
  type VolumeGeometry,
} from '../../main/imaging/space/geometry';

const length = fc.double({ min: 0.3, max: 5, noNaN: true });
const place = fc.double({ min: -200, max: 200, noNaN: true });
const angle = fc.double({ min: -3, max: 3, noNaN: true });

/** Axes of any orientation, left-handed ones included. */
const axes = fc.tuple(angle, angle, angle, fc.boolean()).map(([a, b, c, mirrored]) => {
  const [ca, sa, cb, sb, cc, sc] = [
    Math.cos(a),
    Math.sin(a),
    Math.cos(b),
    Math.sin(b),
    Math.cos(c),
    Math.sin(c),
  ];
  const side = mirrored ? -1 : 1;
  return [
    patientVector(ca * cb, sa * cb, -sb),
    patientVector(ca * sb * sc - sa * cc, sa * sb * sc + ca * cc, cb * sc),
    patientVector(side * (ca * sb * cc + sa * sc), side * (sa * sb * cc - ca * sc), side * cb * cc),
  ] as const;
});
const size = fc.tuple(
  fc.integer({ min: 1, max: 6 }),
  fc.integer({ min: 1, max: 6 }),
  fc.integer({ min: 1, max: 6 }),
);
const grid: fc.Arbitrary<VolumeGeometry> = fc
  .tuple(size, fc.tuple(length, length, length), fc.tuple(place, place, place), axes)
  .map(([n, spacing, origin, directions]) => ({
    size: n,
    spacing,
    origin: patientPoint(...origin),
    axes: directions,
  }));

/** The same voxels with axes in another order and some of them reversed. */
function reordered(g: VolumeGeometry, order: readonly number[], reverse: readonly boolean[]): VolumeGeometry {
  const corner = [0, 1, 2].map((axis) => (reverse[order.indexOf(axis)] ? g.size[axis] - 1 : 0));
  const turned = (axis: number, n: number): PatientVector =>
    reverse[n] ? patientVector(-g.axes[axis][0], -g.axes[axis][1], -g.axes[axis][2]) : g.axes[axis];
  const pick = <T>(of: readonly T[]): [T, T, T] => [of[order[0]], of[order[1]], of[order[2]]];
  return {
    size: pick(g.size),
    spacing: pick(g.spacing),
    origin: toPatient(g, voxelIndex(corner[0], corner[1], corner[2])),
    axes: [turned(order[0], 0), turned(order[1], 1), turned(order[2], 2)],
  };
}
const orders = fc.constantFrom([0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]);
const reversals = fc.tuple(fc.boolean(), fc.boolean(), fc.boolean());

const volumeOn = (geometry: VolumeGeometry, voxels: Volume['voxels']): Volume => ({
  geometry,
  voxels,
  unit: 'stored',
  modality: 'MR',
  frameOfReference: null,
  remarks: [],
});

describe('resampling', () => {
  test('a mask on the same voxels in another axis order keeps every voxel, there and back', () => {
    fc.assert(
      fc.property(grid, orders, reversals, fc.infiniteStream(fc.boolean()), (g, order, reverse, bits) => {
        const mask = Uint8Array.from({ length: voxelCount(g) }, () => (bits.next().value ? 1 : 0));
        const other = reordered(g, order, reverse);
        const there = resampleMask(mask, g, other);
        expect(there.reduce((n, v) => n + v, 0)).toBe(mask.reduce((n, v) => n + v, 0));
        expect(resampleMask(there, other, g)).toEqual(mask);
      }),
    );
  });

  test('linear and nearest agree on the same voxels in another axis order', () => {
    fc.assert(
      fc.property(grid, orders, reversals, (g, order, reverse) => {
        const voxels = Int16Array.from({ length: voxelCount(g) }, (_, n) => ((n * 7919) % 4001) - 1000);
        const other = reordered(g, order, reverse);
        const linear = resampleVolume(volumeOn(g, voxels), other, 'linear');
        const nearest = resampleVolume(volumeOn(g, voxels), other, 'nearest');
        expect(linear.voxels).toEqual(nearest.voxels);
        expect([...linear.voxels].sort()).toEqual([...voxels].sort());
      }),
    );
  });

  test('linear interpolation is exact on a linear field, inside', () => {
    fc.assert(
      fc.property(grid, grid, (a, b) => {
        const field = (g: VolumeGeometry): Float32Array => {
          const out = new Float32Array(voxelCount(g));
          let v = 0;
          for (let k = 0; k < g.size[2]; k++)
            for (let j = 0; j < g.size[1]; j++)
              for (let i = 0; i < g.size[0]; i++) {
                const p = toPatient(g, voxelIndex(i, j, k));
                out[v++] = 3 * p[0] - 2 * p[1] + 0.5 * p[2];
              }
          return out;
        };
        // Shrink b into the middle of a, so that no border is met.
        const middle = toPatient(
          a,
          voxelIndex((a.size[0] - 1) / 2, (a.size[1] - 1) / 2, (a.size[2] - 1) / 2),
        );
        const inside: VolumeGeometry = { ...b, size: [2, 2, 2], spacing: [1e-3, 1e-3, 1e-3], origin: middle };
        if (a.size.some((n) => n < 2)) return;
        const got = resampleVolume(volumeOn(a, field(a)), inside, 'linear').voxels;
        field(inside).forEach((v, n) =>
          expect(Math.abs(got[n] - v)).toBeLessThan(1e-3 * Math.max(1, Math.abs(v))),
        );
      }),
    );
  });

  test('shifted, unevenly spaced slices of a linear field give the field on the regular grid', () => {
    const shift = fc.double({ min: -3, max: 3, noNaN: true });
    const gap = fc.double({ min: 0.4, max: 2, noNaN: true });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(shift, shift, gap), { minLength: 3, maxLength: 8 }),
        length,
        (steps, pixel) => {
          const [columns, rows] = [12, 11];
          let height = 0;
          const positions = steps.map(([x, y, g]) => patientPoint(x * pixel, y * pixel, (height += g)));
          const field = (x: number, y: number, z: number): number => 3 * x - 2 * y + 0.5 * z;
          const slices = new Float32Array(columns * rows * positions.length);
          positions.forEach((p, k) => {
            for (let j = 0; j < rows; j++)
              for (let i = 0; i < columns; i++)
                slices[(k * rows + j) * columns + i] = field(p[0] + i * pixel, p[1] + j * pixel, p[2]);
          });
          // Inside of all slices, whatever their shift.
          const depth = height - positions[0][2];
          const grid: VolumeGeometry = {
            size: [4, 3, 5],
            spacing: [pixel, pixel, depth / 4],
            origin: patientPoint(4 * pixel, 4 * pixel, positions[0][2]),
            axes: [patientVector(1, 0, 0), patientVector(0, 1, 0), patientVector(0, 0, 1)],
          };
          const got = resampleSlices(slices, [columns, rows], positions, grid);
          let v = 0;
          for (let k = 0; k < 5; k++)
            for (let j = 0; j < 3; j++)
              for (let i = 0; i < 4; i++) {
                const p = toPatient(grid, voxelIndex(i, j, k));
                expect(Math.abs(got[v++] - field(p[0], p[1], p[2]))).toBeLessThan(
                  1e-3 * (1 + Math.abs(field(p[0], p[1], p[2]))),
                );
              }
        },
      ),
    );
  });

  test('outside the source there is its lowest value, or what is asked for', () => {
    const g: VolumeGeometry = {
      size: [2, 2, 2],
      spacing: [1, 1, 1],
      origin: patientPoint(0, 0, 0),
      axes: [patientVector(1, 0, 0), patientVector(0, 1, 0), patientVector(0, 0, 1)],
    };
    const far = { ...g, origin: patientPoint(100, 0, 0) };
    const volume = volumeOn(g, Int16Array.of(5, -7, 3, 4, 5, 6, 7, 8));
    expect([...new Set(resampleVolume(volume, far, 'linear').voxels)]).toEqual([-7]);
    expect([...new Set(resampleVolume(volume, far, 'nearest', 42).voxels)]).toEqual([42]);
    expect(() => resampleMask(new Uint8Array(3), g, far)).toThrow(RangeError);
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { strokeSphere } from '../../main/imaging/mask/brush';
import { applyFlips } from '../../main/imaging/mask/flips';
import { patientPoint, voxelCount } from '../../main/imaging/space/geometry';
import { convexHull, diametersOf } from '../../renderer/measure/diameters';
import { peakOf, statisticsOf } from '../../renderer/measure/statistics';
import { csvOf } from '../../renderer/measure/table';
import { straightGrid } from '../imaging/grids';

const geometry = straightGrid([60, 50, 20], [1, 1, 2]);

function ball(radius: number): Uint8Array {
  const mask = new Uint8Array(voxelCount(geometry));
  const centre = patientPoint(30, 25, 20);
  applyFlips(mask, strokeSphere(mask, geometry, centre, centre, radius, 1));
  return mask;
}

describe('diameters', () => {
  test('of a ball are its diameter, both ways, on its middle slice', () => {
    const found = diametersOf(ball(12), geometry);
    expect(found?.slice).toBe(10);
    expect(found?.longest).toBeGreaterThan(23.5);
    expect(found?.longest).toBeLessThan(25.5);
    expect(found?.perpendicular).toBeGreaterThan(22.5);
    expect(found?.perpendicular).toBeLessThanOrEqual(found?.longest ?? 0);
  });

  test('of a bar are its diagonal and less', () => {
    const mask = new Uint8Array(voxelCount(geometry));
    for (let j = 10; j < 14; j++) for (let i = 5; i < 35; i++) mask[i + 60 * (j + 50 * 3)] = 1;
    const found = diametersOf(mask, geometry);
    expect(found?.slice).toBe(3);
    expect(found?.longest).toBeGreaterThan(29);
    expect(found?.longest).toBeLessThan(Math.hypot(30, 4) + 1e-9);
    expect(found?.perpendicular).toBeLessThan(5);
  });

  test('of nothing are none', () => {
    expect(diametersOf(new Uint8Array(voxelCount(geometry)), geometry)).toBeNull();
  });

  test('the hull keeps the two points that are farthest apart', () => {
    const point = fc.tuple(fc.integer({ min: -50, max: 50 }), fc.integer({ min: -50, max: 50 }));
    const span = (points: readonly (readonly [number, number])[]): number =>
      Math.max(0, ...points.flatMap((a) => points.map((b) => Math.hypot(a[0] - b[0], a[1] - b[1]))));
    fc.assert(
      fc.property(fc.array(point, { minLength: 1, maxLength: 40 }), (points) => {
        expect(span(convexHull(points))).toBeCloseTo(span(points), 9);
      }),
    );
  });
});

describe('statistics', () => {
  test('are those of the voxels inside', () => {
    const voxels = Float32Array.of(5, 1, 2, 3, 100);
    const found = statisticsOf(voxels, Uint8Array.of(0, 1, 1, 1, 0));
    expect(found).toEqual({ mean: 2, deviation: Math.sqrt(2 / 3), min: 1, max: 3, median: 2 });
    expect(statisticsOf(voxels, new Uint8Array(5))).toBeNull();
  });

  test('SUVpeak of an even uptake is that uptake', () => {
    const voxels = new Float32Array(voxelCount(geometry)).fill(9);
    expect(peakOf(voxels, ball(8), geometry)).toBeCloseTo(9, 6);
  });

  test('SUVpeak lies between mean and maximum where one voxel stands out', () => {
    const voxels = new Float32Array(voxelCount(geometry)).fill(1);
    voxels[30 + 60 * (25 + 50 * 10)] = 50;
    const peak = peakOf(voxels, ball(8), geometry) ?? 0;
    expect(peak).toBeGreaterThan(1);
    expect(peak).toBeLessThan(5);
  });
});

test('the table quotes names and uses a point as decimal sign', () => {
  const csv = csvOf(
    [{ name: 'GTV, "left"', voxels: 3, millilitres: 0.5, diameters: null, statistics: null, peak: null }],
    'HU',
  );
  expect(csv.split('\r\n')[1]).toBe('"GTV, ""left""",3,0.5000,,,,,,,,,');
});

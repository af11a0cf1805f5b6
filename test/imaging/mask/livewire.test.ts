import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Livewire, type Pixel } from '../../../main/imaging/mask/livewire';
import { sectionOfValues } from '../../../main/imaging/mask/section-values';
import { patientPoint, patientVector, type VolumeGeometry } from '../../../main/imaging/space/geometry';

const size = 81;
const centre = 40;
const radius = 22;
/** A bright disc in noise. */
const disc = (noise: number): Float32Array => {
  let seed = 11;
  const random = (): number => (seed = (seed * 16807) % 2147483647) / 2147483647 - 0.5;
  return Float32Array.from({ length: size * size }, (_, p) => {
    const r = Math.hypot((p % size) - centre, Math.floor(p / size) - centre);
    return 100 * Math.min(1, Math.max(0, radius - r + 0.5)) + noise * random();
  });
};
const on = (degrees: number): Pixel => [
  Math.round(centre + radius * Math.cos((degrees * Math.PI) / 180)),
  Math.round(centre + radius * Math.sin((degrees * Math.PI) / 180)),
];
const joined = (way: readonly Pixel[]): boolean =>
  way.every(
    ([i, j], n) => n === 0 || Math.max(Math.abs(i - way[n - 1][0]), Math.abs(j - way[n - 1][1])) === 1,
  );

describe('livewire', () => {
  test('clings to the border of a disc in noise, where a straight line would cut off up to 11 pixels', () => {
    const wire = new Livewire(disc(40), size, size);
    for (let degrees = 0; degrees < 360; degrees += 90) {
      wire.begin(on(degrees));
      const way = wire.to(on(degrees + 90));
      expect(way[0]).toEqual(on(degrees));
      expect(way[way.length - 1]).toEqual(on(degrees + 90));
      for (const [i, j] of way) expect(Math.abs(Math.hypot(i - centre, j - centre) - radius)).toBeLessThan(2);
    }
  });

  test('is the cheapest of all ways: dearer over any pixel between, and the same either way round', () => {
    const wire = new Livewire(disc(20), size, size);
    wire.begin(on(10));
    const way = wire.to(on(100));
    // Any part of a cheapest way is a cheapest way itself.
    const [a, b] = [way[5], way[way.length - 6]];
    wire.begin(a);
    expect(wire.to(b)).toEqual(way.slice(5, -5));
  });

  test('any image: joined ways within the window, between any two places', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 200 }), { minLength: 12 * 9, maxLength: 12 * 9 }),
        fc.array(fc.tuple(fc.integer({ min: -3, max: 15 }), fc.integer({ min: -3, max: 12 })), {
          minLength: 2,
          maxLength: 5,
        }),
        (values, places) => {
          const wire = new Livewire(Float32Array.from(values), 12, 9);
          wire.begin(places[0]);
          for (const place of places.slice(1)) {
            const way = wire.to(place);
            expect(joined(way)).toBe(true);
            expect(new Set(way.map(String)).size).toBe(way.length);
            expect(way.every(([i, j]) => i >= 0 && j >= 0 && i < 12 && j < 9)).toBe(true);
            const last = way[way.length - 1];
            expect(last).toEqual([Math.min(11, Math.max(0, place[0])), Math.min(8, Math.max(0, place[1]))]);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  test('snaps to the edge near by, and stays where there is none', () => {
    const wire = new Livewire(disc(0), size, size);
    const [i, j] = wire.snapped([centre + radius - 3, centre], 4);
    expect(Math.abs(Math.hypot(i - centre, j - centre) - radius)).toBeLessThan(1.5);
    expect(wire.snapped([3, 3], 3)).toEqual([3, 3]);
  });

  test('no contrast at all gives the straight way', () => {
    const wire = new Livewire(new Float32Array(20 * 20), 20, 20);
    wire.begin([2, 5]);
    expect(wire.to([12, 5]).length).toBe(11);
  });
});

test('the image on an oblique plane is trilinear', () => {
  const geometry: VolumeGeometry = {
    origin: patientPoint(5, -3, 10),
    axes: [patientVector(0, 1, 0), patientVector(-1, 0, 0), patientVector(0, 0, 1)],
    spacing: [1, 2, 3],
    size: [6, 7, 8],
  };
  // A linear field is given back exactly by linear interpolation, wherever the plane lies.
  const field = (x: number, y: number, z: number): number => 2 * x - 3 * y + 5 * z;
  const voxels = new Float32Array(6 * 7 * 8);
  for (let k = 0, v = 0; k < 8; k++)
    for (let j = 0; j < 7; j++)
      for (let i = 0; i < 6; i++, v++) voxels[v] = field(5 - 2 * j, -3 + i, 10 + 3 * k);
  const s = Math.SQRT1_2;
  const plane = {
    origin: patientPoint(0, -1, 15),
    u: patientVector(s, s, 0),
    v: patientVector(0, 0, 1),
    size: [3, 3] as const,
    spacing: [0.7, 1.1] as const,
  };
  const values = sectionOfValues(voxels, geometry, plane);
  for (let y = 0, n = 0; y < 3; y++)
    for (let x = 0; x < 3; x++, n++)
      expect(values[n]).toBeCloseTo(field(0.7 * x * s, -1 + 0.7 * x * s, 15 + 1.1 * y), 3);
});

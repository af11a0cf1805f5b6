import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { distanceTo } from '../../../models/metrics/distance';
import {
  averageSurfaceDistance,
  compareMasks,
  pairedDifference,
  summarise,
  surfacePair,
  type SurfacePair,
} from '../../../models/metrics';

const SIZE = [7, 6, 5] as const;
const COUNT = SIZE[0] * SIZE[1] * SIZE[2];
const mask = fc
  .array(fc.integer({ min: 0, max: 1 }), { minLength: COUNT, maxLength: COUNT })
  .map((a) => Uint8Array.from(a));
const spacing = fc.tuple(
  fc.double({ min: 0.3, max: 5, noNaN: true }),
  fc.double({ min: 0.3, max: 5, noNaN: true }),
  fc.double({ min: 0.3, max: 5, noNaN: true }),
);

describe('distance', () => {
  it('is the smallest of all distances', () => {
    fc.assert(
      fc.property(mask, spacing, (m, mm) => {
        const found = distanceTo(m, { size: SIZE, spacing: mm });
        const at = (v: number) => [
          (v % SIZE[0]) * mm[0],
          (Math.floor(v / SIZE[0]) % SIZE[1]) * mm[1],
          Math.floor(v / SIZE[0] / SIZE[1]) * mm[2],
        ];
        const inside = Array.from(m.keys())
          .filter((v) => m[v])
          .map(at);
        for (let v = 0; v < COUNT; v++) {
          const p = at(v);
          const best = Math.min(...inside.map((q) => Math.hypot(q[0] - p[0], q[1] - p[1], q[2] - p[2])));
          if (inside.length === 0) expect(found[v]).toBe(Infinity);
          else expect(found[v]).toBeCloseTo(best, 9);
        }
      }),
      { numRuns: 30 },
    );
  });
});

describe('agreement', () => {
  it('is symmetric where it should be, full with itself, and moves with the millimetre', () => {
    fc.assert(
      fc.property(mask, mask, spacing, (a, b, mm) => {
        const grid = { size: SIZE, spacing: mm };
        const options = { tolerance: 1.5, boundaryWidth: 2 };
        const ab = compareMasks(a, b, grid, options);
        const ba = compareMasks(b, a, grid, options);
        expect(ab.dsc).toBe(ba.dsc);
        expect(ab.hd95).toBe(ba.hd95);
        expect(ab.surfaceDsc).toBeCloseTo(ba.surfaceDsc, 12);
        expect(ab.boundaryIou).toBe(ba.boundaryIou);
        expect(ab.sensitivity).toBe(ba.precision);
        const self = compareMasks(a, a, grid, options);
        expect([self.dsc, self.hd95, self.surfaceDsc, self.boundaryIou, self.addedPathLength]).toEqual([
          1, 0, 1, 1, 0,
        ]);
        const doubled = compareMasks(
          a,
          b,
          { size: SIZE, spacing: [2 * mm[0], 2 * mm[1], 2 * mm[2]] },
          { tolerance: 3, boundaryWidth: 4 },
        );
        if (ab.hd95 !== null) expect(doubled.hd95).toBeCloseTo(2 * ab.hd95, 9);
        expect(doubled.boundaryIou).toBeCloseTo(ab.boundaryIou, 12);
      }),
      { numRuns: 60 },
    );
  });

  it('has an answer for empty masks', () => {
    const grid = { size: [4, 4, 2], spacing: [1, 1, 1] } as const;
    const empty = new Uint8Array(32);
    const one = empty.slice();
    one[5] = 1;
    const both = compareMasks(empty, empty, grid);
    expect([both.dsc, both.hd95, both.surfaceDsc, both.boundaryIou]).toEqual([1, 0, 1, 1]);
    expect([both.sensitivity, both.precision]).toEqual([null, null]);
    const missed = compareMasks(empty, one, grid);
    expect([missed.dsc, missed.hd95, missed.surfaceDsc, missed.boundaryIou]).toEqual([0, null, 0, 0]);
    expect([missed.sensitivity, missed.precision]).toEqual([0, null]);
    expect(missed.addedPathLength).toBe(1);
    expect(compareMasks(one, empty, grid).sensitivity).toBeNull();
  });

  it('takes a lesion of one slice in a volume as one slice thick, not as flat', () => {
    const grid = { size: [12, 12, 6], spacing: [1, 1, 1] } as const;
    const plate = new Uint8Array(864);
    for (let j = 2; j < 10; j++) plate.fill(1, 3 * 144 + j * 12 + 2, 3 * 144 + j * 12 + 10);
    const one = new Uint8Array(864);
    one.fill(1, 3 * 144 + 5 * 12 + 5, 3 * 144 + 5 * 12 + 6);
    // Every voxel of a plate is surface in space; in the plane only its rim would be.
    expect(compareMasks(plate, one, grid).averageSurfaceDistance).toBeCloseTo(
      averageSurfaceDistance(surfacePair(plate, one, grid) as SurfacePair),
      12,
    );
    expect(surfacePair(plate, one, grid)?.predictionToTruth).toHaveLength(64);
  });

  it('refuses masks of other grids', () => {
    const grid = { size: [2, 2, 1], spacing: [1, 1, 1] } as const;
    expect(() => compareMasks(new Uint8Array(4), new Uint8Array(5), grid)).toThrow(/grid/);
    expect(() => compareMasks(new Uint8Array(5), new Uint8Array(5), grid)).toThrow(/grid/);
  });
});

describe('summary', () => {
  it('counts what is undefined', () => {
    expect(summarise([1, null, 3, Infinity])).toMatchObject({
      count: 2,
      undefinedCount: 2,
      mean: 2,
      median: 2,
    });
    expect(summarise([null])).toBeNull();
  });

  it('finds a real difference and no difference', () => {
    const up = pairedDifference([2, 3, 4, 5, 6], [1, 2, 3, 4, 5], Math.random);
    expect(up.mean).toBe(1);
    expect(up.p).toBeCloseTo(2 / 32, 12);
    expect(pairedDifference([1, 2], [1, 2], Math.random).p).toBe(1);
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { combineMasks } from '../../../main/imaging/mask/combine';
import { copySlice } from '../../../main/imaging/mask/copy-slice';
import { squaredDistanceTo } from '../../../main/imaging/mask/distance';
import { fillHoles } from '../../../main/imaging/mask/fill-holes';
import { fillPolygon } from '../../../main/imaging/mask/fill-polygon';
import { applyFlips, type Flips } from '../../../main/imaging/mask/flips';
import { growMask } from '../../../main/imaging/mask/grow';
import { interpolateSlices } from '../../../main/imaging/mask/interpolate';
import {
  islandSizes,
  keepIslandsAt,
  keepLargestIsland,
  removeSmallIslands,
} from '../../../main/imaging/mask/islands';
import { smoothMask } from '../../../main/imaging/mask/smooth';
import { connectedThreshold, maximumInBall } from '../../../main/imaging/mask/threshold';
import { toPatient, voxelCount, voxelIndex, type VolumeGeometry } from '../../../main/imaging/space/geometry';
import { anyMask, obliqueGrid, straightGrid } from '../grids';

const after = (mask: Uint8Array, flips: Flips): Uint8Array => {
  const changed = mask.slice();
  applyFlips(changed, flips);
  return changed;
};
const count = (mask: Uint8Array): number => mask.reduce((n, x) => n + x, 0);

/** A mask that holds the voxels for which a rule of their indices is true. */
const drawn = (g: VolumeGeometry, rule: (i: number, j: number, k: number) => boolean): Uint8Array =>
  new Uint8Array(voxelCount(g)).map((_, v) => {
    const [nx, ny] = g.size;
    return rule(v % nx, Math.floor(v / nx) % ny, Math.floor(v / (nx * ny))) ? 1 : 0;
  });
const ball = (g: VolumeGeometry, centre: readonly [number, number, number], mm: number): Uint8Array =>
  drawn(g, (i, j, k) => {
    const d = [i, j, k].map((x, axis) => (x - centre[axis]) * g.spacing[axis]);
    return Math.hypot(...d) <= mm;
  });

/** Distance by trying every pair of voxels. */
function slowDistance(mask: Uint8Array, value: number, g: VolumeGeometry): Float64Array {
  const points = Array.from(mask, (_, v) => {
    const [nx, ny] = g.size;
    return [v % nx, Math.floor(v / nx) % ny, Math.floor(v / (nx * ny))].map((x, axis) => x * g.spacing[axis]);
  });
  return Float64Array.from(points, (p) => {
    let best = Infinity;
    points.forEach((q, w) => {
      if (mask[w] === value)
        best = Math.min(best, (p[0] - q[0]) ** 2 + (p[1] - q[1]) ** 2 + (p[2] - q[2]) ** 2);
    });
    return best;
  });
}

describe('distance, growing and shrinking', () => {
  test('the distance transform equals trying every pair', () => {
    fc.assert(
      fc.property(anyMask, fc.constantFrom<0 | 1>(0, 1), ({ geometry: g, mask }, value) => {
        const fast = squaredDistanceTo(mask, value, g.size, g.spacing);
        slowDistance(mask, value, g).forEach((d, v) =>
          d === Infinity ? expect(fast[v]).toBe(Infinity) : expect(fast[v]).toBeCloseTo(d, 6),
        );
      }),
      { numRuns: 60 },
    );
  });

  test('growing takes every centre within the distance, shrinking gives them back', () => {
    fc.assert(
      fc.property(anyMask, fc.double({ min: -6, max: 6, noNaN: true }), ({ geometry: g, mask }, mm) => {
        const result = after(mask, growMask(mask, g, mm));
        const distance = slowDistance(mask, mm > 0 ? 1 : 0, g);
        for (let v = 0; v < mask.length; v++) {
          if (mm !== 0 && Math.abs(Math.sqrt(distance[v]) - Math.abs(mm)) < 1e-6) continue;
          const near = mm !== 0 && distance[v] < mm * mm;
          expect(result[v]).toBe(near ? (mm > 0 ? 1 : 0) : mask[v]);
        }
      }),
      { numRuns: 60 },
    );
  });

  test('a ball of 10 mm grown by 5 mm is one of 15 mm, in every direction of the patient', () => {
    const g = obliqueGrid([50, 50, 18], [0.8, 0.8, 2.5]);
    const grown = after(ball(g, [25, 25, 9], 10), growMask(ball(g, [25, 25, 9], 10), g, 5));
    const expected = ball(g, [25, 25, 9], 15);
    const different = grown.reduce((n, x, v) => n + (x === expected[v] ? 0 : 1), 0);
    expect(different / count(expected)).toBeLessThan(0.06);
    expect(grown.every((x, v) => x <= expected[v])).toBe(true);
  });

  test('shrinking does not retreat from the edge of the scan', () => {
    const g = straightGrid([6, 6, 6]);
    const all = new Uint8Array(216).fill(1);
    expect(growMask(all, g, -2)).toHaveLength(0);
  });
});

describe('filling', () => {
  test('fills what is enclosed and nothing else, in space and in planes', () => {
    const g = straightGrid([9, 9, 5]);
    const shell = drawn(g, (i, j, k) => {
      const at = [i, j, k].map((x, axis) => Math.abs(x - [4, 4, 2][axis]));
      return Math.max(...at) === 2;
    });
    const solid = drawn(g, (i, j, k) => Math.max(Math.abs(i - 4), Math.abs(j - 4), Math.abs(k - 2)) <= 2);
    expect(after(shell, fillHoles(shell, g, null))).toEqual(solid);
    const tube = drawn(g, (i, j) => Math.max(Math.abs(i - 4), Math.abs(j - 4)) === 2);
    expect(fillHoles(tube, g, null)).toHaveLength(0);
    expect(after(tube, fillHoles(tube, g, 2))).toEqual(
      drawn(g, (i, j) => Math.max(Math.abs(i - 4), Math.abs(j - 4)) <= 2),
    );
    expect(count(after(tube, fillHoles(tube, g, 2, 3))) - count(tube)).toBe(9);
    expect(fillHoles(tube, g, 0)).toHaveLength(0);
  });

  test('a ring open only at a corner is open', () => {
    const g = straightGrid([5, 5, 1]);
    const ring = drawn(
      g,
      (i, j) => Math.max(Math.abs(i - 2), Math.abs(j - 2)) === 1 && !(i === 1 && j === 1),
    );
    expect(fillHoles(ring, g, 2)).toHaveLength(0);
  });

  test('a polygon takes the centres inside, on any plane', () => {
    const g = straightGrid([20, 20, 20], [1, 1, 2]);
    for (const axis of [0, 1, 2] as const) {
      const corners = [
        [3.5, 4.5],
        [9.5, 4.5],
        [9.5, 7.5],
        [3.5, 7.5],
      ].map(([a, b]) => {
        const at: [number, number, number] =
          axis === 2 ? [a, b, 6.2] : axis === 1 ? [a, 6.2, b] : [6.2, a, b];
        return toPatient(g, voxelIndex(...at));
      });
      const empty = new Uint8Array(voxelCount(g));
      const filled = after(empty, fillPolygon(empty, g, corners, g.axes[axis], 1));
      expect(count(filled)).toBe(18);
      expect(count(after(filled, fillPolygon(filled, g, corners, g.axes[axis], 0)))).toBe(0);
    }
    const oblique = obliqueGrid([1, 1, 1]).axes;
    const centre = toPatient(g, voxelIndex(10, 10, 10));
    const circle = Array.from({ length: 120 }, (_, n) => {
      const [c, s] = [7 * Math.cos((n * Math.PI) / 60), 7 * Math.sin((n * Math.PI) / 60)];
      return centre.map((x, axis) => x + c * oblique[0][axis] + s * oblique[1][axis]) as never;
    });
    const empty = new Uint8Array(voxelCount(g));
    const tilted = after(empty, fillPolygon(empty, g, circle, oblique[2], 1));
    // One voxel a line along k: the disc's area seen along k, in voxels of 1 mm².
    expect(count(tilted) / (Math.PI * 49 * Math.abs(oblique[2][2]))).toBeCloseTo(1, 1);
  });
});

describe('islands', () => {
  const g = straightGrid([12, 12, 6], [1, 1, 1]);
  const mask = drawn(
    g,
    (i, j, k) => (i < 4 && j < 4 && k < 4) || (i === 8 && j === 8) || (i === 4 && j === 4 && k === 4),
  );

  test('are joined through faces alone', () => {
    expect(islandSizes(mask, g)).toEqual([64, 6, 1]);
  });

  test('the largest is kept, small ones go by volume, and chosen ones stay', () => {
    expect(islandSizes(after(mask, keepLargestIsland(mask, g)), g)).toEqual([64]);
    expect(islandSizes(after(mask, removeSmallIslands(mask, g, 0.006)), g)).toEqual([64, 6]);
    expect(islandSizes(after(mask, removeSmallIslands(mask, g, 0.0061)), g)).toEqual([64]);
    const inColumn = (0 * 12 + 8) * 12 + 8;
    expect(islandSizes(after(mask, keepIslandsAt(mask, g, [inColumn])), g)).toEqual([6]);
    expect(islandSizes(after(mask, keepIslandsAt(mask, g, [1])), g)).toEqual([64]);
  });
});

describe('smoothing', () => {
  const g = obliqueGrid([40, 40, 20], [1, 1, 2]);

  test('takes spikes away and leaves a ball as large as it was', () => {
    const round = ball(g, [20, 20, 10], 12);
    const spiky = round.slice();
    spiky[(10 * 40 + 20) * 40 + 36] = 1;
    const smooth = after(spiky, smoothMask(spiky, g, 1.5));
    expect(smooth[(10 * 40 + 20) * 40 + 36]).toBe(0);
    expect(count(smooth) / count(round)).toBeCloseTo(1, 1);
  });

  test('leaves straight borders where they are, also at the edge of the scan', () => {
    const half = drawn(g, (i) => i < 17);
    expect(smoothMask(half, g, 2)).toHaveLength(0);
  });
});

describe('interpolation between drawn slices', () => {
  const g = straightGrid([40, 40, 9], [1, 1, 3]);

  test('of a cone gives the cone, and never changes what was drawn', () => {
    const cone = drawn(g, (i, j, k) => k >= 1 && k <= 7 && Math.hypot(i - 20, j - 20) <= 4 + 1.5 * k);
    const given = drawn(g, (i, j, k) => [1, 4, 7].includes(k) && cone[(k * 40 + j) * 40 + i] === 1);
    const result = after(given, interpolateSlices(given, g, 2));
    const different = result.reduce((n, x, v) => n + (x === cone[v] ? 0 : 1), 0);
    expect(different / count(cone)).toBeLessThan(0.02);
    for (const k of [0, 1, 4, 7, 8])
      expect(result.subarray(k * 1600, (k + 1) * 1600)).toEqual(given.subarray(k * 1600, (k + 1) * 1600));
  });

  test('carries a shape that moves farther than its size', () => {
    const given = drawn(
      g,
      (i, j, k) =>
        (k === 0 && Math.hypot(i - 8, j - 20) <= 4) || (k === 8 && Math.hypot(i - 30, j - 20) <= 4),
    );
    const result = after(given, interpolateSlices(given, g, 2));
    const middle = drawn(g, (i, j, k) => k === 4 && Math.hypot(i - 19, j - 20) <= 4);
    expect(result.subarray(4 * 1600, 5 * 1600)).toEqual(middle.subarray(4 * 1600, 5 * 1600));
  });

  test('redoes what lies between drawn slices, and ends at an empty one', () => {
    const wrong = drawn(
      g,
      (i, j, k) => ([0, 4].includes(k) && i > 9 && i < 20 && j > 9 && j < 20) || (k === 2 && i === 0),
    );
    const redone = after(wrong, interpolateSlices(wrong, g, 2, [0, 4, 8]));
    expect(redone.subarray(2 * 1600, 3 * 1600)).toEqual(redone.subarray(0, 1600));
    expect(redone.subarray(5 * 1600).includes(1)).toBe(false);
  });

  test('works along the other axes, too', () => {
    const bar = drawn(g, (i, j, k) => i > 9 && i < 20 && j > 4 && j < 30 && k > 2 && k < 6);
    const ends = drawn(g, (i, j, k) => (j === 5 || j === 29) && bar[(k * 40 + j) * 40 + i] === 1);
    expect(after(ends, interpolateSlices(ends, g, 1))).toEqual(bar);
  });
});

describe('thresholds', () => {
  const g = straightGrid([20, 20, 10], [1, 1, 2]);
  const voxels = Float32Array.from({ length: 4000 }, (_, v) => (v % 20 < 8 ? 10 : v % 20 === 12 ? 10 : 1));
  const seed = toPatient(g, voxelIndex(5, 10, 5));
  const within = { centre: seed, radiusMm: 9 };

  test('take what hangs together with the seed inside the ball', () => {
    const empty = new Uint8Array(4000);
    const found = after(empty, connectedThreshold(empty, voxels, g, seed, { low: 5, high: 20 }, within));
    const expected = drawn(g, (i, j, k) => i < 8 && Math.hypot(i - 5, j - 10, (k - 5) * 2) <= 9);
    expect(found).toEqual(expected);
    expect(connectedThreshold(empty, voxels, g, seed, { low: 11, high: 20 }, within)).toHaveLength(0);
  });

  test('find the maximum in the ball alone', () => {
    const hot = voxels.slice();
    hot[0] = 99;
    expect(maximumInBall(hot, g, within)).toBe(10);
    expect(maximumInBall(hot, g, { centre: toPatient(g, voxelIndex(0, 0, 0)), radiusMm: 1 })).toBe(99);
    expect(maximumInBall(hot, g, { centre: toPatient(g, voxelIndex(90, 0, 0)), radiusMm: 1 })).toBeNull();
  });
});

test('set operations are those of sets, and slices copy', () => {
  fc.assert(
    fc.property(anyMask, fc.infiniteStream(fc.constantFrom<0 | 1>(0, 1)), ({ geometry: g, mask }, stream) => {
      const other = Uint8Array.from(mask, () => stream.next().value as number);
      const expected = {
        union: mask.map((x, v) => x | other[v]),
        subtract: mask.map((x, v) => x & (1 - other[v])),
        intersect: mask.map((x, v) => x & other[v]),
        difference: mask.map((x, v) => x ^ other[v]),
      };
      for (const how of ['union', 'subtract', 'intersect', 'difference'] as const)
        expect(after(mask, combineMasks(mask, other, how))).toEqual(expected[how]);
      const [nx, ny, nz] = g.size;
      const copied = after(mask, copySlice(mask, g, 2, 0, nz - 1));
      expect(copied.subarray((nz - 1) * nx * ny)).toEqual(mask.subarray(0, nx * ny));
      const kept = after(mask, copySlice(mask, g, 0, 0, nx - 1, true));
      expect(count(kept)).toBeGreaterThanOrEqual(count(mask));
      expect(() => copySlice(mask, g, 1, 0, ny)).toThrow(RangeError);
    }),
    { numRuns: 50 },
  );
});

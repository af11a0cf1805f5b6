import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { strokeDisc, strokeSphere } from '../../../main/imaging/mask/brush';
import { applyFlips, flippedVoxels } from '../../../main/imaging/mask/flips';
import { toPatient, voxelCount, voxelIndex, type PatientPoint } from '../../../main/imaging/space/geometry';
import { obliqueGrid, straightGrid } from '../grids';

const grid = obliqueGrid([24, 20, 8]);
const empty = (): Uint8Array => new Uint8Array(voxelCount(grid));
const anyPoint = fc
  .tuple(
    fc.double({ min: -3, max: 26, noNaN: true }),
    fc.double({ min: -3, max: 22, noNaN: true }),
    fc.double({ min: -2, max: 9, noNaN: true }),
  )
  .map(([i, j, k]) => toPatient(grid, voxelIndex(i, j, k)));

/** Distance of a point from a line segment, found by halving the segment towards the nearer end. */
function distance(p: PatientPoint, a: PatientPoint, b: PatientPoint): number {
  const at = (t: number): number => Math.hypot(...p.map((x, axis) => x - a[axis] - t * (b[axis] - a[axis])));
  let [low, high] = [0, 1];
  while (high - low > 1e-4) {
    const third = (high - low) / 3;
    if (at(low + third) < at(high - third)) high -= third;
    else low += third;
  }
  return at((low + high) / 2);
}

describe('the ball', () => {
  test('takes exactly the centres within its radius of the stroke', () => {
    fc.assert(
      fc.property(anyPoint, anyPoint, fc.double({ min: 1.5, max: 8, noNaN: true }), (a, b, radius) => {
        const mask = empty();
        applyFlips(mask, strokeSphere(mask, grid, a, b, radius, 1));
        for (let k = 0, v = 0; k < grid.size[2]; k++)
          for (let j = 0; j < grid.size[1]; j++)
            for (let i = 0; i < grid.size[0]; i++, v++) {
              const d = distance(toPatient(grid, voxelIndex(i, j, k)), a, b);
              if (d < radius - 0.02) expect(mask[v]).toBe(1);
              if (d > radius + 0.02) expect(mask[v]).toBe(0);
            }
      }),
      { numRuns: 15 },
    );
  });

  test('has the volume of a ball', () => {
    const g = straightGrid([61, 61, 31], [1, 1, 2], [-30, -30, -30]);
    const centre = toPatient(g, voxelIndex(30, 30, 15));
    const n = flippedVoxels(strokeSphere(new Uint8Array(voxelCount(g)), g, centre, centre, 25, 1));
    expect((n * 2) / ((4 / 3) * Math.PI * 25 ** 3)).toBeCloseTo(1, 2);
  });
});

describe('the disc', () => {
  test('paints one layer, whichever axis it is normal to', () => {
    for (const axis of [0, 1, 2]) {
      const mask = empty();
      const at = toPatient(grid, voxelIndex(11.2, 9.4, 3.8));
      applyFlips(mask, strokeDisc(mask, grid, at, at, 6, grid.axes[axis], 1));
      const layers = new Set<number>();
      for (let v = 0; v < mask.length; v++)
        if (mask[v] === 1) layers.add([v % 24, Math.floor(v / 24) % 20, Math.floor(v / 480)][axis]);
      expect([...layers]).toEqual([[11], [9], [4]][axis]);
    }
  });

  test('leaves no gap between samples, however fast the stroke and small the brush', () => {
    fc.assert(
      fc.property(anyPoint, anyPoint, fc.double({ min: 0.01, max: 2, noNaN: true }), (a, b, radius) => {
        const mask = empty();
        const flips = strokeSphere(mask, grid, a, b, radius, 1);
        applyFlips(mask, flips);
        for (let step = 0; step <= 50; step++) {
          const t = step / 50;
          const p = a.map((x, axis) => x + t * (b[axis] - x)) as unknown as PatientPoint;
          const d = p.map((x, axis) => x - grid.origin[axis]);
          const [i, j, k] = grid.axes.map((u, axis) =>
            Math.round((d[0] * u[0] + d[1] * u[1] + d[2] * u[2]) / grid.spacing[axis]),
          );
          if (i < 0 || j < 0 || k < 0 || i >= 24 || j >= 20 || k >= 8) continue;
          let near = 0;
          for (let dk = -1; dk <= 1; dk++)
            for (let dj = -1; dj <= 1; dj++)
              for (let di = -1; di <= 1; di++) near |= mask[((k + dk) * 20 + j + dj) * 24 + i + di] ?? 0;
          expect(near).toBe(1);
        }
      }),
      { numRuns: 60 },
    );
  });

  test('works on a plane that no axis of the grid is parallel to, one voxel a line', () => {
    const g = straightGrid([21, 21, 21]);
    const centre = toPatient(g, voxelIndex(10, 10, 10));
    const mask = new Uint8Array(voxelCount(g));
    const normal = obliqueGrid([1, 1, 1]).axes[2];
    applyFlips(mask, strokeDisc(mask, g, centre, centre, 7, normal, 1));
    const columns = new Map<number, number>();
    for (let v = 0; v < mask.length; v++)
      if (mask[v] === 1) columns.set(v % 441, (columns.get(v % 441) ?? 0) + 1);
    expect(columns.size).toBeGreaterThan(100);
    expect(Math.max(...columns.values())).toBe(1);
  });

  test('erases what it painted, and asks before each voxel', () => {
    const mask = empty();
    const a = toPatient(grid, voxelIndex(3, 3, 2));
    const b = toPatient(grid, voxelIndex(18, 15, 2));
    applyFlips(
      mask,
      strokeDisc(mask, grid, a, b, 4, grid.axes[2], 1, (v) => v % 2 === 0),
    );
    expect(mask.some((x, v) => x === 1 && v % 2 === 1)).toBe(false);
    expect(mask.includes(1)).toBe(true);
    applyFlips(mask, strokeDisc(mask, grid, a, b, 4, grid.axes[2], 0));
    expect(mask.includes(1)).toBe(false);
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Contour } from '../../../main/imaging/mask/contour';
import { contoursOfMask } from '../../../main/imaging/mask/contours-of-mask';
import { maskOfContours } from '../../../main/imaging/mask/mask-of-contours';
import {
  toPatient,
  toVoxel,
  voxelCount,
  voxelIndex,
  patientPoint,
} from '../../../main/imaging/space/geometry';
import { anyMask, obliqueGrid, straightGrid } from '../grids';

const options = fc.record({
  style: fc.constantFrom('sub-voxel', 'voxel-exact'),
  keyholes: fc.boolean(),
});

const grid = straightGrid([8, 8, 6], [1, 1, 2]);
const square = (level: number, across: 0 | 1 | 2 = 2, low = 1.5, high = 4.5): Contour => {
  const corners = [
    [low, low],
    [high, low],
    [high, high],
    [low, high],
  ].map(([a, b]) =>
    across === 2 ? voxelIndex(a, b, level) : across === 1 ? voxelIndex(a, level, b) : voxelIndex(level, a, b),
  );
  return {
    type: 'CLOSED_PLANAR',
    points: Float64Array.from(corners.flatMap((index) => [...toPatient(grid, index)])),
  };
};
const slicesOf = (mask: Uint8Array): number[] => {
  const slices = new Set<number>();
  mask.forEach((x, v) => x === 1 && slices.add(Math.floor(v / 64)));
  return [...slices];
};

describe('round trip in patient space', () => {
  test('is exact for every mask on every grid, in every style', () => {
    fc.assert(
      fc.property(anyMask, options, ({ geometry, mask }, style) => {
        const contours = contoursOfMask(mask, geometry, style);
        const back = maskOfContours(contours, geometry);
        expect(back.mask).toEqual(mask);
        // A mask with empty slices may look like a set of contours at a wider distance; that is worth the remark.
        expect(back.remarks.filter((r) => !r.includes('stay empty'))).toEqual([]);
      }),
      { numRuns: 400 },
    );
  });

  test('survives decimals of a file', () => {
    fc.assert(
      fc.property(anyMask, options, ({ geometry, mask }, style) => {
        const contours = contoursOfMask(mask, geometry, style).map((c) => ({
          ...c,
          points: c.points.map((x) => Number(x.toPrecision(10))),
        }));
        expect(maskOfContours(contours, geometry).mask).toEqual(mask);
      }),
    );
  });

  test('contours lie in the planes of voxel centres', () => {
    const geometry = obliqueGrid([9, 9, 4]);
    const mask = new Uint8Array(voxelCount(geometry)).fill(1);
    for (const contour of contoursOfMask(mask, geometry))
      for (let p = 0; p < contour.points.length; p += 3) {
        const [x, y, z] = contour.points.subarray(p, p + 3);
        expect(toVoxel(geometry, patientPoint(x, y, z))[2]).toBeCloseTo(contour.slice, 9);
      }
  });
});

describe('contours of others', () => {
  test('a contour within a contour is a hole, whichever way they turn', () => {
    const inner = square(2, 2, 2.5, 3.5);
    const reversed: Contour = { ...inner, points: inner.points.slice() };
    for (let p = 0; p < 4; p++) reversed.points.set(inner.points.subarray(p * 3, p * 3 + 3), (3 - p) * 3);
    const expected = maskOfContours([square(2), inner], grid).mask;
    expect(expected.reduce((n, x) => n + x, 0)).toBe(8);
    expect(maskOfContours([square(2), reversed], grid).mask).toEqual(expected);
  });

  test('a plane between slices belongs to the slice in whose slab it lies', () => {
    expect(slicesOf(maskOfContours([square(2.4)], grid).mask)).toEqual([2]);
    expect(slicesOf(maskOfContours([square(2.5)], grid).mask)).toEqual([3]);
    expect(slicesOf(maskOfContours([square(-0.5)], grid).mask)).toEqual([0]);
    expect(maskOfContours([square(5.5)], grid)).toMatchObject({ remarks: ['1 contour outside the scan.'] });
  });

  test('several planes in one slab are never combined: the nearest is taken, the others are listed', () => {
    const { mask, remarks } = maskOfContours([square(2.3), square(2), square(1.8, 2, 0.5, 6.5)], grid);
    expect(mask).toEqual(maskOfContours([square(2)], grid).mask);
    expect(remarks).toEqual([
      '2 contours between slices that have contours nearer to their centres, left out.',
    ]);
  });

  test('slices between contoured slices stay empty, with a warning, unless the nearest is asked for', () => {
    const every = [square(0), square(2), square(4)];
    const plain = maskOfContours(every, grid);
    expect(slicesOf(plain.mask)).toEqual([0, 2, 4]);
    expect(plain.remarks[0]).toMatch(/4\.0 mm apart on slices 2\.0 mm apart/);
    expect(slicesOf(maskOfContours(every, grid, { between: 'nearest' }).mask)).toEqual([0, 1, 2, 3, 4]);
  });

  test('sagittal and coronal sets fill what axial ones do', () => {
    const block = maskOfContours(
      [2, 3, 4].map((k) => square(k)),
      grid,
    ).mask;
    for (const across of [0, 1] as const) {
      const levels = [2, 3, 4];
      const { mask, remarks } = maskOfContours(
        levels.map((n) => square(n, across)),
        grid,
      );
      expect(mask).toEqual(block);
      expect(remarks).toEqual([]);
    }
  });

  test('sets on planes oblique to the slices fill a ball as large as axial ones do', () => {
    const g = straightGrid([40, 40, 30], [1, 1, 1.5], [-20, -20, -22]);
    const radius = 14;
    const planes = obliqueGrid([1, 1, 1]).axes;
    const contours: Contour[] = [];
    for (let level = -13; level <= 13; level += 1) {
      const r = Math.sqrt(radius ** 2 - level ** 2);
      const points: number[] = [];
      for (let n = 0; n < 90; n++) {
        const [c, s] = [r * Math.cos((n * Math.PI) / 45), r * Math.sin((n * Math.PI) / 45)];
        for (let x = 0; x < 3; x++) points.push(planes[0][x] * c + planes[1][x] * s + planes[2][x] * level);
      }
      contours.push({ type: 'CLOSED_PLANAR', points: Float64Array.from(points) });
    }
    const { mask, remarks } = maskOfContours(contours, g);
    const ml = (mask.reduce((n, x) => n + x, 0) * 1.5) / ((4 / 3) * Math.PI * radius ** 3);
    expect(ml).toBeGreaterThan(0.97);
    expect(ml).toBeLessThan(1.03);
    expect(remarks[0]).toMatch(/not parallel to the slices/);
  });

  test('points, open, tiny, distant and warped contours are counted and leave no voxel', () => {
    const warped = square(2);
    warped.points[2] += 9;
    const contours: Contour[] = [
      { type: 'POINT', points: Float64Array.of(1, 1, 1) },
      { ...square(2), type: 'OPEN_PLANAR' },
      square(2, 2, 1.1, 1.4),
      square(2, 2, 20, 30),
      warped,
    ];
    const { mask, remarks } = maskOfContours(contours, grid);
    expect(mask.includes(1)).toBe(false);
    expect(remarks.join(' ')).toMatch(/points.*open.*not flat.*too small.*outside|outside.*too small/);
    expect(remarks).toHaveLength(5);
  });
});

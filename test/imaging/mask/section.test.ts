import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { contoursOfMask } from '../../../main/imaging/mask/contours-of-mask';
import { sectionOfMask } from '../../../main/imaging/mask/section';
import {
  patientVector,
  toPatient,
  toVoxel,
  patientPoint,
  voxelCount,
  voxelIndex,
} from '../../../main/imaging/space/geometry';
import { anyMask, obliqueGrid, straightGrid } from '../grids';

describe('sections', () => {
  test('through a slice are the contours of that slice', () => {
    fc.assert(
      fc.property(anyMask, ({ geometry, mask }) => {
        for (let k = 0; k < geometry.size[2]; k++) {
          const outlines = sectionOfMask(mask, geometry, {
            origin: toPatient(geometry, voxelIndex(0, 0, k)),
            u: geometry.axes[0],
            v: geometry.axes[1],
            size: [geometry.size[0], geometry.size[1]],
            spacing: [geometry.spacing[0], geometry.spacing[1]],
          });
          const expected = contoursOfMask(mask, geometry).filter((c) => c.slice === k);
          expect(outlines.map((o) => o.hole)).toEqual(expected.map((c) => c.hole));
          outlines.forEach((o, n) =>
            o.points.forEach((x, p) => expect(x).toBeCloseTo(expected[n].points[p], 6)),
          );
        }
      }),
      { numRuns: 50 },
    );
  });

  test('across the slices lie in the plane asked for, and enclose the voxels there', () => {
    const g = obliqueGrid([12, 10, 6]);
    const mask = new Uint8Array(voxelCount(g));
    for (let k = 1; k < 5; k++) for (let j = 3; j < 8; j++) mask[(k * 10 + j) * 12 + 7] = 1;
    const [outline, ...more] = sectionOfMask(mask, g, {
      origin: toPatient(g, voxelIndex(7.3, 0, 0)),
      u: g.axes[1],
      v: g.axes[2],
      size: [10, 6],
      spacing: [1, 1],
    });
    expect(more).toEqual([]);
    for (let p = 0; p < outline.points.length; p += 3) {
      const [x, y, z] = outline.points.subarray(p, p + 3);
      const index = toVoxel(g, patientPoint(x, y, z));
      expect(index[0]).toBeCloseTo(7.3, 9);
      expect(index[1]).toBeGreaterThan(2.4);
      expect(index[1]).toBeLessThan(7.6);
      expect(index[2]).toBeGreaterThan(0.4);
      expect(index[2]).toBeLessThan(4.6);
    }
  });

  test('of an oblique grid by the patient’s axes show a ball as a disc', () => {
    const g = obliqueGrid([60, 60, 24]);
    const centre = toPatient(g, voxelIndex(30, 30, 12));
    const mask = new Uint8Array(voxelCount(g));
    for (let k = 0, v = 0; k < 24; k++)
      for (let j = 0; j < 60; j++)
        for (let i = 0; i < 60; i++, v++) {
          const p = toPatient(g, voxelIndex(i, j, k));
          if (Math.hypot(...p.map((x, n) => x - centre[n])) <= 15) mask[v] = 1;
        }
    const [disc] = sectionOfMask(mask, g, {
      origin: patientPoint(centre[0] - 25, centre[1] - 25, centre[2]),
      u: patientVector(1, 0, 0),
      v: patientVector(0, 1, 0),
      size: [101, 101],
      spacing: [0.5, 0.5],
    });
    for (let p = 0; p < disc.points.length; p += 3) {
      const r = Math.hypot(disc.points[p] - centre[0], disc.points[p + 1] - centre[1]);
      expect(Math.abs(r - 15)).toBeLessThan(1.6);
      expect(disc.points[p + 2]).toBeCloseTo(centre[2], 9);
    }
  });

  test('outside the grid are empty', () => {
    const g = straightGrid([3, 3, 3]);
    const plane = { u: g.axes[0], v: g.axes[1], size: [3, 3], spacing: [1, 1] } as const;
    const mask = new Uint8Array(27).fill(1);
    expect(sectionOfMask(mask, g, { ...plane, origin: patientPoint(0, 0, 2.6) })).toEqual([]);
    expect(sectionOfMask(mask, g, { ...plane, origin: patientPoint(0, 0, 2.4) })).toHaveLength(1);
  });
});

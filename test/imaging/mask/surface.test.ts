import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { surfaceOfBlock } from '../../../main/imaging/mask/block-surface';
import { enclosedVolume, normalsOf, surfaceOfMask } from '../../../main/imaging/mask/surface-nets';
import { patientPoint, patientVector, type VolumeGeometry } from '../../../main/imaging/space/geometry';

const ball = (n: number, radius: number): Uint8Array => {
  const mask = new Uint8Array(n ** 3);
  const c = (n - 1) / 2;
  for (let k = 0, v = 0; k < n; k++)
    for (let j = 0; j < n; j++)
      for (let i = 0; i < n; i++, v++) mask[v] = Math.hypot(i - c, j - c, k - c) <= radius ? 1 : 0;
  return mask;
};
const sum = (mask: Uint8Array): number => mask.reduce((a, b) => a + b, 0);

/** How often each edge is walked in its sense minus against it; all zero for a closed surface. */
function openEdges(triangles: Uint32Array): number {
  const edges = new Map<string, number>();
  for (let t = 0; t < triangles.length; t += 3)
    for (let n = 0; n < 3; n++) {
      const [a, b] = [triangles[t + n], triangles[t + ((n + 1) % 3)]];
      const key = a < b ? `${a} ${b}` : `${b} ${a}`;
      edges.set(key, (edges.get(key) ?? 0) + (a < b ? 1 : -1));
    }
  return [...edges.values()].filter((n) => n !== 0).length;
}

describe('surface nets', () => {
  test('a ball keeps its volume and its radius, and faces outwards', () => {
    const n = 32;
    const mask = ball(n, 11.3);
    const surface = surfaceOfMask(mask, [n, n, n]);
    expect(enclosedVolume(surface) / sum(mask)).toBeGreaterThan(0.96);
    expect(enclosedVolume(surface) / sum(mask)).toBeLessThan(1.02);
    const normals = normalsOf(surface);
    const c = (n - 1) / 2;
    for (let p = 0; p < surface.points.length; p += 3) {
      const d = [0, 1, 2].map((axis) => surface.points[p + axis] - c);
      const r = Math.hypot(...d);
      expect(Math.abs(r - 11.3)).toBeLessThan(0.9);
      const cosine = d.reduce((s, x, axis) => s + (x / r) * normals[p + axis], 0);
      // Smoothed: no vertex faces as the side of a voxel does where the ball is oblique.
      expect(cosine).toBeGreaterThan(0.93);
    }
  });

  test('any mask gives a closed surface within half a voxel of its border, also where it meets the edge', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(0, 1), { minLength: 60, maxLength: 60 }), (voxels) => {
        const mask = Uint8Array.from(voxels);
        const surface = surfaceOfMask(mask, [3, 4, 5]);
        expect(openEdges(surface.triangles)).toBe(0);
        expect(enclosedVolume(surface)).toBeLessThanOrEqual(sum(mask) + 1e-3);
        for (const x of surface.points) expect(x).toBeGreaterThanOrEqual(-1);
      }),
      { numRuns: 60 },
    );
  });

  test('in patient space: placed, turned outwards on a left-handed grid too, and a large block on larger voxels', () => {
    const n = 160;
    const mask = ball(n, 60);
    const axes = [patientVector(1, 0, 0), patientVector(0, 1, 0), patientVector(0, 0, -1)] as const;
    const geometry: VolumeGeometry = {
      origin: patientPoint(10, 20, 30),
      axes,
      spacing: [1, 2, 3],
      size: [n + 7, n + 7, n + 7],
    };
    const surface = surfaceOfBlock({ mask, from: [3, 4, 5], size: [n, n, n] }, geometry);
    expect(enclosedVolume(surface) / (sum(mask) * 6)).toBeGreaterThan(0.98);
    expect(enclosedVolume(surface) / (sum(mask) * 6)).toBeLessThan(1.01);
    const middle = [0, 1, 2].map((axis) => {
      let [low, high] = [Infinity, -Infinity];
      for (let p = axis; p < surface.points.length; p += 3) {
        low = Math.min(low, surface.points[p]);
        high = Math.max(high, surface.points[p]);
      }
      return (low + high) / 2;
    });
    expect(middle[0]).toBeCloseTo(10 + 3 + 79.5, 0);
    expect(middle[1]).toBeCloseTo(20 + 2 * (4 + 79.5), 0);
    expect(middle[2]).toBeCloseTo(30 - 3 * (5 + 79.5), 0);
  });
});

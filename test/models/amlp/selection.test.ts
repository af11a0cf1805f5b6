import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ALL_READINGS,
  isInformative,
  maskingOrder,
  patchesOf,
  patchGrid,
  patchStatistics,
  pixelsOfPatches,
  selectPatches,
  twoMeans,
} from '../../../models/amlp';
import { bodyPatches } from '../../../models/amlp/patches';
import { Random } from '../../../models/random';
import reference from './reference.json';

const grid = patchGrid(reference.size, reference.patch);
const slice = Float32Array.from(reference.slice);
const patches = new Float32Array(slice.length);
patchesOf(slice, grid, reference.channels, patches);

describe('patches', () => {
  it('are those of NumPy', () => {
    const length = patches.length / grid.count;
    reference.patchSums.forEach((sum, p) => {
      const found = patches.subarray(p * length, (p + 1) * length).reduce((a, b) => a + b, 0);
      expect(found).toBeCloseTo(sum, 3);
    });
    reference.firstPatch.forEach((v, i) => expect(patches[i]).toBeCloseTo(v, 5));
    reference.lastPatch.forEach((v, i) => expect(patches[patches.length - 6 + i]).toBeCloseTo(v, 5));
  });

  it('must fill the slice', () => {
    expect(() => patchGrid(100, 16)).toThrow(/divisor/);
    expect(patchGrid(144, 16).count).toBe(81);
    expect(patchGrid(160, 16).count).toBe(100);
  });

  it('spread their mask over their own pixels', () => {
    const pixels = new Float32Array(16);
    pixelsOfPatches(Uint8Array.of(1, 0, 0, 1), patchGrid(4, 2), pixels);
    expect([...pixels]).toEqual([1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 1, 1, 0, 0, 1, 1]);
  });

  it('have statistics of unit spread', () => {
    const two = Float32Array.of(0, 2, 10, 14);
    // Means 1 and 12 (spread 5.5), deviations 1 and 2 (0.5), minima 0 and 10 (5), maxima 2 and 14 (6).
    expect([...patchStatistics(two, 2, 1)].map((v) => Number(v.toFixed(5)))).toEqual([
      ...[1 / 5.5, 2, 0, 2 / 6].map((v) => Number(v.toFixed(5))),
      ...[12 / 5.5, 4, 2, 14 / 6].map((v) => Number(v.toFixed(5))),
    ]);
  });

  it('show the body where they stand above the darkest tenth', () => {
    const image = Float32Array.of(-3, -3, 1, 2, -3, -3, 2, 1, 0, 0, -3, -3, 1, 0, -3, -2.9);
    const g = patchGrid(4, 2);
    const flat = new Float32Array(16);
    patchesOf(image, g, 1, flat);
    expect([...bodyPatches(image, flat, g, 1)]).toEqual([0, 1, 1, 0]);
    expect(isInformative(new Float32Array(16).fill(-1), g, 1)).toBe(false);
    expect(isInformative(image, g, 1)).toBe(true);
  });
});

describe('two-means', () => {
  it('finds the clusters of scikit-learn', () => {
    const { cluster, distance, sizes } = twoMeans(patches, grid.count, new Random(3));
    const small = sizes[0] < sizes[1] ? 0 : 1;
    expect([...cluster].map((c) => (c === small ? 1 : 0))).toEqual(reference.foreground);
    reference.distance.forEach(([near, far], p) => {
      expect(Math.sqrt(distance[2 * p + small])).toBeCloseTo(near, 3);
      expect(Math.sqrt(distance[2 * p + 1 - small])).toBeCloseTo(far, 3);
    });
  });

  it('never answers NaN and always counts every point, whatever the points', () => {
    const points = fc.array(fc.constantFrom(-1, 0, 0, 0, 2), { minLength: 24, maxLength: 24 });
    const among = fc.array(fc.integer({ min: 0, max: 1 }), { minLength: 8, maxLength: 8 });
    fc.assert(
      fc.property(points, among, fc.integer(), (values, part, seed) => {
        const takes = Uint8Array.from(part);
        const found = twoMeans(Float32Array.from(values), 8, new Random(seed), takes);
        expect(found.distance.every(Number.isFinite)).toBe(true);
        expect(found.sizes[0] + found.sizes[1]).toBe(part.reduce((a, b) => a + b, 0));
        for (let p = 0; p < 8; p++) {
          const nearer = found.distance[2 * p + 1] < found.distance[2 * p] ? 1 : 0;
          expect(found.cluster[p]).toBe(nearer);
        }
      }),
    );
  });

  it('is the same for one seed', () => {
    const a = twoMeans(patches, grid.count, new Random(5, 1));
    expect(twoMeans(patches, grid.count, new Random(5, 1))).toEqual(a);
  });
});

describe('readings', () => {
  const select = (order: 'as-printed' | 'nearest-foreground' | 'margin', foreground: 'small' | 'large') =>
    selectPatches(slice, grid, 2, { clusterOn: 'raw', patches: 'all', foreground, order }, new Random(3));

  it('score as they say', () => {
    reference.distance.forEach(([near, far], p) => {
      expect(select('as-printed', 'small').score[p]).toBeCloseTo(near, 3);
      expect(select('nearest-foreground', 'small').score[p]).toBeCloseTo(-near, 3);
      expect(select('margin', 'small').score[p]).toBeCloseTo(far - near, 3);
      expect(select('margin', 'large').score[p]).toBeCloseTo(near - far, 3);
    });
    expect([...select('margin', 'small').label]).toEqual(reference.foreground);
    expect([...select('margin', 'large').label]).toEqual(reference.foreground.map((v) => 1 - v));
  });

  it('mask foreground first, then background, patches that take no part last', () => {
    const selection = {
      label: Uint8Array.of(0, 1, 1, 0, 0),
      score: Float32Array.of(9, 1, 2, 3, 4),
      takesPart: Uint8Array.of(0, 1, 1, 1, 1),
    };
    expect([...maskingOrder(selection)]).toEqual([2, 1, 4, 3, 0]);
    expect([...maskingOrder(selection, selection.label, 'background-first')]).toEqual([3, 4, 1, 2, 0]);
    expect([...maskingOrder(selection, Uint8Array.of(0, 0, 0, 1, 0))]).toEqual([3, 4, 2, 1, 0]);
  });

  it('answer for every slice, even an empty one', () => {
    for (const reading of ALL_READINGS)
      for (const image of [slice, new Float32Array(slice.length)]) {
        const found = selectPatches(image, grid, 2, reading, new Random(1));
        expect(found.score.every(Number.isFinite)).toBe(true);
      }
    expect(ALL_READINGS).toHaveLength(24);
  });
});

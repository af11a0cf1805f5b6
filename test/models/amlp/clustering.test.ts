import { describe, expect, it } from 'vitest';
import { clusterMethod } from '../../../models/amlp/clustering';
import { agglomerate } from '../../../models/amlp/clustering/agglomerative';
import { densityGroups } from '../../../models/amlp/clustering/dbscan';
import { embed } from '../../../models/amlp/clustering/tsne';
import { Random } from '../../../models/random';
import reference from './reference.json';

const count = reference.ward.length;
const points = Float32Array.from(reference.points);

/** Whether two labellings put the same points together, whatever the names of the groups. */
const sameGroups = (a: ArrayLike<number>, b: ArrayLike<number>): boolean => {
  for (let i = 0; i < a.length; i++)
    for (let j = 0; j < i; j++)
      if (a[i] >= 0 && a[j] >= 0 && b[i] >= 0 && b[j] >= 0 && (a[i] === a[j]) !== (b[i] === b[j]))
        return false;
  return true;
};

describe('clusterings of Table VIII', () => {
  it('are those of scikit-learn', () => {
    expect(sameGroups(agglomerate(points, count), reference.ward)).toBe(true);
    const groups = densityGroups(points, count, 0.8);
    expect(sameGroups(groups, reference.density)).toBe(true);
    expect([...groups].map((g) => g < 0)).toEqual(reference.density.map((g) => g < 0));
  });

  it('t-SNE keeps near points near', () => {
    const y = embed(points, count, new Random(1));
    const nearest = (p: number): number => {
      let [best, at] = [Infinity, -1];
      for (let q = 0; q < count; q++) {
        const d = Math.hypot(y[2 * p] - y[2 * q], y[2 * p + 1] - y[2 * q + 1]);
        if (q !== p && d < best) [best, at] = [d, q];
      }
      return at;
    };
    let agree = 0;
    for (let p = 0; p < count; p++) if (reference.ward[p] === reference.ward[nearest(p)]) agree++;
    expect(agree / count).toBeGreaterThan(0.9);
  });

  it.each(['k-means', 'hierarchical', 'dbscan', 't-sne'] as const)(
    '%s answers whatever the points',
    (name) => {
      const method = clusterMethod(name);
      for (const values of [points, new Float32Array(points.length)])
        for (const share of [1, 2, 40]) {
          const among = Uint8Array.from({ length: count }, (_, p) => (p % share === 0 ? 1 : 0));
          const found = method(values, count, new Random(2), among);
          expect(found.distance.every(Number.isFinite)).toBe(true);
          expect(found.sizes[0] + found.sizes[1]).toBe(among.reduce((a, b) => a + b, 0));
          expect(method(values, count, new Random(2), among)).toEqual(found);
        }
      const { cluster } = method(points, count, new Random(3), new Uint8Array(count).fill(1));
      // The dense group of twenty is told from the scattered far one.
      const far = Array.from({ length: count }, (_, p) => p).filter(
        (p) => points[3 * p] + points[3 * p + 1] > 9,
      );
      const near = Array.from({ length: count }, (_, p) => p).filter(
        (p) => points[3 * p] + points[3 * p + 1] < 0,
      );
      expect(far.filter((p) => cluster[p] === cluster[near[0]]).length).toBeLessThan(far.length / 2);
    },
  );
});

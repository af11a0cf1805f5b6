import { describe, expect, it } from 'vitest';
import { distanceTo } from '../../../models/metrics/distance';
import {
  addedPathLength,
  boundaryIou,
  compareMasks,
  surfaceDice,
  surfacePair,
} from '../../../models/metrics';
import reference from './reference.json';

interface Shape {
  readonly centre: readonly number[];
  readonly radii: readonly number[];
  readonly dents: readonly (readonly number[])[];
}

/** The masks of reference.py. */
function draw(size: readonly number[], shape: Shape): Uint8Array {
  const mask = new Uint8Array(size[0] * size[1] * size[2]);
  for (let k = 0, v = 0; k < size[2]; k++)
    for (let j = 0; j < size[1]; j++)
      for (let i = 0; i < size[0]; i++, v++) {
        const r = [i, j, k].reduce((s, x, a) => s + ((x - shape.centre[a]) / shape.radii[a]) ** 2, 0);
        const dent = shape.dents.some(
          (d) => Math.abs(i - d[0]) <= 1 && Math.abs(j - d[1]) <= 2 && Math.abs(k - d[2]) <= 1,
        );
        mask[v] = r <= 1 && !dent ? 1 : 0;
      }
  return mask;
}

const triple = (a: readonly number[]): [number, number, number] => [a[0], a[1], a[2]];

describe('figures agree with MedPy and SciPy', () => {
  reference.forEach((r, n) => {
    it(`case ${n + 1}`, () => {
      const grid = { size: triple(r.size), spacing: triple(r.spacing) };
      const prediction = draw(r.size, r.prediction);
      const truth = draw(r.size, r.truth);
      const found = compareMasks(prediction, truth, grid);
      expect(found.dsc).toBeCloseTo(r.dsc, 10);
      expect(found.sensitivity).toBeCloseTo(r.sensitivity, 10);
      expect(found.hd95).toBeCloseTo(r.hd95, 9);
      expect(found.averageSurfaceDistance).toBeCloseTo(r.assd, 9);
      const pair = surfacePair(prediction, truth, grid);
      expect(pair && surfaceDice(pair, 2)).toBeCloseTo(r.surfaceDice2, 10);
      expect(boundaryIou(prediction, truth, grid, 3)).toBeCloseTo(r.boundaryIou3, 10);
      expect(addedPathLength(prediction, truth, grid)).toBeCloseTo(r.addedPathLength, 9);
      const sum = distanceTo(truth, grid).reduce((a, b) => a + b, 0);
      expect(sum / r.distanceSum).toBeCloseTo(1, 10);
    });
  });
});

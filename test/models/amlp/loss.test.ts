import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { patchGrid, reconstructionLoss, type LossReading } from '../../../models/amlp';
import reference from './reference.json';

const grid = patchGrid(reference.size, reference.patch);
const shape: [number, number, number, number] = [1, reference.size, reference.size, reference.channels];
const OFF: LossReading = { prediction: 'l2', rrl: 'off', ccl: 'off' };

/** Loss and gradient with respect to the reconstruction, of the same sample twice and one without masked patches. */
function run(reading: LossReading) {
  return tf.tidy(() => {
    const twice = (a: readonly number[], s: number[]) =>
      tf.concat([tf.tensor(a.slice(), s), tf.tensor(a.slice(), s), tf.zeros(s)], 0);
    const patches = [1, grid.side, grid.side];
    const f = (reconstruction: tf.Tensor) =>
      reconstructionLoss(
        tf,
        {
          image: twice(reference.slice, shape) as tf.Tensor4D,
          reconstruction: reconstruction as tf.Tensor4D,
          mask: twice(reference.mask, patches) as tf.Tensor3D,
          changed: twice(reference.changed, patches) as tf.Tensor3D,
        },
        grid,
        reading,
      );
    const x = twice(reference.reconstruction, shape);
    const found = f(x);
    const { grad } = tf.valueAndGrad((t: tf.Tensor) => f(t).loss)(x);
    return {
      loss: found.loss.dataSync()[0],
      prediction: found.prediction.dataSync()[0],
      patchLosses: Array.from(found.patchLosses.dataSync()),
      grad: Array.from(grad.dataSync()),
    };
  });
}

describe('losses, eq. 1 to 4', () => {
  beforeAll(async () => {
    await tf.setBackend('cpu');
  });

  it('are those of NumPy', () => {
    const plain = run(OFF);
    expect(plain.loss).toBeCloseTo(reference.prediction, 5);
    reference.patchLosses.forEach((v, p) => expect(plain.patchLosses[p]).toBeCloseTo(v, 4));
    expect(run({ ...OFF, rrl: 'ratio' }).loss).toBeCloseTo(reference.prediction + reference.ratio, 5);
    expect(run({ ...OFF, rrl: 'weight' }).loss).toBeCloseTo(reference.prediction + reference.ratioWeight, 5);
    expect(run({ ...OFF, ccl: 'labels-only' }).loss).toBeCloseTo(reference.prediction, 5);
    expect(run({ ...OFF, ccl: 'weight' }).loss).toBeCloseTo(
      reference.prediction + reference.consistencyWeight,
      5,
    );
    const full = run({ prediction: 'l2', rrl: 'weight', ccl: 'weight' });
    expect(full.loss).toBeCloseTo(
      reference.prediction + reference.ratioWeight + reference.consistencyWeight,
      5,
    );
    expect(full.prediction).toBeCloseTo(reference.prediction, 5);
  });

  it('have a gradient at masked patches only; the ratio rescales it, the weight favours hard patches', () => {
    const plain = run(OFF).grad;
    const ratio = run({ ...OFF, rrl: 'ratio' }).grad;
    const weight = run({ ...OFF, rrl: 'weight' }).grad;
    const { size, patch, channels, mask, patchLosses } = reference;
    for (let v = 0; v < size * size; v++) {
      const p = Math.floor(v / size / patch) * grid.side + Math.floor((v % size) / patch);
      const g = plain[v * channels];
      if (mask[p] === 0) {
        expect(Math.abs(g) + Math.abs(ratio[v * channels]) + Math.abs(weight[v * channels])).toBe(0);
        continue;
      }
      expect(ratio[v * channels]).toBeCloseTo(g * (1 + 1 / reference.prediction), 5);
      expect(weight[v * channels]).toBeCloseTo(g * (1 + patchLosses[p] / reference.prediction), 5);
    }
    expect(plain.slice(2 * size * size * channels).every((g) => g === 0)).toBe(true);
  });
});

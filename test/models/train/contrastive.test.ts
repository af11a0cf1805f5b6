import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openRuntime, type Runtime } from '../../../models/runtime';
import { PRETRAIN_PRESETS, pretrainContrastive, type TrainingState } from '../../../models/train';
import { bootstrapLoss, contrastiveLoss } from '../../../models/train/contrastive-step';
import { discs } from './synthetic';

// Training shares the processor with whatever else runs.
vi.setConfig({ testTimeout: 300_000 });

const value = (t: tf.Tensor): number => t.dataSync()[0];

describe('losses of the baselines', () => {
  beforeAll(() => tf.setBackend('cpu'));

  it('NT-Xent by hand', () => {
    // Two slices whose views agree and whose slices are at right angles: cosines 1 and 0, temperature 0.5.
    const z = tf.tensor2d([1, 0, 0, 2, 3, 0, 0, 1], [4, 2]);
    const expected = Math.log(Math.exp(2) + 2) - 2;
    expect(value(contrastiveLoss(tf, z))).toBeCloseTo(expected, 5);
  });

  it('BYOL compares each view with the target of the other', () => {
    const predictions = tf.tensor2d([1, 0, 0, 1], [2, 2]);
    expect(value(bootstrapLoss(tf, predictions, tf.tensor2d([0, 5, 5, 0], [2, 2])))).toBeCloseTo(0, 5);
    expect(value(bootstrapLoss(tf, predictions, tf.tensor2d([5, 0, 0, 5], [2, 2])))).toBeCloseTo(2, 5);
  });
});

describe('baselines', () => {
  let runtime: Runtime;
  beforeAll(async () => {
    runtime = await openRuntime({ prefer: 'cpu' });
  });
  afterAll(() => runtime.dispose());

  it.each(['simclr', 'byol'] as const)('%s learns, and goes on bit for bit', async (method) => {
    const source = discs(16, 32);
    const config = {
      ...PRETRAIN_PRESETS.desktop,
      network: { backbone: 'unet2d', width: 8, depth: 2, normalisation: 'none' },
      size: 32,
      patch: 8,
      batch: 8,
      epochs: 6,
      rate: 3e-3,
    } as const;
    const whole = await pretrainContrastive(runtime, source, method, config);
    expect(whole.reports.at(-1)?.loss).toBeLessThan(whole.reports[0].loss);
    let asked = 0;
    const first = await pretrainContrastive(runtime, source, method, config, {
      shouldStop: () => ++asked > 5,
    });
    expect(first.finished).toBe(false);
    const second = await pretrainContrastive(
      runtime,
      source,
      method,
      config,
      {},
      first.state as TrainingState,
    );
    expect(second.state?.tensors).toEqual(whole.state?.tensors);
    expect(Object.keys(whole.weights ?? {}).some((name) => name.startsWith('projector'))).toBe(false);
  });
});

import type { Scalar, Tensor } from '@tensorflow/tfjs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createUNet2D } from '../../../models/nets/unet2d';
import type { Runtime } from '../../../models/runtime';
import { fitConfiguration, measureStep, type Trial } from '../../../models/runtime/fit';
import { testRuntime, values } from './support';

let runtime: Runtime;
beforeAll(async () => {
  runtime = await testRuntime();
});
afterAll(() => runtime.dispose());

const make = async (width: number, batch: number): Promise<Trial> => {
  const { tf } = runtime;
  const network = createUNet2D(runtime, { inChannels: 1, outChannels: 1, width, seed: 1 });
  const shape = [batch, 32, 32, 1];
  const step = await runtime.compileTrainingStep({
    inputs: [{ name: 'x', shape }],
    variables: network.parameters,
    loss: ({ x }) => ({
      loss: tf.mean(tf.squaredDifference(network.forward(x as Tensor), x as Tensor)) as Scalar,
    }),
    optimiser: { kind: 'adamw', beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.05 },
  });
  const dispose = step.dispose.bind(step);
  step.dispose = () => {
    dispose();
    network.dispose();
  };
  return { step, feeds: { x: values(batch * 32 * 32, 1) } };
};

const batch = { wanted: 16, least: 2 };

test(
  'takes what is wanted where it fits, less where it does not, and says which',
  { timeout: 300_000 },
  async () => {
    const roomy = await fitConfiguration(runtime, make, { widths: [16], batch, budgetBytes: 64e9 });
    expect([roomy.width, roomy.batch]).toEqual([16, 16]);
    expect(roomy.sentence).toMatch(/Width 16 with 16 slices a step, as wanted/);

    const { peakBytes } = await measureStep(runtime, () => make(16, 16));
    // The straight line from batches 1 and 2 must not promise less than half of what a step takes.
    expect(roomy.peakBytes).toBeGreaterThan(peakBytes * 0.5);

    const now = runtime.memory().residentBytes;
    const tight = await fitConfiguration(runtime, make, {
      widths: [48, 8],
      batch,
      budgetBytes: now + 300e6,
    });
    expect(tight.width).toBe(8);
    expect(tight.sentence).toMatch(/the largest that fits this machine/);
  },
);

test('says in a sentence when nothing fits', { timeout: 300_000 }, async () => {
  await expect(fitConfiguration(runtime, make, { widths: [8], batch, budgetBytes: 50e6 })).rejects.toThrow(
    /Training does not fit: the smallest network needs about/,
  );
});

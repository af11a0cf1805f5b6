import type { Scalar, Tensor } from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createUNet2D } from '../../../models/nets/unet2d';
import { createUNet3D } from '../../../models/nets/unet3d';
import type { Normalisation, UNet, UNetOptions } from '../../../models/nets/unet-layout';
import type { Runtime, TrainingStepSpec } from '../../../models/runtime';
import { plainOps } from '../../../models/runtime/ops/plain-ops';
import { PlainTrainingStep } from '../../../models/runtime/plain/steps';
import { product, testRuntime, values } from '../runtime/support';

let runtime: Runtime;
beforeAll(async () => {
  runtime = await testRuntime();
});
afterAll(() => runtime.dispose());

const small: UNetOptions = { inChannels: 2, outChannels: 1, width: 8, depth: 2, seed: 7 };
const networks = {
  '2D': { create: createUNet2D, shape: [2, 16, 16, 2], labels: [2, 16, 16, 1] },
  '3D': { create: createUNet3D, shape: [2, 8, 8, 8, 2], labels: [2, 8, 8, 8, 1] },
};
const normalisations: Normalisation[] = ['none', 'batch', 'instance', 'group'];

const makeSpec = (net: UNet, shape: number[], labels: number[]): TrainingStepSpec => ({
  inputs: [
    { name: 'x', shape },
    { name: 'y', shape: labels },
  ],
  variables: net.parameters,
  loss: ({ x, y }) => ({
    loss: runtime.tf.mean(
      runtime.tf.squaredDifference(runtime.tf.sigmoid(net.forward(x as Tensor)), y as Tensor),
    ) as Scalar,
  }),
  optimiser: { kind: 'adamw', beta1: 0.9, beta2: 0.95, epsilon: 1e-6, weightDecay: 0.05 },
});

describe.each(Object.entries(networks))('U-Net, %s', (_, { create, shape, labels }) => {
  const feeds = { x: values(product(shape), 1), y: values(product(labels), 2).map((v) => (v > 0.5 ? 1 : 0)) };

  test.each(normalisations)(
    'compiled with our layers equals plain tfjs with the library’s (%s)',
    async (normalisation) => {
      const options = { ...small, normalisation };
      const compiled = await runtime.compileTrainingStep(makeSpec(create(runtime, options), shape, labels));
      expect(compiled.why).toBeUndefined();
      const library = { ...runtime, ops: plainOps(runtime.tf) };
      const plain = new PlainTrainingStep(
        runtime.tf,
        makeSpec(create(library, options), shape, labels),
        'for comparison',
      );
      for (let i = 0; i < 4; i++) {
        const [ours, theirs] = [await compiled.run(feeds, 1e-3), await plain.run(feeds, 1e-3)];
        expect(Math.abs(ours.loss - theirs.loss)).toBeLessThan(1e-4 * theirs.loss);
      }
      compiled.dispose();
      plain.dispose();
    },
  );

  test.each(normalisations)('bfloat16 follows float32 (%s)', async (normalisation) => {
    const { CompiledTrainingStep } = await import('../../../models/runtime/graph/training-step');
    const options = { ...small, normalisation };
    const full = await runtime.compileTrainingStep(makeSpec(create(runtime, options), shape, labels));
    const half = CompiledTrainingStep.compile(
      runtime.tf,
      makeSpec(create(runtime, options), shape, labels),
      'bfloat16',
    );
    for (let i = 0; i < 6; i++) {
      const [a, b] = [await half.run(feeds, 1e-3), await full.run(feeds, 1e-3)];
      expect(Math.abs(a.loss - b.loss)).toBeLessThan(0.03 * b.loss);
    }
    full.dispose();
    half.dispose();
  });

  test('the seed decides every weight, and no two layers start alike', () => {
    const weights = (seed: number) =>
      create(runtime, { ...small, seed }).parameters.map(({ variable }) => Array.from(variable.dataSync()));
    expect(weights(3)).toEqual(weights(3));
    const first = weights(3);
    expect(weights(4)[0]).not.toEqual(first[0]);
    const kernels = first.filter((kernel) => new Set(kernel).size > 8).map((kernel) => kernel[0]);
    expect(new Set(kernels).size).toBe(kernels.length);
  });

  test('parameters are named by part and layer', () => {
    const names = create(runtime, { ...small, normalisation: 'instance' }).parameters.map(({ name }) => name);
    expect(names.slice(0, 3)).toEqual([
      'encoder.0.conv1.kernel',
      'encoder.0.conv1.bias',
      'encoder.0.conv1.scale',
    ]);
    expect(names).toContain('decoder.1.up.kernel');
    expect(names.slice(-2)).toEqual(['head.kernel', 'head.bias']);
    expect(names.every((name) => /^(encoder|decoder|head)\./.test(name))).toBe(true);
  });
});

test('the network of the paper has 31 million parameters', () => {
  const net = createUNet2D(runtime, { inChannels: 1, outChannels: 1, width: 64, seed: 1 });
  const count = net.parameters.reduce((total, { variable }) => total + variable.size, 0);
  expect(count).toBe(31_030_593);
  net.dispose();
});

test('the gradient of the transposed 3D convolution agrees with finite differences', () => {
  const { tf } = runtime;
  const x = tf.tensor5d(values(2 * 3 * 3 * 3 * 2, 1), [2, 3, 3, 3, 2]);
  const w = tf.tensor5d(values(2 ** 3 * 3 * 2, 2), [2, 2, 2, 3, 2]);
  const toward = tf.tensor5d(values(2 * 6 ** 3 * 3, 3), [2, 6, 6, 6, 3]);
  const value = (a: typeof x, b: typeof w) =>
    tf.sum(tf.mul(tf.conv3dTranspose(a, b, [2, 6, 6, 6, 3], 2, 'same'), toward));
  const gradients = tf.grads((a, b) => value(a as typeof x, b as typeof w))([x, w]);
  [x, w].forEach((tensor, which) => {
    const at = tensor.dataSync();
    for (const i of [0, 5, at.length - 1]) {
      const moved = (by: number): number =>
        tf.tidy(() => {
          const other = at.slice();
          other[i] = (other[i] as number) + by;
          const changed = tf.tensor5d(other, tensor.shape);
          return value(which === 0 ? changed : x, which === 1 ? changed : w).dataSync()[0] as number;
        });
      // The function is linear in each argument, so a large step is exact.
      const slope = (moved(1) - moved(-1)) / 2;
      expect(gradients[which]?.dataSync()[i]).toBeCloseTo(slope, 3);
    }
  });
});

test('a setting that makes no network is refused in words', () => {
  expect(() => createUNet2D(runtime, { ...small, width: 0 })).toThrow(/width must be a positive integer/);
  const odd = createUNet2D(runtime, { ...small, width: 6, normalisation: 'none' });
  expect(() => odd.forward(runtime.tf.zeros([1, 10, 10, 2]))).toThrow(/divisible by 4/);
});

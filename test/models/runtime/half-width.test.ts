import type { Scalar, Tensor, Tensor4D, Tensor5D } from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openRuntime, type Runtime } from '../../../models/runtime';
import { product, relativeDifference, values } from './support';

let runtime: Runtime;
beforeAll(async () => {
  runtime = await openRuntime({ prefer: 'cpu', mixedPrecision: true });
});
afterAll(() => runtime.dispose());

/** Result, gradient of the input and gradient of the kernel, each as the runtime has them. */
type Results = Record<'y' | 'dx' | 'dw', Float32Array>;

/** Sides of a block: from one voxel, at the bottom of a deep network, to what most layers see. */
const sides = [
  [1, 1, 1],
  [1, 4, 4],
  [2, 2, 2],
  [4, 6, 6],
] as const;

/** Half width keeps eight bits; sums of a few products of such numbers lie within this of float32's. */
const tolerance = 0.03;

const results = async (
  apply: (x: Tensor, kernel: Tensor) => Tensor,
  input: readonly number[],
  kernel: readonly number[],
  mixedPrecision: boolean,
): Promise<{ readonly mixed: string | null; readonly found: Results }> => {
  const { tf } = runtime;
  const [x, w] = [values(product(input), 3), values(product(kernel), 11)];
  const variables = [
    ['x', x, input],
    ['w', w, kernel],
  ].map(([name, data, shape]) => ({
    name: name as string,
    variable: tf.tidy(() => tf.variable(tf.tensor((data as Float32Array).slice(), [...(shape as number[])]))),
    decay: false,
    learningRateScale: 1,
  }));
  const forward = (): Tensor => apply(variables[0].variable, variables[1].variable);
  const shape = tf.tidy(() => forward().shape);
  const step = await runtime.compileTrainingStep({
    inputs: [{ name: 'toward', shape }],
    variables,
    loss: ({ toward }) => {
      const y = forward();
      return { loss: tf.mean(tf.mul(y, toward)) as Scalar, outputs: { y } };
    },
    // One step of rate 1 moves each variable by minus its gradient. A mean: a sum that cancels would look wrong.
    optimiser: { kind: 'sgd', momentum: 0, nesterov: false, weightDecay: 0 },
    mixedPrecision,
  });
  const { outputs } = await step.run({ toward: values(product(shape), 77) }, product(shape));
  const { weights } = await step.state();
  const moved = (name: string, before: Float32Array): Float32Array =>
    before.map((v, i) => v - weights[name][i]);
  const found = { y: outputs.y, dx: moved('x', x), dw: moved('w', w) };
  step.dispose();
  tf.dispose(variables.map(({ variable }) => variable));
  return { mixed: step.mixed, found };
};

const cases = sides.flatMap((space) =>
  [1, 2].flatMap((samples) =>
    [
      [1, 4],
      [16, 32],
    ].map(([from, to]) => ({ space, samples, from, to })),
  ),
);

const kinds: Record<
  string,
  (one: (typeof cases)[number]) => {
    input: number[];
    kernel: number[];
    apply: (x: Tensor, kernel: Tensor) => Tensor;
  }
> = {
  'convolution, 3D': ({ space, samples, from, to }) => ({
    input: [samples, ...space, from],
    kernel: [3, 3, 3, from, to],
    apply: (x, kernel) => runtime.tf.conv3d(x as Tensor5D, kernel as Tensor5D, 1, 'same'),
  }),
  'transposed convolution, 3D': ({ space, samples, from, to }) => ({
    input: [samples, ...space, from],
    kernel: [2, 2, 2, to, from],
    apply: (x, kernel) =>
      runtime.tf.conv3dTranspose(
        x as Tensor5D,
        kernel as Tensor5D,
        [samples, 2 * space[0], 2 * space[1], 2 * space[2], to],
        2,
        'same',
      ),
  }),
  'convolution, 2D': ({ space, samples, from, to }) => ({
    input: [samples, space[0], space[1], from],
    kernel: [3, 3, from, to],
    apply: (x, kernel) => runtime.tf.conv2d(x as Tensor4D, kernel as Tensor4D, 1, 'same'),
  }),
  'transposed convolution, 2D': ({ space, samples, from, to }) => ({
    input: [samples, space[0], space[1], from],
    kernel: [2, 2, to, from],
    apply: (x, kernel) =>
      runtime.tf.conv2dTranspose(
        x as Tensor4D,
        kernel as Tensor4D,
        [samples, 2 * space[0], 2 * space[1], to],
        2,
        'same',
      ),
  }),
};

describe.each(Object.keys(kinds))('%s in half width', (kind) => {
  test('equals float32, down to blocks of one voxel', async ({ skip }) => {
    skip(runtime.device.mixed === null, 'This processor has no half-width instructions.');
    for (const one of cases) {
      const { input, kernel, apply } = kinds[kind](one);
      const full = await results(apply, input, kernel, false);
      const half = await results(apply, input, kernel, true);
      // Anything else is an operation that the runtime computes wrongly: the step then compares itself and gives up.
      expect(half.mixed, JSON.stringify(one)).toBe('bfloat16');
      for (const part of ['y', 'dx', 'dw'] as const) {
        const difference = relativeDifference(half.found[part], full.found[part]);
        expect(difference, `${part} ${JSON.stringify(one)}`).toBeLessThan(tolerance);
      }
    }
  });
});

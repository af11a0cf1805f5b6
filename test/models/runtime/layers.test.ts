import type { Scalar, Tensor, Tensor1D, Tensor4D, Tensor5D } from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { NetworkOps, Parameter, Runtime } from '../../../models/runtime';
import { plainOps } from '../../../models/runtime/ops/plain-ops';
import { product, relativeDifference, testRuntime, values } from './support';

let runtime: Runtime;
beforeAll(async () => {
  runtime = await testRuntime();
});
afterAll(() => runtime.dispose());

/** A layer: shapes of its input and weights, and what it computes with the given implementation of our own layers. */
interface Layer {
  readonly input: readonly number[];
  readonly weights: readonly (readonly number[])[];
  apply(ops: NetworkOps, x: Tensor, weights: readonly Tensor[]): Tensor;
}

const layers: Record<string, Layer> = {
  relu: { input: [2, 4, 4, 3], weights: [], apply: (ops, x) => ops.relu(x) },
  'bias, 2D': {
    input: [2, 4, 4, 3],
    weights: [[3]],
    apply: (ops, x, [bias]) => ops.biasAdd(x, bias as Tensor1D),
  },
  'bias, 3D': {
    input: [2, 4, 4, 2, 3],
    weights: [[3]],
    apply: (ops, x, [bias]) => ops.biasAdd(x, bias as Tensor1D),
  },
  'convolution, 2D': {
    input: [2, 6, 6, 3],
    weights: [[3, 3, 3, 5]],
    apply: (_, x, [kernel]) => runtime.tf.conv2d(x as Tensor4D, kernel as Tensor4D, 1, 'same'),
  },
  'convolution, 3D': {
    input: [2, 4, 6, 6, 3],
    weights: [[3, 3, 3, 3, 5]],
    apply: (_, x, [kernel]) => runtime.tf.conv3d(x as Tensor5D, kernel as Tensor5D, 1, 'same'),
  },
  'max-pooling, 2D': {
    input: [2, 6, 6, 3],
    weights: [],
    apply: (_, x) => runtime.tf.maxPool(x as Tensor4D, 2, 2, 'same'),
  },
  'max-pooling, 3D': {
    input: [2, 4, 6, 6, 3],
    weights: [],
    apply: (_, x) => runtime.tf.maxPool3d(x as Tensor5D, 2, 2, 'same'),
  },
  'transposed convolution, 2D': {
    input: [2, 3, 3, 4],
    weights: [[2, 2, 5, 4]],
    apply: (_, x, [kernel]) =>
      runtime.tf.conv2dTranspose(x as Tensor4D, kernel as Tensor4D, [2, 6, 6, 5], 2, 'same'),
  },
  'transposed convolution, 3D': {
    input: [2, 3, 3, 2, 4],
    weights: [[2, 2, 2, 5, 4]],
    apply: (_, x, [kernel]) =>
      runtime.tf.conv3dTranspose(x as Tensor5D, kernel as Tensor5D, [2, 6, 6, 4, 5], 2, 'same'),
  },
  'skip connection': {
    input: [2, 4, 4, 3],
    weights: [[2, 4, 4, 2]],
    apply: (_, x, [skip]) => runtime.tf.concat([skip as Tensor, x], -1),
  },
  sigmoid: { input: [2, 4, 4, 1], weights: [], apply: (_, x) => runtime.tf.sigmoid(x) },
  ...Object.fromEntries(
    (['batchNorm', 'instanceNorm', 'groupNorm'] as const).flatMap((kind) =>
      [
        [2, 4, 6, 8],
        [2, 4, 4, 6, 8],
      ].map((input): [string, Layer] => [
        `${kind}, ${input.length - 2}D`,
        {
          input,
          weights: [[8], [8]],
          apply: (ops, x, [gamma, beta]) =>
            kind === 'groupNorm'
              ? ops.groupNorm(x, gamma as Tensor1D, beta as Tensor1D, 2)
              : ops[kind](x, gamma as Tensor1D, beta as Tensor1D),
        },
      ]),
    ),
  ),
};

/** Value of the layer and the gradients of a weighted sum of it, with regard to input and weights, in plain tfjs. */
const eager = (layer: Layer, ops: NetworkOps, x: Float32Array, weights: Float32Array[]) => {
  const { tf } = runtime;
  return tf.tidy(() => {
    const tensors = [
      tf.tensor(x, [...layer.input]),
      ...weights.map((w, i) => tf.tensor(w, [...(layer.weights[i] ?? [])])),
    ];
    const apply = (...all: Tensor[]) => layer.apply(ops, all[0] as Tensor, all.slice(1));
    const y = apply(...tensors);
    const toward = tf.tensor(values(y.size, 77), y.shape);
    const gradients = tf.grads((...all: Tensor[]) => tf.sum(tf.mul(apply(...all), toward)))(tensors);
    return {
      y: y.dataSync() as Float32Array,
      gradients: gradients.map((gradient) => gradient.dataSync() as Float32Array),
    };
  });
};

describe.each(Object.entries(layers))('%s', (_, layer) => {
  const x = values(product(layer.input), 3);
  const weights = layer.weights.map((shape, i) => values(product(shape), 11 + i));

  test('our layers equal the library’s, gradients included', () => {
    const ours = eager(layer, runtime.ops, x, weights);
    const plain = eager(layer, plainOps(runtime.tf), x, weights);
    expect(relativeDifference(ours.y, plain.y)).toBeLessThan(1e-5);
    ours.gradients.forEach((gradient, i) => {
      expect(relativeDifference(gradient, plain.gradients[i] as Float32Array)).toBeLessThan(2e-5);
    });
  });

  test('the compiled pass and the compiled gradients equal plain tfjs', async () => {
    const { tf } = runtime;
    const plain = eager(layer, plainOps(tf), x, weights);
    // One step of SGD with rate 1 moves each variable by minus its gradient; the input is a variable here, too.
    const parameters: Parameter[] = [layer.input, ...layer.weights].map((shape, i) => ({
      name: `p${i}`,
      variable: tf.tidy(() =>
        tf.variable(tf.tensor(i === 0 ? x.slice() : (weights[i - 1] as Float32Array).slice(), [...shape])),
      ),
      decay: false,
      learningRateScale: 1,
    }));
    const apply = () =>
      layer.apply(
        runtime.ops,
        parameters[0]?.variable as Tensor,
        parameters.slice(1).map(({ variable }) => variable),
      );
    const shape = tf.tidy(() => apply().shape);
    const step = await runtime.compileTrainingStep({
      inputs: [{ name: 'toward', shape }],
      variables: parameters,
      loss: ({ toward }) => {
        const y = apply();
        return { loss: tf.sum(tf.mul(y, toward as Tensor)) as Scalar, outputs: { y } };
      },
      optimiser: { kind: 'sgd', momentum: 0, nesterov: false, weightDecay: 0 },
    });
    expect(step.why).toBeUndefined();
    expect(step.compiled).toBe(true);
    const { outputs } = await step.run({ toward: values(product(shape), 77) }, 1);
    expect(relativeDifference(outputs.y as Float32Array, plain.y)).toBeLessThan(1e-5);
    const after = await step.state();
    [x, ...weights].forEach((before, i) => {
      const moved = (after.weights[`p${i}`] as Float32Array).map((w, k) => (before[k] as number) - w);
      // The weights round the gradient off: compare on their scale.
      expect(relativeDifference(moved, plain.gradients[i] as Float32Array)).toBeLessThan(3e-5);
    });
    step.dispose();
    tf.dispose(parameters.map(({ variable }) => variable));
  });
});

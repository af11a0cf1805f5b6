import type { Rank, Tensor, Tensor1D } from '@tensorflow/tfjs';
import { nodeBackend, type OperationAttribute } from '../backends/node-binding';
import type { NetworkOps, Tensorflow } from '../types';
import { groupShape, normalisationEpsilon } from './plain-ops';

/**
 * The layers from TensorFlow's own operations and their own gradients, which the library replaces by slower products
 * of many operations (a training step takes 1.3 times as long with its `relu` and `add`).
 */
export const nativeOps = (tf: Tensorflow): NetworkOps => {
  const backend = nodeBackend(tf);
  const { binding } = backend;
  const type = (name: string): OperationAttribute => ({ name, type: binding.TF_ATTR_TYPE, value: 1 });
  const text = (name: string, value: string): OperationAttribute => ({
    name,
    type: binding.TF_ATTR_STRING,
    value,
  });
  const number = (name: string, value: number): OperationAttribute => ({
    name,
    type: binding.TF_ATTR_FLOAT,
    value,
  });
  const T = type('T');
  const channelsLast = text('data_format', 'NHWC');
  const one = (op: string, attributes: OperationAttribute[], inputs: Tensor[]): Tensor =>
    backend.executeSingleOutput(op, attributes, inputs);

  const relu = tf.customGrad((x, save) => {
    const y = one('Relu', [T], [x as Tensor]);
    (save as (tensors: Tensor[]) => void)([y]);
    return {
      value: y,
      gradFunc: (dy: Tensor, saved: Tensor[]) => one('ReluGrad', [T], [dy, saved[0] as Tensor]),
    };
  });

  const biasAdd = tf.customGrad((x, bias) => ({
    value: one('BiasAdd', [T, channelsLast], [x as Tensor, bias as Tensor]),
    gradFunc: (dy: Tensor) => [dy, one('BiasAddGrad', [T, channelsLast], [dy])],
  }));

  const training: OperationAttribute[] = [
    T,
    type('U'),
    number('epsilon', normalisationEpsilon),
    channelsLast,
    { name: 'is_training', type: binding.TF_ATTR_BOOL, value: true },
  ];
  /** Normalises [N, H, W, C] over N, H and W. */
  const fusedNorm = tf.customGrad((x, gamma, beta, save) => {
    const none = tf.tensor1d([]);
    const results = backend.executeMultipleOutputs(
      'FusedBatchNormV3',
      [...training, number('exponential_avg_factor', 1)],
      [x as Tensor, gamma as Tensor, beta as Tensor, none, none],
      6,
    );
    const [y, , , ...reserved] = results as [Tensor, Tensor, Tensor, Tensor, Tensor, Tensor];
    (save as unknown as (tensors: Tensor[]) => void)([x as Tensor, gamma as Tensor, ...reserved]);
    return {
      value: y,
      gradFunc: (dy: Tensor, saved: Tensor[]) =>
        backend.executeMultipleOutputs('FusedBatchNormGradV3', training, [dy, ...saved], 5).slice(0, 3),
    };
  });

  /** Multiplies the last axis by `gamma`; its gradient through the reduction of BiasAddGrad, which is far faster than Sum. */
  const scale = tf.customGrad((x, gamma, save) => {
    (save as unknown as (tensors: Tensor[]) => void)([x as Tensor, gamma as Tensor]);
    return {
      value: tf.mul(x as Tensor, gamma as Tensor),
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const [value, factor] = saved as [Tensor, Tensor];
        return [dy.mul(factor), one('BiasAddGrad', [T, channelsLast], [dy.mul(value)])];
      },
    };
  });

  /** [N, …space, C] as the four axes that TensorFlow's normalisation takes. */
  const flat = (x: Tensor): Tensor => {
    const channels = x.shape.at(-1) ?? 1;
    const rows = x.shape[1] ?? 1;
    return x.reshape([x.shape[0] ?? 1, rows, x.size / ((x.shape[0] ?? 1) * rows * channels), channels]);
  };
  const norm = (x: Tensor, gamma: Tensor1D, beta: Tensor1D): Tensor =>
    x.rank === 4 ? fusedNorm(x, gamma, beta) : fusedNorm(flat(x), gamma, beta).reshape(x.shape);
  const perSample = (x: Tensor, body: (sample: Tensor) => Tensor): Tensor => {
    const samples = x.shape[0] === 1 ? [x] : tf.split(x, x.shape[0] ?? 1, 0);
    return samples.length === 1 ? body(x) : tf.concat(samples.map(body), 0);
  };
  return {
    relu: <X extends Tensor>(x: X) => relu(x) as X,
    biasAdd: <X extends Tensor>(x: X, bias: Tensor1D) => biasAdd(x, bias) as X,
    batchNorm: <X extends Tensor>(x: X, gamma: Tensor1D, beta: Tensor1D) => norm(x, gamma, beta) as X,
    // One sample after the other: a transposition to [1, H, W, N·C] costs more than the split.
    instanceNorm: <X extends Tensor>(x: X, gamma: Tensor1D, beta: Tensor1D) =>
      perSample(x, (sample) => norm(sample, gamma, beta)) as X,
    groupNorm: <X extends Tensor>(x: X, gamma: Tensor1D, beta: Tensor1D, groups: number) => {
      const [ones, zeros] = [tf.ones<Rank.R1>([groups]), tf.zeros<Rank.R1>([groups])];
      const standard = perSample(x.reshape(groupShape(x, groups)), (sample) => norm(sample, ones, zeros));
      return biasAdd(scale(standard.reshape(x.shape), gamma), beta) as X;
    },
  };
};

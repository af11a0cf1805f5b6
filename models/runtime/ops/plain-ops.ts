import type { Tensor, Tensor1D } from '@tensorflow/tfjs';
import type { NetworkOps, Tensorflow } from '../types';

/** As in PyTorch and nnU-Net. */
export const normalisationEpsilon = 1e-5;

/**
 * [N, …space, C / groups, groups]: channel c belongs to group c mod `groups`. Any fixed partition serves, and this one
 * lets the figures of a group be taken over leading axes, without moving data.
 * @throws where the channels do not divide.
 */
export const groupShape = (x: Tensor, groups: number): number[] => {
  const channels = x.shape.at(-1) ?? 1;
  if (channels % groups !== 0) {
    throw new Error(`${channels} channels cannot be normalised in ${groups} groups: they do not divide.`);
  }
  return [...x.shape.slice(0, -1), channels / groups, groups];
};

/** The layers from the library's own operations, for every backend. */
export const plainOps = (tf: Tensorflow): NetworkOps => {
  /** `body` with `x` as [rows, C]: WebGPU's shaders cannot combine five axes with a vector. */
  const byRow = <T extends Tensor>(x: Tensor, body: (rows: Tensor) => Tensor): T =>
    body(x.reshape([-1, x.shape.at(-1) ?? 1])).reshape(x.shape);
  const biasAdd = <T extends Tensor>(x: Tensor, bias: Tensor1D): T => byRow(x, (rows) => rows.add(bias));
  /** [N, space, C] normalised over `axes`, then scaled and shifted. */
  const normalise = <T extends Tensor>(
    x: Tensor,
    shape: readonly number[],
    axes: number[],
    gamma: Tensor1D,
    beta: Tensor1D,
  ): T => {
    const grouped = x.reshape([...shape]);
    const { mean, variance } = tf.moments(grouped, axes, true);
    const standard = grouped.sub(mean).mul(tf.rsqrt(variance.add(normalisationEpsilon)));
    return byRow(standard.reshape(x.shape), (rows) => rows.mul(gamma).add(beta));
  };
  const flat = (x: Tensor): [number, number, number] => {
    const [n, channels] = [x.shape[0] ?? 1, x.shape.at(-1) ?? 1];
    return [n, x.size / (n * channels), channels];
  };
  return {
    relu: (x) => tf.relu(x),
    biasAdd,
    batchNorm: (x, gamma, beta) => normalise(x, flat(x), [0, 1], gamma, beta),
    instanceNorm: (x, gamma, beta) => normalise(x, flat(x), [1], gamma, beta),
    groupNorm: (x, gamma, beta, groups) => {
      const [n, space] = flat(x);
      return normalise(x, [n, space, ...groupShape(x, groups).slice(-2)], [1, 2], gamma, beta);
    },
  };
};

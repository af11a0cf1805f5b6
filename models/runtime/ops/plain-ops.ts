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
  /** Normalises over `axes` of `x`. */
  const standardise = (x: Tensor, axes: number[]): Tensor => {
    const { mean, variance } = tf.moments(x, axes, true);
    return x.sub(mean).mul(tf.rsqrt(variance.add(normalisationEpsilon)));
  };
  const scaled = <T extends Tensor>(x: Tensor, gamma: Tensor1D, beta: Tensor1D): T => x.mul(gamma).add(beta);
  const spatial = (x: Tensor): number[] => x.shape.map((_, axis) => axis).slice(1, -1);
  return {
    relu: (x) => tf.relu(x),
    biasAdd: (x, bias) => tf.add(x, bias),
    batchNorm: (x, gamma, beta) => scaled(standardise(x, [0, ...spatial(x)]), gamma, beta),
    instanceNorm: (x, gamma, beta) => scaled(standardise(x, spatial(x)), gamma, beta),
    groupNorm: (x, gamma, beta, groups) => {
      const grouped = x.reshape(groupShape(x, groups));
      return scaled(standardise(grouped, [...spatial(x), x.rank - 1]).reshape(x.shape), gamma, beta);
    },
  };
};

import type * as tfjs from '@tensorflow/tfjs';
import { CHANGED } from './labels';
import type { PatchGrid } from './patches';

/** Which terms of eq. 4 are on, and in which reading (docs/decisions: the printed terms carry no gradient). */
export interface LossReading {
  /** Squared or absolute difference of a masked patch's pixels. */
  readonly prediction: 'l2' | 'l1';
  /**
   * Relative reconstruction loss. `ratio`: eq. 1 with the gradient stopped at L_mean, which rescales L_pred alone;
   * `weight`: the ratio, gradient stopped, weighs L_pred, so that hard patches count more.
   */
  readonly rrl: 'off' | 'ratio' | 'weight';
  /**
   * Category consistency. `labels-only`: eq. 3 is reported and acts through the next epoch's masking order;
   * `weight`: eq. 3 weighs L_pred of the patches whose label changed.
   */
  readonly ccl: 'off' | 'labels-only' | 'weight';
}

export interface LossTensors {
  /** [B, size, size, channels], both. */
  readonly image: tfjs.Tensor4D;
  readonly reconstruction: tfjs.Tensor4D;
  /** [B, side, side], 1 a masked patch. */
  readonly mask: tfjs.Tensor3D;
  /** [B, side, side], 1 where the label changed at the last epoch's end. */
  readonly changed: tfjs.Tensor3D;
}

/**
 * L_all of eq. 4 as far as it has a gradient, averaged over the samples that have a masked patch.
 * @returns `patchLosses` [B, side, side]: L_pred of every patch, masked or not; `prediction`: mean L_pred
 */
export function reconstructionLoss(
  tf: typeof tfjs,
  { image, reconstruction, mask, changed }: LossTensors,
  grid: PatchGrid,
  reading: LossReading,
): { loss: tfjs.Scalar; prediction: tfjs.Scalar; patchLosses: tfjs.Tensor3D } {
  const [batch, , , channels] = image.shape;
  const difference = tf.sub(reconstruction, image);
  const error = reading.prediction === 'l2' ? tf.square(difference) : tf.abs(difference);
  const patchLosses = tf.mean(
    tf.reshape(error, [batch, grid.side, grid.patch, grid.side, grid.patch * channels]),
    [2, 4],
  ) as tfjs.Tensor3D;

  const masked = tf.sum(mask, [1, 2], true);
  const perSample = (values: tfjs.Tensor): tfjs.Tensor =>
    tf.div(tf.sum(tf.mul(values, mask), [1, 2], true), tf.maximum(masked, 1));
  const samples = tf.maximum(tf.sum(tf.minimum(masked, 1)), 1);
  const overBatch = (values: tfjs.Tensor): tfjs.Scalar => tf.div(tf.sum(values), samples);

  const prediction = overBatch(perSample(patchLosses));
  let loss = prediction;
  if (reading.rrl !== 'off') {
    const mean = stopGradient(tf, perSample(patchLosses));
    const ratio = tf.div(patchLosses, tf.add(mean, 1e-12));
    const term = reading.rrl === 'ratio' ? ratio : tf.mul(stopGradient(tf, ratio), patchLosses);
    loss = tf.add(loss, overBatch(perSample(term)));
  }
  if (reading.ccl === 'weight')
    loss = tf.add(loss, overBatch(perSample(tf.mul(tf.mul(patchLosses, changed), CHANGED))));
  return { loss, prediction, patchLosses };
}

/** The value of x, through which no gradient flows. */
export function stopGradient<T extends tfjs.Tensor>(tf: typeof tfjs, x: T): T {
  return tf.customGrad((inner) => ({
    value: tf.mul(inner as tfjs.Tensor, 1),
    // By shape: the tensor itself is gone by the time of the backward pass.
    gradFunc: () => tf.zeros(x.shape),
  }))(x) as T;
}

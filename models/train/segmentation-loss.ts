import type * as tfjs from '@tensorflow/tfjs';

/** Added to numerator and denominator of Dice: a batch without any lesion has a loss, and a gradient, that is finite. */
const SMOOTH = 1e-5;

/**
 * Soft Dice over the batch plus cross-entropy, each label channel by itself (sigmoid), so that labels may overlap.
 * @param logits [B, H, W, labels]
 * @param truth the same shape, 0 or 1
 * @param care the same shape, 0 where the truth is not known, else the weight of the sample
 * @param slices how many slices lie side by side in the last axis (3D); each label is judged over all of them
 */
export function segmentationLoss(
  tf: typeof tfjs,
  logits: tfjs.Tensor,
  truth: tfjs.Tensor,
  care: tfjs.Tensor,
  slices = 1,
): { loss: tfjs.Scalar; dice: tfjs.Scalar; crossEntropy: tfjs.Scalar } {
  // max(z, 0) − z·y + log(1 + e^−|z|): cross-entropy of a sigmoid without overflow.
  const entropy = tf.add(
    tf.sub(tf.relu(logits), tf.mul(logits, truth)),
    tf.log1p(tf.exp(tf.neg(tf.abs(logits)))),
  );
  const crossEntropy = tf.div(tf.sum(tf.mul(entropy, care)), tf.add(tf.sum(care), SMOOTH)) as tfjs.Scalar;
  const probability = tf.mul(tf.sigmoid(logits), care);
  const labels = (logits.shape.at(-1) as number) / slices;
  const byLabel = (x: tfjs.Tensor): tfjs.Tensor => tf.sum(tf.reshape(x, [-1, labels]), 0);
  const overlap = byLabel(tf.mul(probability, truth));
  const sizes = tf.add(byLabel(probability), byLabel(tf.mul(truth, care)));
  const dice = tf.mean(tf.div(tf.add(tf.mul(overlap, 2), SMOOTH), tf.add(sizes, SMOOTH))) as tfjs.Scalar;
  return { loss: tf.add(crossEntropy, tf.sub(1, dice)), dice, crossEntropy };
}

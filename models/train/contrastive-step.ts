import type * as tfjs from '@tensorflow/tfjs';
import type { UNet } from '../nets/unet2d';
import type { Inference, Parameter, Runtime, TrainingStep } from '../runtime';

/** Baselines that learn by comparing two views of a slice. */
export type ContrastiveMethod = 'simclr' | 'byol';

export interface ContrastiveShape {
  readonly batch: number;
  readonly size: number;
  readonly channels: number;
  /** Channels of the encoder's bottleneck. */
  readonly features: number;
  readonly weightDecay: number;
  readonly seed: number;
}

/** Values of a projection, and of the layer before it. */
const PROJECTION = 64;
const HIDDEN = 128;
/** NT-Xent's temperature (Chen et al. 2020). */
const TEMPERATURE = 0.5;

export interface ContrastiveStep {
  readonly step: TrainingStep;
  /** What is trained: the encoder and the heads that are thrown away afterwards. */
  readonly parameters: readonly Parameter[];
  /** BYOL's target, which follows the trained weights slowly; null for SimCLR. */
  readonly target: Inference | null;
  readonly projection: number;
  dispose(): void;
}

/** Compiles one step of SimCLR (Chen et al. 2020) or BYOL (Grill et al. 2020) on the U-Net's encoder. */
export async function compileContrastive(
  runtime: Runtime,
  network: UNet,
  method: ContrastiveMethod,
  { batch, size, channels, features, weightDecay, seed }: ContrastiveShape,
): Promise<ContrastiveStep> {
  const { tf } = runtime;
  const encoder = network.parameters.filter((p) => p.name.startsWith('encoder.'));
  const projector = perceptron(tf, 'projector', features, seed + 101);
  const predictor = method === 'byol' ? perceptron(tf, 'predictor', PROJECTION, seed + 202) : null;
  const parameters = [...encoder, ...projector.parameters, ...(predictor?.parameters ?? [])];
  const project = (views: tfjs.Tensor): tfjs.Tensor2D =>
    projector.apply(overSpace(tf, network.encode(views)));
  const shape = [batch, size, size, channels];
  const target =
    method === 'byol'
      ? await runtime.compileInference({
          inputs: [{ name: 'views', shape: [2 * batch, size, size, channels] }],
          variables: [...encoder, ...projector.parameters],
          forward: ({ views }) => ({ projection: project(views) }),
        })
      : null;
  const step = await runtime.compileTrainingStep({
    inputs: [
      { name: 'first', shape },
      { name: 'second', shape },
      ...(method === 'byol' ? [{ name: 'target', shape: [2 * batch, PROJECTION] }] : []),
    ],
    variables: parameters,
    optimiser: { kind: 'adamw', beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay, clipNorm: 1 },
    loss: (feeds) => {
      const online = project(tf.concat([feeds.first, feeds.second], 0));
      return {
        loss: predictor
          ? bootstrapLoss(tf, predictor.apply(online), feeds.target as tfjs.Tensor2D)
          : contrastiveLoss(tf, online),
      };
    },
  });
  return {
    step,
    parameters,
    target,
    projection: PROJECTION,
    dispose: () => {
      step.dispose();
      target?.dispose();
      tf.dispose([...projector.parameters, ...(predictor?.parameters ?? [])].map((p) => p.variable));
    },
  };
}

/** The mean over all but the first and the last axis. */
const overSpace = (tf: typeof tfjs, x: tfjs.Tensor): tfjs.Tensor2D =>
  tf.mean(
    x,
    Array.from({ length: x.rank - 2 }, (_, axis) => axis + 1),
  ) as tfjs.Tensor2D;

/** NT-Xent over [2B, D]: row i and row i + B are two views of one slice, all others are different. */
export function contrastiveLoss(tf: typeof tfjs, projections: tfjs.Tensor2D): tfjs.Scalar {
  const rows = projections.shape[0];
  const z = unit(tf, projections);
  // Cosines over the temperature lie within ±2, so that exponentials need no shift.
  const similarity = tf.div(tf.matMul(z, z, false, true), TEMPERATURE);
  const others = tf.sub(1, tf.eye(rows));
  const partner = tf.tensor2d(
    Float32Array.from({ length: rows * rows }, (_, v) =>
      (Math.floor(v / rows) + rows / 2) % rows === v % rows ? 1 : 0,
    ),
    [rows, rows],
  );
  const all = tf.log(tf.sum(tf.mul(tf.exp(similarity), others), 1));
  const own = tf.sum(tf.mul(similarity, partner), 1);
  return tf.mean(tf.sub(all, own));
}

/** 2 − 2 cos between each view's prediction and the target's projection of the other view. */
export function bootstrapLoss(
  tf: typeof tfjs,
  predictions: tfjs.Tensor2D,
  targets: tfjs.Tensor2D,
): tfjs.Scalar {
  const [first, second] = tf.split(targets, 2, 0);
  const crossed = tf.concat([second, first], 0) as tfjs.Tensor2D;
  const cosine = tf.sum(tf.mul(unit(tf, predictions), unit(tf, crossed)), 1);
  return tf.mean(tf.sub(2, tf.mul(2, cosine)));
}

const unit = (tf: typeof tfjs, x: tfjs.Tensor2D): tfjs.Tensor2D =>
  tf.div(x, tf.sqrt(tf.add(tf.sum(tf.square(x), 1, true), 1e-8)));

/** Two dense layers with a ReLU between them. */
function perceptron(
  tf: typeof tfjs,
  name: string,
  inputs: number,
  seed: number,
): { parameters: readonly Parameter[]; apply(x: tfjs.Tensor2D): tfjs.Tensor2D } {
  const dense = (layer: number, from: number, to: number): [tfjs.Variable, tfjs.Variable] => [
    tf.tidy(() => tf.variable(tf.randomNormal([from, to], 0, Math.sqrt(2 / from), 'float32', seed + layer))),
    tf.tidy(() => tf.variable(tf.zeros([to]))),
  ];
  const [w1, b1] = dense(1, inputs, HIDDEN);
  const [w2, b2] = dense(2, HIDDEN, PROJECTION);
  const parameter = (part: string, variable: tfjs.Variable, decay: boolean): Parameter => ({
    name: `${name}.${part}`,
    variable,
    decay,
    learningRateScale: 1,
  });
  return {
    parameters: [
      parameter('1.kernel', w1, true),
      parameter('1.bias', b1, false),
      parameter('2.kernel', w2, true),
      parameter('2.bias', b2, false),
    ],
    apply: (x) =>
      tf.add(
        tf.matMul(tf.relu(tf.add(tf.matMul(x, w1 as tfjs.Tensor2D), b1)), w2 as tfjs.Tensor2D),
        b2,
      ) as tfjs.Tensor2D,
  };
}

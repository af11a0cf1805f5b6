import type * as tfjs from '@tensorflow/tfjs';
import { type PatchGrid, reconstructionLoss } from '../amlp';
import type { UNet } from '../nets/unet2d';
import type { InputSpec, Parameter, Runtime, TrainingStep } from '../runtime';
import type { PretrainConfig } from './pretrain-config';

/** The learned value of a masked patch, one a channel (`fill: 'token'`). */
const TOKEN = 'token';

/** Compiles one step: mask, reconstruct, compare. Masks and noise are inputs, so that the graph stays fixed. */
export async function compilePretraining(
  runtime: Runtime,
  network: UNet,
  grid: PatchGrid,
  channels: number,
  config: PretrainConfig,
): Promise<{ step: TrainingStep; parameters: readonly Parameter[] }> {
  const { tf } = runtime;
  const { batch, size, fill } = config;
  const token = fill === 'token' ? tf.variable(tf.zeros([channels]), true, undefined, 'float32') : null;
  const parameters: Parameter[] = [...network.parameters];
  if (token) parameters.push({ name: TOKEN, variable: token, decay: false, learningRateScale: 1 });

  const inputs: InputSpec[] = [
    { name: 'image', shape: [batch, size, size, channels] },
    { name: 'pixelMask', shape: [batch, size, size, 1] },
    { name: 'patchMask', shape: [batch, grid.side, grid.side] },
    { name: 'changed', shape: [batch, grid.side, grid.side] },
  ];
  if (fill === 'noise') inputs.push({ name: 'noise', shape: [batch, size, size, channels] });

  const step = await runtime.compileTrainingStep({
    inputs,
    variables: parameters,
    optimiser: {
      kind: 'adamw',
      beta1: 0.9,
      beta2: 0.95,
      epsilon: 1e-8,
      weightDecay: config.weightDecay,
      clipNorm: config.clipNorm,
    },
    loss: (feeds) => {
      const image = feeds.image as tfjs.Tensor4D;
      const visible = tf.mul(image, tf.sub(1, feeds.pixelMask));
      const filling = fill === 'noise' ? feeds.noise : token;
      const masked = filling ? tf.add(visible, tf.mul(feeds.pixelMask, filling)) : visible;
      const reconstruction = network.forward(masked) as tfjs.Tensor4D;
      const { loss, prediction, patchLosses } = reconstructionLoss(
        tf,
        {
          image,
          reconstruction,
          mask: feeds.patchMask as tfjs.Tensor3D,
          changed: feeds.changed as tfjs.Tensor3D,
        },
        grid,
        config.loss,
      );
      return { loss, outputs: { prediction, patchLosses, reconstruction } };
    },
  });
  return { step, parameters };
}

import type { UNet } from '../nets/unet2d';
import type { Parameter, Runtime, TrainingStep } from '../runtime';
import type { Companion } from './companion';
import type { FinetuneConfig } from './finetune-config';
import { slicesOf } from './network';
import { segmentationLoss } from './segmentation-loss';

/**
 * Compiles one step of teaching: forward, loss over what is known, update.
 * @param parameters those of the network that learn, with their rates
 * @param companion what teaches beside the contours in the same step
 * @param samples channels and labels of one sample (of all its slices, in 3D)
 */
export function compileFinetuning(
  runtime: Runtime,
  network: UNet,
  parameters: readonly Parameter[],
  samples: { readonly channels: number; readonly labels: number },
  config: FinetuneConfig,
  companion: Pick<Companion, 'inputs' | 'loss'> | null = null,
): Promise<TrainingStep> {
  const { tf } = runtime;
  const { batch, size, weightDecay, clipNorm } = config;
  return runtime.compileTrainingStep({
    inputs: [
      { name: 'image', shape: [batch, size, size, samples.channels] },
      { name: 'truth', shape: [batch, size, size, samples.labels] },
      { name: 'care', shape: [batch, size, size, samples.labels] },
      ...(companion?.inputs ?? []),
    ],
    variables: parameters,
    optimiser: { kind: 'adamw', beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay, clipNorm },
    loss: (feeds) => {
      const { loss, dice, crossEntropy } = segmentationLoss(
        tf,
        network.forward(feeds.image),
        feeds.truth,
        feeds.care,
        slicesOf(config.network),
      );
      const beside = companion?.loss(feeds);
      return { loss: beside ? tf.add(loss, beside) : loss, outputs: { dice, crossEntropy } };
    },
  });
}

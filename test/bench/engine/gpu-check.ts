/**
 * Prints the losses of a short training on the card, compiled in float32 and in mixed precision; with `--processor`
 * those of the processor, from the same weights (run with CUDA_VISIBLE_DEVICES empty). Not yet run on any card.
 */
import type { Scalar, Tensor } from '@tensorflow/tfjs';
import { createUNet2D } from '../../../models/nets/unet2d';
import { openRuntime, type Runtime } from '../../../models/runtime';

const shape = [4, 64, 64, 1];
const length = shape.reduce((total, side) => total * side, 1);
const feeds = {
  x: Float32Array.from({ length }, (_, i) => Math.sin(i * 0.37) + Math.cos(i * 0.0117)),
  y: Float32Array.from({ length }, (_, i) => (i % 11 === 0 ? 1 : 0)),
};

const lossesOf = async (runtime: Runtime, mixedPrecision: boolean): Promise<number[]> => {
  const { tf } = runtime;
  const network = createUNet2D(runtime, {
    inChannels: 1,
    outChannels: 1,
    width: 16,
    seed: 1,
    normalisation: 'instance',
  });
  const step = await runtime.compileTrainingStep({
    inputs: ['x', 'y'].map((name) => ({ name, shape })),
    variables: network.parameters,
    loss: ({ x, y }) => ({
      loss: tf.mean(tf.squaredDifference(tf.sigmoid(network.forward(x as Tensor)), y as Tensor)) as Scalar,
    }),
    optimiser: { kind: 'adamw', beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.05 },
    mixedPrecision,
  });
  if (!step.compiled) throw new Error(`The step was not compiled: ${step.why}`);
  const losses: number[] = [];
  for (let i = 0; i < 20; i++) losses.push((await step.run(feeds, 1e-3)).loss);
  step.dispose();
  network.dispose();
  return losses;
};

const processor = process.argv.includes('--processor');
const runtime = await openRuntime({ prefer: processor ? 'cpu' : 'cuda' });
if (!processor && runtime.device.kind !== 'cuda') {
  process.stderr.write(`${runtime.device.sentence}\n`);
  process.exit(3);
}
const full = await lossesOf(runtime, false);
const mixed = processor ? full : await lossesOf(runtime, true);
process.stdout.write(`${JSON.stringify({ device: runtime.device.sentence, full, mixed })}\n`, () =>
  process.exit(0),
);

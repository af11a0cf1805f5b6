/**
 * Trains tiny networks on the backend named on the command line and prints the losses as JSON; run in a process of its
 * own, because a process has one backend and Vulkan's library must be found while it starts.
 */
import type { Scalar, Tensor } from '@tensorflow/tfjs';
import { createUNet2D } from '../../../models/nets/unet2d';
import { createUNet3D } from '../../../models/nets/unet3d';
import { openRuntime, preferredBackend } from '../../../models/runtime';
import { values } from './support';

const runtime = await openRuntime({
  prefer: preferredBackend({ AMLP_BACKEND: process.argv[2] }),
  mixedPrecision: false,
});
const { tf, device } = runtime;
/** With no backend named, what this machine would take is all that is asked. */
const networks =
  process.argv[2] === 'auto'
    ? []
    : [
        {
          create: createUNet2D,
          shape: [2, 8, 8, 1],
          normalisations: ['none', 'batch', 'instance', 'group'] as const,
        },
        { create: createUNet3D, shape: [1, 4, 8, 8, 1], normalisations: ['none', 'instance'] as const },
      ];
const losses: Record<string, number[]> = {};
const inferred: Record<string, number[]> = {};
for (const { create, shape, normalisations } of networks) {
  for (const normalisation of normalisations) {
    const name = `${shape.length - 2}D ${normalisation}`;
    const network = create(runtime, {
      inChannels: 1,
      outChannels: 1,
      width: 4,
      depth: 1,
      seed: 5,
      normalisation,
    });
    const length = shape.reduce((total, side) => total * side, 1);
    const feeds = { x: values(length, 1), y: values(length, 2).map((v) => (v > 0.3 ? 1 : 0)) };
    const step = await runtime.compileTrainingStep({
      inputs: ['x', 'y'].map((input) => ({ name: input, shape })),
      variables: network.parameters,
      loss: ({ x, y }) => ({
        loss: tf.mean(tf.squaredDifference(tf.sigmoid(network.forward(x as Tensor)), y as Tensor)) as Scalar,
      }),
      optimiser: {
        kind: 'adamw',
        beta1: 0.9,
        beta2: 0.95,
        epsilon: 1e-6,
        weightDecay: 0.05,
        clipNorm: 1,
      },
    });
    const own: number[] = [];
    for (let i = 0; i < 4; i++) own.push((await step.run(feeds, 1e-3)).loss);
    losses[name] = own;
    await step.sync();
    const inference = await runtime.compileInference({
      inputs: [{ name: 'x', shape }],
      variables: network.parameters,
      forward: ({ x }) => ({ p: network.forward(x as Tensor) }),
    });
    inferred[name] = Array.from((await inference.run({ x: feeds.x })).p ?? []);
    step.dispose();
    inference.dispose();
  }
}
process.stdout.write(JSON.stringify({ device, losses, inferred }), () => process.exit(0));

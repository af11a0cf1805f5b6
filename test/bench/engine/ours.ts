/**
 * Our side of `npm run bench:engine`, and plain tfjs: answers one line of JSON a line of standard input (see worker.mjs).
 */
import { createInterface } from 'node:readline';
import type { Scalar, Tensor } from '@tensorflow/tfjs';
import { createUNet2D, type Normalisation } from '../../../models/nets/unet2d';
import { openRuntime, type Inference, type Runtime, type TrainingStep } from '../../../models/runtime';
import { plainOps } from '../../../models/runtime/ops/plain-ops';
import { PlainInference, PlainTrainingStep } from '../../../models/runtime/plain/steps';

interface Make {
  readonly do: 'make';
  readonly modes: readonly string[];
  readonly width: number;
  readonly size: number;
  readonly batch: number;
  readonly normalisation: Normalisation;
}
type Order = Make | { readonly do: 'train' | 'infer'; readonly mode: string };

interface Contender {
  readonly step: TrainingStep;
  readonly inference: Inference;
  readonly feeds: Record<string, Float32Array>;
}

const gpu = process.argv.includes('--gpu');
const runtime = await openRuntime({ prefer: gpu ? 'cuda' : 'cpu' });
const contenders = new Map<string, Contender>();

const makeContender = async (mode: string, order: Make): Promise<Contender> => {
  const { tf } = runtime;
  const library = mode === 'tfjs';
  const context: Runtime = library ? { ...runtime, ops: plainOps(tf) } : runtime;
  const { width, size, batch, normalisation } = order;
  const network = createUNet2D(context, { inChannels: 1, outChannels: 1, width, seed: 1, normalisation });
  const shape = [batch, size, size, 1];
  const training = {
    inputs: ['x', 'y'].map((name) => ({ name, shape })),
    variables: network.parameters,
    loss: ({ x, y }: Record<string, Tensor>) => ({
      loss: tf.mean(tf.squaredDifference(tf.sigmoid(network.forward(x as Tensor)), y as Tensor)) as Scalar,
    }),
    optimiser: {
      kind: 'adamw',
      beta1: 0.9,
      beta2: 0.95,
      epsilon: 1e-8,
      weightDecay: 0.05,
    } as const,
    mixedPrecision: mode === 'ours_mixed',
  };
  const inferring = {
    inputs: [{ name: 'x', shape }],
    variables: network.parameters,
    forward: ({ x }: Record<string, Tensor>) => ({ p: tf.sigmoid(network.forward(x as Tensor)) }),
    mixedPrecision: mode === 'ours_mixed',
  };
  const length = batch * size * size;
  let state = 12345;
  const random = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const feeds = {
    x: Float32Array.from(
      { length },
      () => Math.sqrt(-2 * Math.log(random() || 1e-9)) * Math.cos(2 * Math.PI * random()),
    ),
    y: Float32Array.from({ length }, () => (random() > 0.9 ? 1 : 0)),
  };
  const why = 'the comparison';
  const step = library
    ? new PlainTrainingStep(tf, training, why)
    : await runtime.compileTrainingStep(training);
  const inference = library
    ? new PlainInference(tf, inferring, why)
    : await runtime.compileInference(inferring);
  if (!library && !(step.compiled && inference.compiled)) {
    throw new Error(`Not compiled: ${step.why ?? inference.why}`);
  }
  if (mode === 'ours_mixed' && step.mixed === null) throw new Error('No half-width instructions here.');
  return { step, inference, feeds };
};

const run = async ({ step, inference, feeds }: Contender, action: 'train' | 'infer'): Promise<void> => {
  if (action === 'train') await step.run(feeds, 1e-4);
  else await inference.run({ x: feeds.x as Float32Array });
};

const answer = async (order: Order): Promise<object> => {
  if (order.do !== 'make') {
    const contender = contenders.get(order.mode);
    if (!contender) throw new Error(`No contender ${order.mode}.`);
    await run(contender, order.do);
    const start = performance.now();
    await run(contender, order.do);
    return { seconds: (performance.now() - start) / 1000 };
  }
  for (const { step, inference } of contenders.values()) {
    step.dispose();
    inference.dispose();
  }
  contenders.clear();
  runtime.tf.disposeVariables();
  for (const mode of order.modes) {
    const contender = await makeContender(mode, order);
    contenders.set(mode, contender);
    await run(contender, 'train');
    await run(contender, 'infer');
  }
  return { about: runtime.device.sentence };
};

for await (const line of createInterface({ input: process.stdin })) {
  let reply: object;
  try {
    reply = await answer(JSON.parse(line) as Order);
  } catch (error) {
    reply = { error: error instanceof Error ? error.message : String(error) };
  }
  process.stdout.write(`${JSON.stringify(reply)}\n`);
}

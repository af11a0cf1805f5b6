import { patchGrid } from '../amlp';
import type { Runtime, TrainingStep } from '../runtime';
import type { Trial } from '../runtime/fit';
import type { FinetuneConfig } from './finetune-config';
import { compileFinetuning } from './finetune-step';
import { createNetwork, slicesOf } from './network';
import type { PretrainConfig } from './pretrain-config';
import { compilePretraining } from './pretrain-step';

/** Values of every sort, the same each time: what they are decides neither time nor memory. */
const something = (length: number): Float32Array =>
  Float32Array.from({ length }, (_, i) => Math.sin(i * 0.37) + Math.cos(i * 0.0117));

/** The step frees its network as well. */
function owning(step: TrainingStep, release: () => void): TrainingStep {
  const dispose = step.dispose.bind(step);
  step.dispose = () => {
    dispose();
    release();
  };
  return step;
}

/** The very step of a pretraining run, with made-up feeds, to be measured. @param channels of one slice */
export async function pretrainTrial(
  runtime: Runtime,
  channels: number,
  config: PretrainConfig,
): Promise<Trial> {
  const network = createNetwork(runtime, config.network, channels, channels, config.seed);
  const grid = patchGrid(config.size, config.patch);
  const all = channels * slicesOf(config.network);
  const { step, parameters } = await compilePretraining(runtime, network, grid, all, config);
  const pixels = config.batch * config.size * config.size;
  const patches = config.batch * grid.count;
  const image = something(pixels * all);
  return {
    step: owning(step, () => {
      network.dispose();
      for (const { name, variable } of parameters) if (name === 'token') variable.dispose();
    }),
    feeds: {
      image,
      pixelMask: new Float32Array(pixels).fill(1),
      patchMask: new Float32Array(patches).fill(1),
      changed: new Float32Array(patches),
      ...(config.fill === 'noise' ? { noise: image } : {}),
    },
  };
}

/** The very step of teaching, with made-up feeds, to be measured. @param channels and labels of one slice */
export async function finetuneTrial(
  runtime: Runtime,
  { channels, labels }: { readonly channels: number; readonly labels: number },
  config: FinetuneConfig,
): Promise<Trial> {
  const network = createNetwork(runtime, config.network, channels, labels, config.seed);
  const slices = slicesOf(config.network);
  const samples = { channels: channels * slices, labels: labels * slices };
  const step = await compileFinetuning(runtime, network, network.parameters, samples, config);
  const pixels = config.batch * config.size * config.size;
  const truth = Float32Array.from({ length: pixels * samples.labels }, (_, i) => (i % 11 === 0 ? 1 : 0));
  return {
    step: owning(step, () => network.dispose()),
    feeds: {
      image: something(pixels * samples.channels),
      truth,
      care: new Float32Array(truth.length).fill(1),
    },
  };
}

import { cropSlice, patchGrid, randomCrop } from '../amlp';
import { Random } from '../random';
import type { Runtime } from '../runtime';
import { augmentIntensity } from './augment/intensity';
import { NNUNET } from './augment/options';
import { samplesOf } from './blocks';
import { assertResumable, fingerprint, packStep, type TrainingState, unpackStep } from './checkpoint';
import { compileContrastive, type ContrastiveMethod, type ContrastiveStep } from './contrastive-step';
import { breathe, CheckpointClock, type TrainingHooks, Waiting } from './hooks';
import { createNetwork, namedWeights } from './network';
import type { PretrainResult } from './pretrain';
import type { PretrainConfig, PretrainReport } from './pretrain-config';
import { learningRate } from './schedule';
import { informativeSlices } from './selections';
import type { SliceSource } from './slice-source';

/** How much of BYOL's target stays as it was, each step. */
const MOMENTUM = 0.99;
const TARGET = 'target/';

/**
 * Pretrains the encoder with SimCLR or BYOL, on the same slices and schedule as AMLP. A view is a RandomResizedCrop
 * with nnU-Net's changes of intensity. The decoder of the weights returned is untrained.
 */
export async function pretrainContrastive(
  runtime: Runtime,
  slices: SliceSource,
  method: ContrastiveMethod,
  config: PretrainConfig,
  hooks: TrainingHooks<PretrainReport> = {},
  resume?: TrainingState,
): Promise<PretrainResult> {
  const source = samplesOf(slices, config.network);
  const index = informativeSlices(source, patchGrid(source.size, config.patch));
  if (index.length === 0)
    throw new Error(
      'None of the slices shows anything but air or padding; choose another folder or channel.',
    );
  const { channels } = source;
  const { network: shape, batch, size, epochs, seed } = config;
  const network = createNetwork(runtime, shape, slices.channels, slices.channels, seed);
  const compiled = await compileContrastive(runtime, network, method, {
    batch,
    size,
    channels,
    features: shape.width * 2 ** shape.depth,
    weightDecay: config.weightDecay,
    seed,
  });
  const own = fingerprint({ method, config, slices: source.count, size: source.size, channels });
  const slicesPerEpoch = Math.min(index.length, config.slicesPerEpoch ?? index.length);
  // A part of a batch has fewer others to be told from: only whole batches, at least one.
  const steps = Math.max(1, Math.floor(slicesPerEpoch / batch));
  const target = new Target(compiled);
  let t = 0;
  let sum = 0;
  const state = async (): Promise<TrainingState> => ({
    kind: 'pretrain',
    tensors: { ...packStep(await compiled.step.state()), ...target.tensors() },
    facts: { epoch: Math.floor(t / steps), stepInEpoch: t % steps, t, sums: { loss: sum }, fingerprint: own },
  });
  try {
    if (resume) {
      assertResumable(resume, 'pretrain', own);
      compiled.step.load(unpackStep(resume));
      target.load(resume.tensors);
      t = resume.facts.t;
      sum = resume.facts.sums.loss;
    } else await target.start();
    const reports: PretrainReport[] = [];
    const views = new Views(source, config);
    const checkpoints = new CheckpointClock(hooks, state);
    let finished = true;
    let waiting = new Waiting();
    while (t < steps * epochs) {
      await breathe();
      if (hooks.shouldStop?.()) {
        finished = false;
        break;
      }
      const epoch = Math.floor(t / steps) + 1;
      const order = new Random(seed, 5, epoch).permutation(index.length);
      const at = (t % steps) * batch;
      const chosen = Array.from({ length: batch }, (_, b) => index[order[(at + b) % index.length]]);
      const feeds = await waiting.for(() => ({
        first: views.make(chosen, epoch, 1),
        second: views.make(chosen, epoch, 2),
      }));
      const rate = learningRate(
        {
          rate: config.rate,
          warmUpSteps: Math.round(Math.min(config.warmUpEpochs, epochs / 4) * steps),
          totalSteps: epochs * steps,
          floor: 0,
        },
        t,
      );
      const { loss } = await compiled.step.run({ ...feeds, ...(await target.project(feeds)) }, rate);
      await target.follow();
      t++;
      sum += loss;
      hooks.onStep?.({
        epoch,
        epochs,
        step: ((t - 1) % steps) + 1,
        stepsPerEpoch: steps,
        loss,
        done: t,
        total: steps * epochs,
      });
      if (t % steps !== 0) {
        await checkpoints.afterStep();
        continue;
      }
      const report = reportOf(epoch, epochs, sum / steps, rate, waiting);
      reports.push(report);
      hooks.onEpoch?.(report);
      sum = 0;
      waiting = new Waiting();
      await checkpoints.afterEpoch();
    }
    const last = await state();
    const weights = await namedWeights(network.parameters, unpackStep(last).weights);
    return { finished, state: last, weights, reports, slicesUsed: index.length };
  } finally {
    compiled.dispose();
    network.dispose();
  }
}

function reportOf(
  epoch: number,
  epochs: number,
  loss: number,
  rate: number,
  waiting: Waiting,
): PretrainReport {
  return {
    epoch,
    epochs,
    loss,
    prediction: 0,
    consistency: 0,
    maskingRatio: 0,
    labelsChanged: 0,
    learningRate: rate,
    seconds: waiting.seconds(),
    waiting: waiting.share(),
    pictures: [],
  };
}

/** Makes views of slices. */
class Views {
  private readonly slice: Float32Array;

  constructor(
    private readonly source: SliceSource,
    private readonly config: PretrainConfig,
  ) {
    this.slice = new Float32Array(source.size * source.size * source.channels);
  }

  make(slices: readonly number[], epoch: number, view: number): Float32Array {
    const { size, crop, seed } = this.config;
    const { channels } = this.source;
    const length = size * size * channels;
    const out = new Float32Array(slices.length * length);
    slices.forEach((s, b) => {
      const random = new Random(seed, 6, epoch, s, view);
      this.source.read(s, this.slice);
      const into = out.subarray(b * length, (b + 1) * length);
      cropSlice(
        this.slice,
        this.source.size,
        channels,
        randomCrop(this.source.size, crop, random),
        size,
        into,
      );
      augmentIntensity(into, size, channels, NNUNET, random);
    });
    return out;
  }
}

/** BYOL's target network: the exponential mean of the trained one. Does nothing for SimCLR. */
class Target {
  private weights: Record<string, Float32Array> = {};

  constructor(private readonly compiled: ContrastiveStep) {}

  async start(): Promise<void> {
    if (!this.compiled.target) return;
    const { weights } = await this.compiled.step.state();
    this.weights = Object.fromEntries(
      Object.entries(weights)
        .filter(([name]) => !name.startsWith('predictor.'))
        .map(([name, data]) => [name, data.slice()]),
    );
    this.compiled.target.load(this.weights);
  }

  async project(feeds: { first: Float32Array; second: Float32Array }): Promise<{ target?: Float32Array }> {
    if (!this.compiled.target) return {};
    const views = new Float32Array(feeds.first.length * 2);
    views.set(feeds.first);
    views.set(feeds.second, feeds.first.length);
    return { target: (await this.compiled.target.run({ views })).projection };
  }

  async follow(): Promise<void> {
    if (!this.compiled.target) return;
    const { weights } = await this.compiled.step.state();
    for (const [name, mean] of Object.entries(this.weights)) {
      const now = weights[name];
      for (let i = 0; i < mean.length; i++) mean[i] = MOMENTUM * mean[i] + (1 - MOMENTUM) * now[i];
    }
    this.compiled.target.load(this.weights);
  }

  tensors(): Record<string, Float32Array> {
    return Object.fromEntries(
      Object.entries(this.weights).map(([name, data]) => [TARGET + name, data.slice()]),
    );
  }

  load(tensors: Readonly<Record<string, Float32Array>>): void {
    if (!this.compiled.target) return;
    this.weights = Object.fromEntries(
      Object.entries(tensors)
        .filter(([name]) => name.startsWith(TARGET))
        .map(([name, data]) => [name.slice(TARGET.length), data.slice()]),
    );
    this.compiled.target.load(this.weights);
  }
}

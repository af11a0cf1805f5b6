import { maskingRatio, patchGrid, PatchLabels } from '../amlp';
import type { Runtime, StepResult, TrainingStep } from '../runtime';
import { Random } from '../random';
import { samplesOf } from './blocks';
import { assertResumable, fingerprint, packStep, type TrainingState, unpackStep } from './checkpoint';
import { Lookahead, SliceFeeder } from './feeder';
import { breathe, CheckpointClock, type TrainingHooks, Waiting } from './hooks';
import { carryOver, createNetwork, type NamedWeights, namedWeights } from './network';
import { type PretrainBatch, PretrainBatches } from './pretrain-batch';
import type { PretrainConfig, PretrainReport, Reconstruction } from './pretrain-config';
import { compilePretraining } from './pretrain-step';
import { learningRate } from './schedule';
import { selectAll } from './selections';
import type { SliceSource } from './slice-source';

export interface PretrainResult {
  /** False when `shouldStop` ended the run; `state` then goes on from there. */
  readonly finished: boolean;
  /** Null where the run was stopped before it began. */
  readonly state: TrainingState | null;
  readonly weights: NamedWeights | null;
  readonly reports: readonly PretrainReport[];
  /** Slices that taught, out of those given; the rest is air or padding. */
  readonly slicesUsed: number;
}

export interface PretrainStart {
  /** A state of the same run, to go on bit for bit. */
  readonly resume?: TrainingState;
  /** Weights to begin with (continued pretraining when the archive has grown). */
  readonly weights?: NamedWeights;
}

/**
 * AMLP pretraining: masks patches, reconstructs them, and lets the losses correct the patch labels.
 * @param slices unlabelled; its size must be a multiple of the patch
 * @throws where no slice shows anything, where sizes do not fit, or where `resume` is of another run
 */
export async function pretrain(
  runtime: Runtime,
  slices: SliceSource,
  config: PretrainConfig,
  hooks: TrainingHooks<PretrainReport> = {},
  start: PretrainStart = {},
): Promise<PretrainResult> {
  const source = samplesOf(slices, config.network);
  const full = patchGrid(source.size, config.patch);
  const grid = patchGrid(config.size, config.patch);
  const feeder = hooks.feeder ?? new SliceFeeder(source);
  const found = await selectAll(feeder, source.count, config, hooks);
  if (!found)
    return { finished: false, state: start.resume ?? null, weights: null, reports: [], slicesUsed: 0 };
  if (found.index.length === 0)
    throw new Error(
      'None of the slices shows anything but air or padding; choose another folder or channel.',
    );

  const labels = new PatchLabels(found.selections, config);
  const network = createNetwork(runtime, config.network, slices.channels, slices.channels, config.seed);
  if (start.weights) carryOver(runtime, network.parameters, start.weights, () => true);
  const { step, parameters } = await compilePretraining(runtime, network, grid, source.channels, config);
  const own = fingerprint({ config, slices: source.count, size: source.size, channels: source.channels });
  const run = new Run(step, config, labels, found.index.length, own);
  try {
    if (start.resume) {
      assertResumable(start.resume, 'pretrain', own);
      run.restore(start.resume);
    }
    const batches = new PretrainBatches(feeder, source, labels, full, grid, config);
    const reports: PretrainReport[] = [];
    const checkpoints = new CheckpointClock(hooks, () => run.state());
    let finished = true;
    while (run.epoch < config.epochs) {
      const report = await run.oneEpoch(batches, found.index, hooks, checkpoints, source.channels);
      if (!report) {
        finished = false;
        break;
      }
      // Pictures are for whoever looks now; kept, they would grow with the run.
      reports.push({ ...report, pictures: [] });
      hooks.onEpoch?.(report);
      await checkpoints.afterEpoch();
    }
    const state = await run.state();
    const weights = await namedWeights(parameters, unpackStep(state).weights);
    return { finished, state, weights, reports, slicesUsed: found.index.length };
  } finally {
    step.dispose();
    network.dispose();
    for (const { name, variable } of parameters) if (name === 'token') variable.dispose();
  }
}

/** The course of a run: which slices come when, at which rate and masking ratio, and what was summed up so far. */
class Run {
  epoch = 0;
  private stepInEpoch = 0;
  private t = 0;
  private sums = { loss: 0, prediction: 0, consistency: 0, samples: 0 };
  private readonly slicesPerEpoch: number;
  private readonly stepsPerEpoch: number;

  constructor(
    private readonly step: TrainingStep,
    private readonly config: PretrainConfig,
    private readonly labels: PatchLabels,
    private readonly slices: number,
    private readonly own: string,
  ) {
    this.slicesPerEpoch = Math.min(slices, config.slicesPerEpoch ?? slices);
    this.stepsPerEpoch = Math.ceil(this.slicesPerEpoch / config.batch);
  }

  /** Null when the run was asked to stop in the middle. */
  async oneEpoch(
    batches: PretrainBatches,
    sourceIndex: Uint32Array,
    hooks: TrainingHooks<PretrainReport>,
    checkpoints: CheckpointClock,
    channels: number,
  ): Promise<PretrainReport | null> {
    const { config, stepsPerEpoch } = this;
    const epoch = this.epoch + 1;
    const ratio = maskingRatio({ ...config.ratio, epochs: config.epochs }, epoch);
    const order = new Random(config.seed, 5, epoch).permutation(this.slices).subarray(0, this.slicesPerEpoch);
    const waiting = new Waiting();
    const ahead = new Lookahead(
      (s) =>
        batches.make(
          [...order.subarray(s * config.batch, (s + 1) * config.batch)],
          sourceIndex,
          ratio,
          epoch,
        ),
      () => hooks.feeder?.ahead('crops') ?? 0,
      stepsPerEpoch,
    );

    let pictures: Reconstruction[] = [];
    let rate = 0;
    while (this.stepInEpoch < stepsPerEpoch) {
      await breathe();
      if (hooks.shouldStop?.()) return null;
      const batch = await waiting.for(() => ahead.take(this.stepInEpoch));
      rate = this.learningRate();
      const answer = await this.step.run(batch.feeds as Record<string, Float32Array>, rate);
      if (!Number.isFinite(answer.loss))
        throw new Error(`The loss became ${answer.loss} in epoch ${epoch}; lower the learning rate.`);
      this.take(batch, answer, epoch);
      if (this.stepInEpoch === 0) pictures = reconstructions(batch, answer, config.size, channels);
      this.stepInEpoch++;
      this.t++;
      hooks.onStep?.({
        epoch,
        epochs: config.epochs,
        step: this.stepInEpoch,
        stepsPerEpoch,
        loss: answer.loss,
        done: this.t,
        total: stepsPerEpoch * config.epochs,
      });
      if (this.stepInEpoch < stepsPerEpoch) await checkpoints.afterStep();
    }
    const changed = config.updateLabels ? this.labels.endEpoch() : 0;
    const { loss, prediction, consistency, samples } = this.sums;
    this.epoch = epoch;
    this.stepInEpoch = 0;
    this.sums = { loss: 0, prediction: 0, consistency: 0, samples: 0 };
    return {
      epoch,
      epochs: config.epochs,
      loss: loss / samples,
      prediction: prediction / samples,
      consistency: consistency / samples,
      maskingRatio: ratio,
      labelsChanged: changed / (this.slices * this.labels.patches),
      learningRate: rate,
      seconds: waiting.seconds(),
      waiting: waiting.share(),
      pictures,
    };
  }

  async state(): Promise<TrainingState> {
    return {
      kind: 'pretrain',
      tensors: { ...packStep(await this.step.state()), labels: this.labels.state() },
      facts: {
        epoch: this.epoch,
        stepInEpoch: this.stepInEpoch,
        t: this.t,
        sums: this.sums,
        fingerprint: this.own,
      },
    };
  }

  restore(state: TrainingState): void {
    this.step.load(unpackStep(state));
    this.labels.load(state.tensors.labels);
    this.epoch = state.facts.epoch;
    this.stepInEpoch = state.facts.stepInEpoch;
    this.t = state.facts.t;
    this.sums = { ...this.sums, ...state.facts.sums };
  }

  private learningRate(): number {
    const { rate, warmUpEpochs, epochs } = this.config;
    const schedule = {
      rate,
      warmUpSteps: Math.round(Math.min(warmUpEpochs, epochs / 4) * this.stepsPerEpoch),
      totalSteps: epochs * this.stepsPerEpoch,
      floor: 0,
    };
    return learningRate(schedule, this.t);
  }

  private take(batch: PretrainBatch, answer: StepResult, epoch: number): void {
    const n = batch.samples.length;
    this.sums.loss += answer.loss * n;
    this.sums.prediction += answer.outputs.prediction[0] * n;
    this.sums.samples += n;
    if (!this.config.updateLabels) return;
    const { patchLosses } = answer.outputs;
    batch.samples.forEach(({ slice, under, mask }, b) => {
      const losses = patchLosses.subarray(b * mask.length, (b + 1) * mask.length);
      this.sums.consistency += this.labels.observe(slice, under, mask, losses, epoch);
    });
  }
}

/** The first three samples of a batch, for people to look at. */
function reconstructions(
  batch: PretrainBatch,
  answer: StepResult,
  size: number,
  channels: number,
): Reconstruction[] {
  const length = size * size * channels;
  return batch.samples.slice(0, 3).map((_, b) => {
    const original = batch.feeds.image.slice(b * length, (b + 1) * length);
    const guess = answer.outputs.reconstruction.subarray(b * length, (b + 1) * length);
    const hidden = (v: number): boolean =>
      batch.feeds.pixelMask[b * size * size + Math.floor(v / channels)] === 1;
    return {
      size,
      channels,
      original,
      masked: original.map((value, v) => (hidden(v) ? 0 : value)),
      reconstructed: original.map((value, v) => (hidden(v) ? guess[v] : value)),
    };
  });
}

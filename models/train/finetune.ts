import { compilePredictor, type Predictor } from '../infer/predictor';
import type { Runtime, TrainingStep } from '../runtime';
import { samplesOf } from './blocks';
import { assertResumable, fingerprint, packStep, type TrainingState, unpackStep } from './checkpoint';
import { Lookahead, SliceFeeder } from './feeder';
import { FinetuneBatches, type FinetuneFeeds } from './finetune-batch';
import type { Companion, CompanionPlan } from './companion';
import type { FinetuneConfig, FinetuneReport } from './finetune-config';
import { compileFinetuning } from './finetune-step';
import { heldBackDsc } from './held-back-dsc';
import { holdBack, splitBy } from './held-back';
import { breathe, CheckpointClock, type TrainingHooks, Waiting } from './hooks';
import {
  carryOver,
  createNetwork,
  isDecoder,
  isEncoder,
  type NamedWeights,
  namedWeights,
  slicesOf,
} from './network';
import { withRates } from './rates';
import { learningRate } from './schedule';
import type { LabelledSliceSource } from './slice-source';

export interface FinetuneResult {
  readonly finished: boolean;
  readonly state: TrainingState;
  /** The best weights where held-back slices judged, else the last. */
  readonly weights: NamedWeights;
  readonly reports: readonly FinetuneReport[];
  /** DSC over the held-back slices' pixels, of the weights given; null where none was held back. */
  readonly heldBackDsc: number | null;
  readonly heldBackSlices: number;
  /** Names of the parameters that came from the pretrained model. */
  readonly carried: readonly string[];
}

export interface FinetuneStart {
  /** A state of the same run, to go on bit for bit. */
  readonly resume?: TrainingState;
  /** The model that the encoder comes from; absent: from scratch. */
  readonly from?: NamedWeights;
  /** An earlier taught model to go on from, head and all; wins over `from`. */
  readonly continueFrom?: NamedWeights;
  /** What teaches beside the contours, e.g. a mean teacher on slices without any. */
  readonly companion?: CompanionPlan;
  /** Samples that judge and do not teach, where they were chosen before; absent: as `earlyStopping` has it. */
  readonly heldBack?: readonly number[];
}

/**
 * Teaches a segmentation network with contoured slices. Only what was reviewed counts: slices that are not in the
 * source, and pixels labelled -1, have no say.
 * @throws where there are no slices, where shapes do not fit, or where `resume` is of another run
 */
export async function finetune(
  runtime: Runtime,
  slices: LabelledSliceSource,
  config: FinetuneConfig,
  hooks: TrainingHooks<FinetuneReport> = {},
  start: FinetuneStart = {},
): Promise<FinetuneResult> {
  const source = samplesOf(slices, config.network);
  if (source.count === 0) throw new Error('No contoured slice was given; contour a few slices first.');
  const split = start.heldBack
    ? splitBy(source.count, start.heldBack)
    : holdBack(source, config.earlyStopping, config.seed);
  const network = createNetwork(runtime, config.network, slices.channels, slices.labels, config.seed);
  const carried = start.continueFrom
    ? carryOver(runtime, network.parameters, start.continueFrom, () => true)
    : start.from
      ? carryOver(
          runtime,
          network.parameters,
          start.from,
          (p) => isEncoder(p) || (config.carry === 'encoder-and-decoder' && isDecoder(p)),
        )
      : [];
  const parameters = withRates(network.parameters, new Set(carried), config);
  const predictor =
    split.heldBack.length > 0
      ? await compilePredictor(runtime, network, {
          batch: config.batch,
          size: config.size,
          channels: slices.channels,
          labels: slices.labels,
          slices: slicesOf(config.network),
        })
      : null;
  const length = { steps: stepsOf(config, split.teaching.length), labels: slices.labels };
  const companion = (await start.companion?.join(runtime, network, config, length)) ?? null;
  const step = await compileFinetuning(runtime, network, parameters, source, config, companion);
  const own = fingerprint({
    config,
    slices: source.count,
    size: source.size,
    labels: source.labels,
    carried,
    ...(start.companion ? { companion: start.companion.about } : {}),
  });
  const run = new Run(step, predictor, companion, config, source, split, own);
  try {
    if (start.resume) {
      assertResumable(start.resume, 'finetune', own);
      run.restore(start.resume);
    }
    const made = new FinetuneBatches(hooks.feeder ?? new SliceFeeder(source), source, split.teaching, config);
    const batches = new Lookahead(
      (t) => made.make(t),
      () => hooks.feeder?.ahead('samples') ?? 0,
      length.steps,
    );
    const reports: FinetuneReport[] = [];
    const checkpoints = new CheckpointClock(hooks, () => run.state());
    let finished = true;
    while (!run.isOver()) {
      const report = await run.oneEpoch(batches, hooks, checkpoints);
      if (!report) {
        finished = false;
        break;
      }
      reports.push(report);
      hooks.onEpoch?.(report);
      await checkpoints.afterEpoch();
    }
    const weights = await namedWeights(network.parameters, await run.bestWeights());
    return {
      finished,
      state: await run.state(),
      weights,
      reports,
      heldBackDsc: run.bestFigure(),
      heldBackSlices: split.heldBack.length,
      carried,
    };
  } finally {
    step.dispose();
    predictor?.dispose();
    companion?.dispose();
    network.dispose();
  }
}

/** Updates of a whole run. */
const stepsOf = ({ stepsPerEpoch, batch, epochs }: FinetuneConfig, slices: number): number =>
  epochs * (stepsPerEpoch === 'slices' ? Math.ceil(slices / batch) : stepsPerEpoch);

/** The course of a run: its samples, its rate, and the best weights so far. */
class Run {
  private epoch = 0;
  private stepInEpoch = 0;
  private t = 0;
  private sums = { loss: 0, dice: 0, crossEntropy: 0 };
  private best: { epoch: number; figure: number; weights: Record<string, Float32Array> } | null = null;
  private readonly stepsPerEpoch: number;

  constructor(
    private readonly step: TrainingStep,
    private readonly predictor: Predictor | null,
    private readonly companion: Companion | null,
    private readonly config: FinetuneConfig,
    private readonly source: LabelledSliceSource,
    private readonly split: { teaching: readonly number[]; heldBack: readonly number[] },
    private readonly own: string,
  ) {
    this.stepsPerEpoch = stepsOf(config, split.teaching.length) / config.epochs;
  }

  isOver(): boolean {
    const { earlyStopping, epochs } = this.config;
    const tired =
      this.best !== null && earlyStopping !== null && this.epoch - this.best.epoch >= earlyStopping.patience;
    return this.epoch >= epochs || tired;
  }

  /** Null when the run was asked to stop in the middle. */
  async oneEpoch(
    batches: Lookahead<FinetuneFeeds>,
    hooks: TrainingHooks<FinetuneReport>,
    checkpoints: CheckpointClock,
  ): Promise<FinetuneReport | null> {
    const { config, stepsPerEpoch } = this;
    const epoch = this.epoch + 1;
    const waiting = new Waiting();
    let rate = 0;
    while (this.stepInEpoch < stepsPerEpoch) {
      await breathe();
      if (hooks.shouldStop?.()) return null;
      const beside = this.companion ? await this.companion.feeds(this.t) : {};
      const feeds = { ...(await waiting.for(() => batches.take(this.t))), ...beside };
      rate = this.learningRate();
      const answer = await this.step.run(feeds, rate);
      if (!Number.isFinite(answer.loss))
        throw new Error(`The loss became ${answer.loss} in epoch ${epoch}; lower the learning rate.`);
      this.sums.loss += answer.loss;
      this.sums.dice += answer.outputs.dice[0];
      this.sums.crossEntropy += answer.outputs.crossEntropy[0];
      this.stepInEpoch++;
      this.t++;
      await this.companion?.follow(this.step, this.t);
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
    const figure = await this.judge(epoch);
    const { loss, dice, crossEntropy } = this.sums;
    this.epoch = epoch;
    this.stepInEpoch = 0;
    this.sums = { loss: 0, dice: 0, crossEntropy: 0 };
    return {
      epoch,
      epochs: config.epochs,
      loss: loss / stepsPerEpoch,
      softDice: dice / stepsPerEpoch,
      crossEntropy: crossEntropy / stepsPerEpoch,
      heldBackDsc: figure,
      learningRate: rate,
      seconds: waiting.seconds(),
      waiting: waiting.share(),
    };
  }

  bestFigure(): number | null {
    return this.best?.figure ?? null;
  }

  async bestWeights(): Promise<Record<string, Float32Array>> {
    return this.best?.weights ?? (await this.weights());
  }

  async state(): Promise<TrainingState> {
    const tensors = { ...packStep(await this.step.state()), ...this.companion?.state() };
    if (this.best) for (const [name, data] of Object.entries(this.best.weights)) tensors[BEST + name] = data;
    return {
      kind: 'finetune',
      tensors,
      facts: {
        epoch: this.epoch,
        stepInEpoch: this.stepInEpoch,
        t: this.t,
        sums: this.sums,
        fingerprint: this.own,
        ...(this.best ? { best: { epoch: this.best.epoch, figure: this.best.figure } } : {}),
      },
    };
  }

  restore(state: TrainingState): void {
    const { facts, tensors } = state;
    this.step.load(unpackStep(state));
    this.companion?.restore(tensors);
    this.epoch = facts.epoch;
    this.stepInEpoch = facts.stepInEpoch;
    this.t = facts.t;
    this.sums = { ...this.sums, ...facts.sums };
    const weights = Object.fromEntries(
      Object.entries(tensors)
        .filter(([name]) => name.startsWith(BEST))
        .map(([name, data]) => [name.slice(BEST.length), data]),
    );
    this.best = facts.best ? { ...facts.best, weights } : null;
  }

  /** What is judged and kept; a copy, since a companion's go on changing. */
  private async weights(): Promise<Record<string, Float32Array>> {
    const others = this.companion?.weights();
    if (!others) return (await this.step.state()).weights;
    return Object.fromEntries(Object.entries(others).map(([name, data]) => [name, data.slice()]));
  }

  private async judge(epoch: number): Promise<number | null> {
    if (!this.predictor) return null;
    const weights = await this.weights();
    this.predictor.load(weights);
    const figure = await heldBackDsc(this.predictor, this.source, this.split.heldBack);
    if (!this.best || figure > this.best.figure) this.best = { epoch, figure, weights };
    return figure;
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
}

const BEST = 'best/';

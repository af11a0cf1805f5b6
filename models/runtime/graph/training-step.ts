import { nodeBackend } from '../backends/node-binding';
import { LossScaler } from '../loss-scaler';
import { checkValues, orderFeeds } from '../spec';
import type {
  MixedPrecision,
  StepResult,
  StepState,
  Tensorflow,
  TrainingStep,
  TrainingStepSpec,
} from '../types';
import { DataType, Graph } from './graph';
import { applyMixedPrecision } from './mixed-precision';
import { GraphOptimiser, momentNames, updateScalars } from './optimiser';
import { RuntimeRefuses } from './record';
import { GraphSession, type Feed } from './session';
import { recordingFeeds, traceLoss } from './trace';
import { tracedInputs } from './traced-inputs';
import type { GraphVariable } from './variables';

const scalarFeed = (value: number): Feed => ({ shape: [], data: Float32Array.of(value) });

/**
 * How far the loss of a graph may lie from that of plain tfjs: relatively, and with `floor` in the loss's place where it
 * is smaller (a sum that cancels). Only rounding is meant to differ.
 */
const tolerance: Readonly<Record<MixedPrecision | 'float32', { relative: number; floor: number }>> = {
  float32: { relative: 1e-3, floor: 0.01 },
  float16: { relative: 0.05, floor: 1 },
  bfloat16: { relative: 0.05, floor: 1 },
};

/** Forward, backward and update as one call of the tensor runtime. */
export class CompiledTrainingStep implements TrainingStep {
  readonly compiled = true;
  private updatesDone = 0;
  private readonly scaler: LossScaler | null;

  private constructor(
    private readonly spec: TrainingStepSpec,
    private readonly session: GraphSession,
    private readonly weights: readonly GraphVariable[],
    private readonly moments: readonly (readonly GraphVariable[])[],
    private readonly outputs: readonly string[],
    readonly mixed: MixedPrecision | null,
    private readonly tf: Tensorflow,
  ) {
    this.scaler = mixed === 'float16' ? new LossScaler() : null;
  }

  /**
   * Records one step (which costs an ordinary step of plain tfjs, in time and memory) and hands it to the runtime.
   * @throws CannotCompile where the step cannot become a graph.
   */
  static compile(tf: Tensorflow, spec: TrainingStepSpec, mixed: MixedPrecision | null): CompiledTrainingStep {
    const graph = new Graph();
    let weights: GraphVariable[] = [];
    const inputsOf = tracedInputs(spec, (into, variables) => {
      if (into === graph) weights = variables;
    });
    const scale = mixed === 'float16' ? tf.scalar(1) : null;
    try {
      const scaleLoss = scale ? { tensor: scale, output: graph.placeholder('loss_scale', []) } : undefined;
      const traced = traceLoss(tf, graph, inputsOf, spec.loss, scaleLoss);
      if (mixed) applyMixedPrecision(graph, DataType[mixed]);

      const full = (output: typeof traced.loss) => graph.cast(output, DataType.float32);
      const loss = full(traced.loss);
      const outputs = Object.values(traced.outputs).map(full);
      const inverse = scaleLoss ? graph.float('Reciprocal', [scaleLoss.output]) : undefined;
      const optimiser = new GraphOptimiser(graph, spec.optimiser, spec.variables, weights);
      const { updates, computed, norm, finite } = optimiser.add(
        traced.gradients,
        [loss, ...outputs].map(({ node }) => node),
        mixed,
        inverse,
      );
      graph.float('Identity', [loss], { name: 'loss', control: updates });
      graph.float('Identity', [loss], { name: 'loss_without_update', control: [computed] });
      graph.float('Identity', [norm], { name: 'gradient_norm', control: [computed] });
      graph.float('Identity', [finite ?? graph.scalar(1)], { name: 'finite' });
      outputs.forEach((output, i) => graph.float('Identity', [output], { name: `output_${i}` }));
      for (const variable of [...weights, ...optimiser.moments.flat()]) variable.addAssignment(graph);

      const session = GraphSession.open(nodeBackend(tf).binding, graph);
      const step = new CompiledTrainingStep(
        spec,
        session,
        weights,
        optimiser.moments,
        Object.keys(traced.outputs),
        mixed,
        tf,
      );
      try {
        step.load({ t: 0, weights: {}, moments: {} });
        step.checkAgainst(traced.expected);
      } catch (error) {
        step.dispose();
        throw error;
      }
      return step;
    } finally {
      scale?.dispose();
    }
  }

  async run(feeds: Record<string, Float32Array>, learningRate: number): Promise<StepResult> {
    const { scaler } = this;
    const t = this.updatesDone + 1;
    const named = this.feeds(orderFeeds(this.spec.inputs, feeds), learningRate, t);
    const [loss, finite, ...outputs] = this.session.run(named, [
      'loss',
      'finite',
      ...this.outputs.map((_, i) => `output_${i}`),
    ]);
    const wasFinite = finite?.[0] === 1;
    scaler?.update(wasFinite);
    if (wasFinite) this.updatesDone = t;
    return {
      loss: loss?.[0] ?? Number.NaN,
      outputs: Object.fromEntries(this.outputs.map((name, i) => [name, outputs[i] as Float32Array])),
    };
  }

  /**
   * Runs the graph once without an update, with what it was recorded with.
   * @throws RuntimeRefuses where it does not run, or does not give what plain tfjs gave.
   */
  private checkAgainst(expected: { readonly loss: number; readonly gradientNorm: number }): void {
    const named = this.feeds(recordingFeeds(this.spec.inputs), 0, 1);
    const [loss, norm] = this.session
      .probe(named, ['loss_without_update', 'gradient_norm'])
      .map(([value]) => value ?? Number.NaN) as [number, number];
    const { relative, floor } = tolerance[this.mixed ?? 'float32'];
    const far = (found: number, wanted: number, within: number): boolean =>
      Number.isFinite(wanted) && !(Math.abs(found - wanted) <= within * Math.max(Math.abs(wanted), floor));
    if (far(loss, expected.loss, relative)) {
      throw new RuntimeRefuses(
        `The graph gives a loss of ${loss} where the function gives ${expected.loss}.`,
      );
    }
    // The norm alone cannot prove the gradients right, but it does show an operation that returns rubbish.
    if (far(norm, expected.gradientNorm, 10 * relative)) {
      throw new RuntimeRefuses(
        `The graph gives gradients of norm ${norm} where the function gives ${expected.gradientNorm}.`,
      );
    }
  }

  private feeds(inputs: readonly Float32Array[], learningRate: number, t: number): Record<string, Feed> {
    const named: Record<string, Feed> = {};
    inputs.forEach((data, i) => {
      named[`input_${i}`] = { shape: this.spec.inputs[i]?.shape ?? [], data };
    });
    const scalars = updateScalars(this.spec.optimiser, learningRate, t);
    for (const [name, value] of Object.entries(scalars)) named[name] = scalarFeed(value);
    if (this.scaler) named.loss_scale = scalarFeed(this.scaler.scale);
    return named;
  }

  async state(): Promise<StepState> {
    const names = momentNames(this.spec.optimiser);
    const weights: Record<string, Float32Array> = {};
    const moments: Record<string, Float32Array> = {};
    this.spec.variables.forEach(({ name }, i) => {
      weights[name] = (this.weights[i] as GraphVariable).read(this.session);
      names.forEach((moment, k) => {
        moments[`${name}/${moment}`] = (this.moments[i]?.[k] as GraphVariable).read(this.session);
      });
    });
    const state = { t: this.updatesDone, weights, moments };
    return this.scaler ? { ...state, lossScale: this.scaler.state() } : state;
  }

  load({ t, weights, moments, lossScale }: StepState): void {
    const { variables, optimiser } = this.spec;
    for (const parameter of variables) {
      const values = weights[parameter.name];
      if (values) checkValues('weights', parameter, values);
      for (const moment of momentNames(optimiser)) {
        const stored = moments[`${parameter.name}/${moment}`];
        if (stored) checkValues('moments', parameter, stored);
      }
    }
    variables.forEach(({ name, variable }, i) => {
      this.weights[i]?.assign(this.session, weights[name] ?? (variable.dataSync() as Float32Array));
      momentNames(optimiser).forEach((moment, k) => {
        const stored = moments[`${name}/${moment}`] ?? new Float32Array(variable.size);
        this.moments[i]?.[k]?.assign(this.session, stored);
      });
    });
    this.updatesDone = t;
    this.scaler?.load(lossScale);
  }

  async sync(): Promise<void> {
    this.spec.variables.forEach(({ variable }, i) => {
      const values = this.tf.tensor((this.weights[i] as GraphVariable).read(this.session), variable.shape);
      variable.assign(values);
      values.dispose();
    });
  }

  dispose(): void {
    this.session.dispose();
  }
}

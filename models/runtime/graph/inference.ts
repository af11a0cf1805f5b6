import { nodeBackend } from '../backends/node-binding';
import { checkValues, orderFeeds } from '../spec';
import type { Inference, InferenceSpec, MixedPrecision, Tensorflow } from '../types';
import { DataType, Graph } from './graph';
import { applyMixedPrecision } from './mixed-precision';
import { GraphSession, type Feed } from './session';
import { recordingFeeds, traceForward } from './trace';
import { tracedInputs } from './traced-inputs';
import type { GraphVariable } from './variables';

/** A forward pass as one call of the tensor runtime. */
export class CompiledInference implements Inference {
  readonly compiled = true;

  private constructor(
    private readonly spec: InferenceSpec,
    private readonly session: GraphSession,
    private readonly weights: readonly GraphVariable[],
    private readonly outputs: readonly string[],
    readonly mixed: MixedPrecision | null,
  ) {}

  /** @throws CannotCompile where the pass cannot become a graph. */
  static compile(tf: Tensorflow, spec: InferenceSpec, mixed: MixedPrecision | null): CompiledInference {
    const graph = new Graph();
    let weights: GraphVariable[] = [];
    const inputsOf = tracedInputs(spec, (into, variables) => {
      if (into === graph) weights = variables;
    });
    const outputs = traceForward(tf, graph, inputsOf, spec.forward);
    if (mixed) applyMixedPrecision(graph, DataType[mixed]);
    Object.values(outputs).forEach((output, i) => {
      const full = graph.cast(output, DataType.float32);
      graph.float('Identity', [full], { name: `output_${i}` });
    });
    for (const variable of weights) variable.addAssignment(graph);
    const session = GraphSession.open(nodeBackend(tf).binding, graph);
    const inference = new CompiledInference(spec, session, weights, Object.keys(outputs), mixed);
    for (const [i, { variable }] of spec.variables.entries()) {
      weights[i]?.assign(session, variable.dataSync() as Float32Array);
    }
    try {
      session.probe(inference.feeds(recordingFeeds(spec.inputs)), ['output_0']);
    } catch (error) {
      session.dispose();
      throw error;
    }
    return inference;
  }

  async run(feeds: Record<string, Float32Array>): Promise<Record<string, Float32Array>> {
    const results = this.session.run(
      this.feeds(orderFeeds(this.spec.inputs, feeds)),
      this.outputs.map((_, i) => `output_${i}`),
    );
    return Object.fromEntries(this.outputs.map((name, i) => [name, results[i] as Float32Array]));
  }

  private feeds(inputs: readonly Float32Array[]): Record<string, Feed> {
    return Object.fromEntries(
      inputs.map((data, i) => [`input_${i}`, { shape: this.spec.inputs[i]?.shape ?? [], data }]),
    );
  }

  load(weights: Record<string, Float32Array>): void {
    this.spec.variables.forEach((parameter, i) => {
      const values = weights[parameter.name];
      if (!values) return;
      checkValues('weights', parameter, values);
      this.weights[i]?.assign(this.session, values);
    });
  }

  dispose(): void {
    this.session.dispose();
  }
}

import type { Scalar, Tensor, Variable } from '@tensorflow/tfjs';
import type { InputSpec, Parameter, Tensorflow } from '../types';
import { Graph, type Output } from './graph';
import { CannotCompile, record, type OutputOf } from './record';

/** Feeds and weights of a graph, and what computes the results from them. */
export interface TracedInputs {
  readonly inputs: readonly InputSpec[];
  /** Placeholders, in the order of `inputs`. */
  readonly placeholders: readonly Output[];
  readonly parameters: readonly Parameter[];
  /** What reads each parameter's weights. */
  readonly weights: readonly Output[];
}

export interface TracedLoss {
  readonly loss: Output;
  readonly outputs: Record<string, Output>;
  /** One a parameter. */
  readonly gradients: readonly Output[];
  /** What plain tfjs found while recording, with `recordingFeeds`. */
  readonly expected: { readonly loss: number; readonly gradientNorm: number };
}

class ForwardDone extends Error {}

/**
 * `tf.variableGrads` of a function that may throw half-way. The library then keeps what it had saved for the backward
 * pass for ever, so it is released here.
 */
const variableGrads: (
  tf: Tensorflow,
  ...args: Parameters<Tensorflow['variableGrads']>
) => ReturnType<Tensorflow['variableGrads']> = (tf, ...args) => {
  try {
    return tf.variableGrads(...args);
  } catch (error) {
    const { state } = tf.engine();
    if (state.gradientDepth === 0) {
      for (const { saved } of state.activeTape ?? []) tf.dispose(saved ?? []);
      state.activeTape = [];
    }
    throw error;
  }
};

/**
 * Arbitrary values to record with: spread round zero, the same in every run, other ones for each `round`.
 * They steer nothing; two rounds must give the same graph.
 */
const arbitrary = (length: number, round: number): Float32Array => {
  const values = new Float32Array(length);
  let state = 2463534242 + round;
  for (let i = 0; i < length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    values[i] = ((state >>> 0) / 2 ** 32 - 0.5) * 2;
  }
  return values;
};

/** The values that a function is recorded with. */
export const recordingFeeds = (inputs: readonly InputSpec[], round = 0): Float32Array[] =>
  inputs.map(
    ({ shape, example }) =>
      example?.slice() ??
      arbitrary(
        shape.reduce((product, each) => product * each, 1),
        round,
      ),
  );

const withInputs = <T>(
  tf: Tensorflow,
  { inputs, placeholders, parameters, weights }: TracedInputs,
  round: number,
  body: (tensors: Record<string, Tensor>, known: Map<Tensor, Output>) => T,
): T => {
  const tensors: Record<string, Tensor> = {};
  const known = new Map<Tensor, Output>();
  const feeds = recordingFeeds(inputs, round);
  inputs.forEach(({ name, shape }, i) => {
    const tensor = tf.tensor(feeds[i] as Float32Array, [...shape], 'float32');
    tensors[name] = tensor;
    known.set(tensor, placeholders[i] as Output);
  });
  parameters.forEach(({ variable }, i) => known.set(variable, weights[i] as Output));
  try {
    return body(tensors, known);
  } finally {
    tf.dispose(tensors);
  }
};

const globalNorm = (tf: Tensorflow, gradients: readonly Tensor[]): number =>
  tf.tidy(() =>
    Math.sqrt(gradients.reduce((sum, gradient) => sum + (tf.sum(tf.square(gradient)).dataSync()[0] ?? 0), 0)),
  );

/** What must agree between two recordings. */
const signature = (graph: Graph, from: number, to?: number): string[] =>
  graph
    .messages()
    .slice(from, to)
    .map(({ op, input, attr }) =>
      JSON.stringify([op, input, attr], (_, value: unknown) =>
        value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value,
      ),
    );

/**
 * Records the forward part again, with other input values. Where the two differ, something in the function is neither
 * an input nor a variable (random numbers, a counter, a value read), and a graph would freeze it.
 */
const checkPurity = (
  tf: Tensorflow,
  first: Graph,
  start: number,
  forwardEnd: number,
  makeInputs: (graph: Graph) => TracedInputs,
  forward: (tensors: Record<string, Tensor>, outputOf: OutputOf) => void,
): void => {
  const again = new Graph();
  const traced = makeInputs(again);
  const againStart = again.nodes.length;
  withInputs(tf, traced, 1, (tensors, known) =>
    record(tf, again, known, (outputOf) => tf.tidy(() => forward(tensors, outputOf))),
  );
  const expected = signature(first, start, forwardEnd);
  const found = signature(again, againStart);
  const at = expected.findIndex((text, i) => text !== found[i]);
  if (at >= 0 || expected.length !== found.length) {
    const op = first.nodes[start + Math.max(at, 0)]?.op ?? 'the last operation';
    throw new CannotCompile(
      `It does not compute the same twice (first difference: ${op}): random numbers and whatever else changes from step to step must come in as inputs.`,
    );
  }
};

const recordOutputs = (
  outputs: Record<string, Tensor> | undefined,
  outputOf: OutputOf,
): Record<string, Output> =>
  Object.fromEntries(Object.entries(outputs ?? {}).map(([name, tensor]) => [name, outputOf(tensor)]));

/**
 * Loss, outputs and gradients of `loss` as parts of `graph`.
 * `makeInputs` adds placeholders and weights to a graph; it is called a second time, for the comparison.
 */
export const traceLoss = (
  tf: Tensorflow,
  graph: Graph,
  makeInputs: (graph: Graph) => TracedInputs,
  lossOf: (tensors: Record<string, Tensor>) => { loss: Scalar; outputs?: Record<string, Tensor> },
  scaleLoss?: { readonly tensor: Scalar; readonly output: Output },
): TracedLoss => {
  const traced = makeInputs(graph);
  const start = graph.nodes.length;
  let forwardEnd = start;
  const variables = traced.parameters.map(({ variable }) => variable);
  const result = withInputs(tf, traced, 0, (tensors, known) => {
    if (scaleLoss) known.set(scaleLoss.tensor, scaleLoss.output);
    const recorded = record(tf, graph, known, (outputOf) => {
      let loss: Output | undefined;
      let outputs: Record<string, Output> = {};
      const { value, grads } = variableGrads(
        tf,
        () => {
          const forward = lossOf(tensors);
          loss = outputOf(forward.loss);
          outputs = recordOutputs(forward.outputs, outputOf);
          forwardEnd = graph.nodes.length;
          return scaleLoss ? forward.loss.mul<Scalar>(scaleLoss.tensor) : forward.loss;
        },
        variables,
      );
      try {
        const gradients = gradientsOf(traced.parameters, grads).map(outputOf);
        return { loss: loss as Output, outputs, gradients, value, grads };
      } catch (error) {
        tf.dispose([value, grads]);
        throw error;
      }
    });
    const { value, grads, ...traces } = recorded;
    const expected = {
      loss: value.dataSync()[0] ?? Number.NaN,
      gradientNorm: globalNorm(tf, Object.values(grads)),
    };
    tf.dispose([value, grads]);
    return { ...traces, expected };
  });
  checkPurity(tf, graph, start, forwardEnd, makeInputs, (tensors, outputOf) => {
    try {
      variableGrads(
        tf,
        () => {
          const forward = lossOf(tensors);
          outputOf(forward.loss);
          recordOutputs(forward.outputs, outputOf);
          throw new ForwardDone();
        },
        variables,
      );
    } catch (error) {
      if (!(error instanceof ForwardDone)) throw error;
    }
  });
  return result;
};

/** @throws Error naming the first parameter that the loss does not depend on. */
export const gradientsOf = (
  parameters: readonly Parameter[],
  gradients: Readonly<Record<string, Tensor>>,
): Tensor[] =>
  parameters.map(({ name, variable }) => {
    const gradient = gradients[variable.name];
    if (gradient) return gradient;
    throw new Error(
      `The loss does not depend on the parameter "${name}": leave it out of the step's variables, or use it.`,
    );
  });

/** Results of `forward` as parts of `graph`. */
export const traceForward = (
  tf: Tensorflow,
  graph: Graph,
  makeInputs: (graph: Graph) => TracedInputs,
  forward: (tensors: Record<string, Tensor>) => Record<string, Tensor>,
): Record<string, Output> => {
  const traced = makeInputs(graph);
  const start = graph.nodes.length;
  const run = (tensors: Record<string, Tensor>, outputOf: OutputOf): Record<string, Output> => {
    let outputs: Record<string, Output> = {};
    tf.tidy(() => {
      outputs = recordOutputs(forward(tensors), outputOf);
    });
    return outputs;
  };
  const outputs = withInputs(tf, traced, 0, (tensors, known) =>
    record(tf, graph, known, (outputOf) => run(tensors, outputOf)),
  );
  checkPurity(tf, graph, start, graph.nodes.length, makeInputs, run);
  return outputs;
};

/** Variables that take part and are not trainable would silently have no gradient. */
export const checkTrainable = (parameters: readonly Parameter[]): void => {
  const frozen = parameters.find(({ variable }: { variable: Variable }) => !variable.trainable);
  if (frozen) {
    throw new Error(`The parameter "${frozen.name}" is not trainable: leave it out of the step's variables.`);
  }
};

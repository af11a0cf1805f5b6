import type { InputSpec, Parameter } from '../types';
import type { Graph } from './graph';
import type { TracedInputs } from './trace';
import { weightVariables, type GraphVariable } from './variables';

/**
 * What a recording asks for to place the feeds and weights of `spec` in a graph. A recording builds two graphs, to compare
 * them; `placed` hears of both, and keeps the variables of the one that will run.
 */
export const tracedInputs =
  (
    spec: { readonly inputs: readonly InputSpec[]; readonly variables: readonly Parameter[] },
    placed: (graph: Graph, variables: GraphVariable[]) => void,
  ) =>
  (graph: Graph): TracedInputs => {
    const variables = weightVariables(graph, spec.variables);
    placed(graph, variables);
    return {
      inputs: spec.inputs,
      placeholders: spec.inputs.map(({ shape }, i) => graph.placeholder(`input_${i}`, shape)),
      parameters: spec.variables,
      weights: variables.map(({ value }) => value),
    };
  };

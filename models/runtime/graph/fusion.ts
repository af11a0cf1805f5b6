import type { Graph, GraphNode } from './graph';

/**
 * Keeps the runtime's graph optimiser from merging convolution, bias and ReLU into one operation: on processors the
 * merged operation of libtensorflow 2.21 takes about twice as long in float32 as the three by themselves
 * (docs/benchmarks/engine.md). It leaves alone what has a control edge, so every bias gets one, from a node that is
 * ready before anything runs.
 */
export const preventFusion = (graph: Graph, readyFirst: GraphNode): void => {
  for (const node of graph.nodes) {
    if (node.recorded && node.op === 'BiasAdd') node.control = [...node.control, readyFirst];
  }
};

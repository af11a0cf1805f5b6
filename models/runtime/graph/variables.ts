import type { Parameter } from '../types';
import { attribute, DataType, type Graph, type GraphNode, type Output } from './graph';
import type { Feed, GraphSession } from './session';

const float = { dtype: attribute.type(DataType.float32) };

/** A variable of the runtime: read and written through a session by the names that it owns. */
export class GraphVariable {
  readonly handle: Output;
  readonly value: Output;

  /**
   * `stored` is the type that the runtime keeps; the weights of an inference in mixed precision are kept in half width.
   * Values go in as float32, and come out as they are stored.
   */
  constructor(
    graph: Graph,
    readonly name: string,
    readonly shape: readonly number[],
    stored: number = DataType.float32,
  ) {
    const type = { dtype: attribute.type(stored) };
    this.handle = graph.add(
      'VarHandleOp',
      [],
      { ...type, shape: attribute.shape(shape), shared_name: attribute.text(name) },
      { name: `${name}_handle`, outputTypes: [DataType.resource] },
    );
    this.value = graph.add('ReadVariableOp', [this.handle], type, {
      name: `${name}_value`,
      outputTypes: [stored],
    });
  }

  /** Adds what writes the variable; kept apart from the constructor because a comparison graph never writes. */
  addAssignment(graph: Graph): void {
    const fed = graph.placeholder(`${this.name}_fed`, this.shape);
    const stored = this.value.node.outputTypes[0] ?? DataType.float32;
    const assigned = graph.add(
      'AssignVariableOp',
      [this.handle, graph.cast(fed, stored)],
      { dtype: attribute.type(stored) },
      { outputTypes: [] },
    );
    graph.float('Identity', [graph.scalar(1)], { name: `${this.name}_assigned`, control: [assigned.node] });
  }

  assign(session: GraphSession, data: Float32Array): void {
    const feed: Feed = { shape: this.shape, data };
    session.run({ [`${this.name}_fed`]: feed }, [`${this.name}_assigned`]);
  }

  read(session: GraphSession): Float32Array {
    return session.run({}, [`${this.name}_value`])[0] as Float32Array;
  }

  /** `variable -= amount`, after `control`. */
  subtract(graph: Graph, amount: Output, control: readonly GraphNode[]): GraphNode {
    return graph.add('AssignSubVariableOp', [this.handle, amount], float, { control, outputTypes: [] }).node;
  }
}

/** One variable a parameter; short names, since a parameter's own may hold characters that a graph refuses. */
export const weightVariables = (
  graph: Graph,
  parameters: readonly Parameter[],
  stored?: number,
): GraphVariable[] =>
  parameters.map(({ variable }, i) => new GraphVariable(graph, `weight_${i}`, variable.shape, stored));

import { shapeMessage, type Attribute, type NodeMessage } from './schema';

/** TensorFlow's numbers of data types (tensorflow/core/framework/types.proto). */
export const DataType = { float32: 1, int32: 3, bool: 10, bfloat16: 14, float16: 19, resource: 20 } as const;

/** One operation. Mixed precision rewrites it in place. */
export interface GraphNode {
  readonly name: string;
  readonly op: string;
  inputs: Output[];
  readonly control: readonly GraphNode[];
  attributes: Record<string, Attribute>;
  outputTypes: number[];
  /** True for what the recorder saw run; false for what was added round it. */
  readonly recorded: boolean;
  /** Shape of the first result, where the recorder saw it. */
  readonly shape?: readonly number[];
}

/** One result of a node. */
export interface Output {
  readonly node: GraphNode;
  readonly index: number;
}

export interface NodeOptions {
  readonly name?: string;
  readonly control?: readonly GraphNode[];
  readonly outputTypes?: number[];
  readonly recorded?: boolean;
  readonly shape?: readonly number[];
}

export const attribute = {
  text: (value: string): Attribute => ({ s: new TextEncoder().encode(value) }),
  type: (value: number): Attribute => ({ type: value }),
  shape: (value: readonly number[]): Attribute => ({ shape: shapeMessage(value) }),
};

const float = attribute.type(DataType.float32);
const nameOf = ({ node, index }: Output): string => (index === 0 ? node.name : `${node.name}:${index}`);

/** A TensorFlow graph under construction; nodes stand in an order in which they could run. */
export class Graph {
  nodes: GraphNode[] = [];
  private next = 0;
  private readonly casts = new Map<string, Output>();

  add(
    op: string,
    inputs: readonly Output[],
    attributes: Record<string, Attribute> = {},
    options: NodeOptions = {},
  ): Output {
    const node: GraphNode = {
      name: options.name ?? `n${this.next++}_${op}`,
      op,
      inputs: [...inputs],
      control: options.control ?? [],
      attributes,
      outputTypes: options.outputTypes ?? [DataType.float32],
      recorded: options.recorded ?? false,
      ...(options.shape && { shape: options.shape }),
    };
    this.nodes.push(node);
    return { node, index: 0 };
  }

  /** A node with one type attribute `T`, which is float32 as everywhere in the optimiser. */
  float(op: string, inputs: readonly Output[], options: NodeOptions = {}): Output {
    return this.add(op, inputs, { T: float }, options);
  }

  constant(dtype: number, shape: readonly number[], content: Uint8Array, recorded = false): Output {
    const tensor = { dtype, tensorShape: shapeMessage(shape), tensorContent: content };
    return this.add(
      'Const',
      [],
      { dtype: attribute.type(dtype), value: { tensor } },
      { outputTypes: [dtype], recorded },
    );
  }

  scalar(value: number): Output {
    return this.constant(DataType.float32, [], new Uint8Array(Float32Array.of(value).buffer));
  }

  placeholder(name: string, shape: readonly number[]): Output {
    return this.add('Placeholder', [], { dtype: float, shape: attribute.shape(shape) }, { name });
  }

  /** `output` in another type; one cast serves all who ask. */
  cast(output: Output, to: number): Output {
    const from = output.node.outputTypes[output.index] ?? DataType.float32;
    if (from === to) return output;
    const key = `${nameOf(output)} ${to}`;
    const known = this.casts.get(key);
    if (known) return known;
    const attributes = { SrcT: attribute.type(from), DstT: attribute.type(to) };
    const cast = this.add('Cast', [output], attributes, { outputTypes: [to] });
    this.casts.set(key, cast);
    return cast;
  }

  messages(): NodeMessage[] {
    return this.nodes.map(({ name, op, inputs, control, attributes }) => ({
      name,
      op,
      input: [...inputs.map(nameOf), ...control.map((node) => `^${node.name}`)],
      attr: attributes,
    }));
  }
}

import type { Tensor, TensorInfo } from '@tensorflow/tfjs';
import {
  nodeBackend,
  override,
  type Binding,
  type NodeBackend,
  type OperationAttribute,
} from '../backends/node-binding';
import type { Tensorflow } from '../types';
import { attribute, DataType, type Graph, type Output } from './graph';
import type { Attribute } from './schema';

/** A function that cannot become a graph; the message says why, and is shown to the user. */
export class CannotCompile extends Error {
  override readonly name = 'CannotCompile';
}

/** The function became a graph, but the tensor runtime cannot run it, perhaps for want of half-width operations. */
export class RuntimeRefuses extends CannotCompile {}

const numberOfType: Record<string, number> = {
  float32: DataType.float32,
  int32: DataType.int32,
  bool: DataType.bool,
};

const randomOperations = /^(Multinomial|Random|Stateless|TruncatedNormal|ParameterizedTruncatedNormal)/;

const attributeOf = (binding: Binding, { name, type, value }: OperationAttribute): Attribute => {
  const list = Array.isArray(value) ? (value as number[]) : null;
  switch (type) {
    case binding.TF_ATTR_STRING:
      return attribute.text(String(value));
    case binding.TF_ATTR_INT:
      return list ? { list: { i: list } } : { i: Number(value) };
    case binding.TF_ATTR_FLOAT:
      return list ? { list: { f: list } } : { f: Number(value) };
    case binding.TF_ATTR_BOOL:
      return { b: Boolean(value) };
    case binding.TF_ATTR_TYPE:
      return attribute.type(Number(value));
    case binding.TF_ATTR_SHAPE:
      return attribute.shape(list ?? []);
    default:
      throw new CannotCompile(`The attribute "${name}" has a kind that a graph cannot hold.`);
  }
};

/** Looks up what stands in the graph for a tensor; valid while the recording runs. */
export type OutputOf = (tensor: Tensor) => Output;

/**
 * Runs `body` once, and writes every operation that it executes into `graph`.
 * Tensors in `known` are the graph's inputs and variables; any other tensor that the operations use becomes a constant.
 * @throws CannotCompile where the function reads values or draws random numbers by an operation.
 */
export const record = <T>(
  tf: Tensorflow,
  graph: Graph,
  known: ReadonlyMap<Tensor, Output>,
  body: (outputOf: OutputOf) => T,
): T => {
  const backend: NodeBackend = nodeBackend(tf);
  const original = backend.binding;
  const outputs = new Map<number, Output>();
  const described = new Map<number, TensorInfo>();
  /** Tensors whose values depend on the inputs or the variables. */
  const dependent = new Set<number>();

  const idsOf = (tensors: readonly TensorInfo[]): number[] => {
    const ids = backend.getInputTensorIds(tensors);
    ids.forEach((id, i) => {
      const tensor = tensors[i];
      if (tensor) described.set(id, tensor);
    });
    return ids;
  };
  const outputOfId = (id: number): Output => {
    const output = outputs.get(id);
    if (output) return output;
    const info = described.get(id);
    const dtype = info && numberOfType[info.dtype];
    if (!info || dtype === undefined) {
      throw new CannotCompile(`The function uses a tensor of type ${info?.dtype ?? 'unknown'}.`);
    }
    const values = original.tensorDataSync(id);
    const content = new Uint8Array(values.buffer, values.byteOffset, values.byteLength).slice();
    const constant = graph.constant(dtype, info.shape, content, true);
    outputs.set(id, constant);
    return constant;
  };

  for (const [tensor, output] of known) {
    for (const id of idsOf([tensor])) {
      outputs.set(id, output);
      dependent.add(id);
    }
  }
  const getInputTensorIds = backend.getInputTensorIds;
  backend.getInputTensorIds = (tensors) => {
    const ids = getInputTensorIds.call(backend, tensors);
    ids.forEach((id, i) => {
      const tensor = tensors[i];
      if (tensor) described.set(id, tensor);
    });
    return ids;
  };
  backend.binding = override(original, {
    executeOp: (name, attributes, inputs, count) => {
      if (randomOperations.test(name)) {
        throw new CannotCompile(
          `It draws random numbers (${name}), which a graph would repeat; hand them in as inputs.`,
        );
      }
      const results = original.executeOp(name, attributes, inputs, count);
      const recorded = graph.add(
        name,
        inputs.map(outputOfId),
        Object.fromEntries(attributes.map((each) => [each.name, attributeOf(original, each)])),
        {
          outputTypes: results.map(({ dtype }) => dtype),
          recorded: true,
          ...(results[0] && { shape: results[0].shape }),
        },
      );
      const depends = inputs.some((id) => dependent.has(id));
      results.forEach(({ id }, index) => {
        outputs.set(id, { node: recorded.node, index });
        if (depends) dependent.add(id);
      });
      return results;
    },
    tensorDataSync: (id) => {
      if (dependent.has(id)) {
        throw new CannotCompile(
          'It reads the values of a tensor while it runs, which a graph cannot follow.',
        );
      }
      return original.tensorDataSync(id);
    },
  });
  try {
    return body((tensor) => {
      const [id] = backend.getInputTensorIds([tensor]);
      if (id === undefined) throw new CannotCompile('A result is not a tensor of this backend.');
      return outputOfId(id);
    });
  } finally {
    backend.binding = original;
    backend.getInputTensorIds = getInputTensorIds;
  }
};

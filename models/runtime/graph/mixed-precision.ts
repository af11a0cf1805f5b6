import { attribute, DataType, type Graph, type GraphNode, type Output } from './graph';

/**
 * Operations that gain from half width: they multiply. Conv3DBackpropFilterV2 is not among them: in bfloat16 the one of
 * libtensorflow 2.21 is wrong on small blocks (2×2×2 with two samples: 80 % off).
 */
const multiplying = new Set([
  'Conv2D',
  'Conv2DBackpropInput',
  'Conv2DBackpropFilter',
  'Conv3D',
  'Conv3DBackpropInputV2',
]);

/**
 * Whether a convolution in three dimensions works on one slice alone. In bfloat16 the one of libtensorflow 2.21 then
 * gives zeros where the input has one channel, so these stay in full width (at the bottom of a network they are small).
 */
const isFlat = ({ op, shape }: GraphNode): boolean =>
  (op === 'Conv3D' || op === 'Conv3DBackpropInputV2') && shape?.[1] === 1;

/** Operations that stay in half width between two of those, which saves casts and memory traffic. */
const following = new Set([
  'AddN',
  'BiasAdd',
  'BiasAddGrad',
  'ConcatV2',
  'MaxPool',
  'MaxPoolGrad',
  'Relu',
  'ReluGrad',
  'Reshape',
  'SplitV',
  'Transpose',
]);

/** Batch normalisation takes half-width activations and keeps its figures in float32 (its attribute U). */
const halfInputs: Readonly<Record<string, readonly number[]>> = {
  FusedBatchNormV3: [0],
  FusedBatchNormGradV3: [0, 1],
};

const typeOf = ({ node, index }: Output): number | undefined => node.outputTypes[index];

/**
 * Rewrites the recorded nodes of `graph` so that convolutions and what lies between them compute in `half`
 * (DataType.bfloat16 or float16); everything else stays float32, with casts where the two meet.
 * Weights are cast at use; their gradients come back in half width and are cast before the optimiser adds them.
 */
export const applyMixedPrecision = (graph: Graph, half: number): void => {
  const before = graph.nodes;
  graph.nodes = [];
  for (const node of before) {
    if (node.recorded) convert(graph, node, half);
    graph.nodes.push(node);
  }
};

const convert = (graph: Graph, node: GraphNode, half: number): void => {
  const isHalf = (input: Output): boolean => typeOf(input) === half;
  const toHalf = (input: Output): Output =>
    typeOf(input) === DataType.float32 ? graph.cast(input, half) : input;
  const toFull = (input: Output): Output => (isHalf(input) ? graph.cast(input, DataType.float32) : input);

  const chosen = halfInputs[node.op];
  if (chosen && chosen.some((i) => node.inputs[i] && isHalf(node.inputs[i]))) {
    node.inputs = node.inputs.map((input, i) => (chosen.includes(i) ? toHalf(input) : input));
    node.attributes = { ...node.attributes, T: attribute.type(half) };
    // Activations or their gradient come first; all further results are figures of the normalisation.
    node.outputTypes = node.outputTypes.map((type, i) => (i === 0 ? half : type));
    return;
  }
  if ((multiplying.has(node.op) && !isFlat(node)) || (following.has(node.op) && node.inputs.some(isHalf))) {
    node.inputs = node.inputs.map(toHalf);
    node.attributes = { ...node.attributes, T: attribute.type(half) };
    node.outputTypes = node.outputTypes.map((type) => (type === DataType.float32 ? half : type));
    return;
  }
  node.inputs = node.inputs.map(toFull);
};

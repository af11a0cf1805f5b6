import type { UNet } from '../nets/unet2d';
import type { Runtime } from '../runtime';
import type { NamedWeights } from '../train/network';

/** A network with a fixed batch and tile, ready to answer. */
export interface Predictor {
  readonly batch: number;
  /** Side of a tile, pixels. */
  readonly size: number;
  /** Of one slice. */
  readonly channels: number;
  readonly labels: number;
  /** Neighbouring slices that are seen at once (3D); absent: 1. They lie side by side in the last axis. */
  readonly slices?: number;
  /**
   * @param image [batch, size, size, slices · channels]
   * @returns probabilities [batch, size, size, slices · labels], 0 to 1, each label by itself
   */
  run(image: Float32Array): Promise<Float32Array>;
  load(weights: Readonly<Record<string, Float32Array>>): void;
  dispose(): void;
}

export interface PredictorShape {
  readonly batch: number;
  readonly size: number;
  readonly channels: number;
  readonly labels: number;
  readonly slices?: number;
}

/** Compiles the forward pass; the network's variables give the weights until `load`. */
export async function compilePredictor(
  runtime: Runtime,
  network: UNet,
  { batch, size, channels, labels, slices = 1 }: PredictorShape,
): Promise<Predictor> {
  const { tf } = runtime;
  const inference = await runtime.compileInference({
    inputs: [{ name: 'image', shape: [batch, size, size, slices * channels] }],
    variables: network.parameters,
    forward: ({ image }) => ({ probability: tf.sigmoid(network.forward(image)) }),
  });
  return {
    batch,
    size,
    channels,
    labels,
    slices,
    run: async (image) => (await inference.run({ image })).probability,
    load: (weights) => inference.load(weights),
    dispose: () => inference.dispose(),
  };
}

/** The plain values of named weights, as `Predictor.load` takes them. */
export const plainWeights = (weights: NamedWeights): Record<string, Float32Array> =>
  Object.fromEntries(Object.entries(weights).map(([name, { data }]) => [name, data]));

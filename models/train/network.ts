import type { Tensor } from '@tensorflow/tfjs';
import type { Normalisation, UNet } from '../nets/unet2d';
import { createUNet2D } from '../nets/unet2d';
import { createUNet3D } from '../nets/unet3d';
import type { Parameter, Runtime } from '../runtime';

/** Which network learns. The paper: a 2D U-Net of width 64 and depth 4, 31 million parameters. */
export interface NetworkConfig {
  readonly backbone: 'unet2d' | 'unet3d';
  /** Neighbouring slices that a 3D network sees at once, a multiple of 2 ** depth; 1, or absent, in 2D. */
  readonly slices?: number;
  readonly width: number;
  readonly depth: number;
  readonly normalisation: Normalisation;
}

/** Weights by parameter name, with the shape that a model file needs. */
export type NamedWeights = Readonly<
  Record<string, { readonly shape: readonly number[]; readonly data: Float32Array }>
>;

/** Slices that one sample of the network is made of. */
export const slicesOf = ({ backbone, slices }: NetworkConfig): number =>
  backbone === 'unet3d' ? (slices ?? 16) : 1;

/**
 * @param inChannels and outChannels of one slice
 * @returns a network of [N, H, W, slices · inChannels] to [N, H, W, slices · outChannels]: the slices of a block lie
 * side by side in the last axis, slice by slice, so that everything in the plane is the same in 2D and 3D
 */
export function createNetwork(
  runtime: Runtime,
  config: NetworkConfig,
  inChannels: number,
  outChannels: number,
  seed: number,
): UNet {
  const { width, depth, normalisation } = config;
  const options = { inChannels, outChannels, width, depth, normalisation, seed };
  if (config.backbone === 'unet2d') return createUNet2D(runtime, options);
  const { tf } = runtime;
  const network = createUNet3D(runtime, options);
  const slices = slicesOf(config);
  const block = (x: Tensor): Tensor => {
    const [n, h, w] = x.shape;
    return tf.reshape(x, [n, h, w, slices, inChannels]);
  };
  return {
    ...network,
    forward: (x) =>
      tf.tidy(() => {
        const [n, h, w] = x.shape;
        return tf.reshape(network.forward(block(x)), [n, h, w, slices * outChannels]);
      }),
    encode: (x) => tf.tidy(() => network.encode(block(x))),
  };
}

/** Which part of a network a parameter belongs to. */
export const isEncoder = (p: Pick<Parameter, 'name'>): boolean => p.name.startsWith('encoder.');
export const isDecoder = (p: Pick<Parameter, 'name'>): boolean => p.name.startsWith('decoder.');

/** The weights of a network's parameters, new values where `data` has them and the variable's own where not. */
export async function namedWeights(
  parameters: readonly Parameter[],
  data: Readonly<Record<string, Float32Array>> = {},
): Promise<NamedWeights> {
  const weights: Record<string, { shape: readonly number[]; data: Float32Array }> = {};
  for (const { name, variable } of parameters)
    weights[name] = { shape: variable.shape, data: data[name] ?? Float32Array.from(await variable.data()) };
  return weights;
}

/**
 * Puts the weights of a model into those parameters that `take` accepts.
 * @returns names of the parameters that were set
 * @throws where the model has another shape there, e.g. another number of channels
 */
export function carryOver(
  runtime: Runtime,
  parameters: readonly Parameter[],
  from: NamedWeights,
  take: (p: Parameter) => boolean,
): string[] {
  const set: string[] = [];
  for (const parameter of parameters) {
    const weight = from[parameter.name];
    if (!weight || !take(parameter)) continue;
    const { shape } = parameter.variable;
    if (shape.length !== weight.shape.length || shape.some((n, i) => n !== weight.shape[i]))
      throw new Error(
        `The model's ${parameter.name} is ${weight.shape.join('×')} and the network's ${shape.join('×')}: ` +
          'they have different widths or channels. Use a model made for this profile.',
      );
    runtime.tf.tidy(() => parameter.variable.assign(runtime.tf.tensor(weight.data, shape)));
    set.push(parameter.name);
  }
  return set;
}

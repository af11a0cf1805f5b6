import type { Normalisation, UNet } from '../nets/unet2d';
import { createUNet2D } from '../nets/unet2d';
import type { Parameter, Runtime } from '../runtime';

/** Which network learns. The paper: a 2D U-Net of width 64 and depth 4, 31 million parameters. */
export interface NetworkConfig {
  readonly backbone: 'unet2d';
  readonly width: number;
  readonly depth: number;
  readonly normalisation: Normalisation;
}

/** Weights by parameter name, with the shape that a model file needs. */
export type NamedWeights = Readonly<
  Record<string, { readonly shape: readonly number[]; readonly data: Float32Array }>
>;

export function createNetwork(
  runtime: Runtime,
  { width, depth, normalisation }: NetworkConfig,
  inChannels: number,
  outChannels: number,
  seed: number,
): UNet {
  return createUNet2D(runtime, { inChannels, outChannels, width, depth, normalisation, seed });
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

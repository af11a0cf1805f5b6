import type { NamedWeights, NetworkConfig } from '../../../models/train';
import type { Model, ModelDescription } from '../registry/model-folder';
import type { StoredTensor } from '../store/safetensors';

/** A model's weights as the training code takes them. */
export const weightsOf = ({ weights }: Pick<Model, 'weights'>): NamedWeights =>
  Object.fromEntries(
    [...weights].map(([name, { shape, data }]) => [
      name,
      { shape, data: data instanceof Float32Array ? data : Float32Array.from(data) },
    ]),
  );

export const storedOf = (weights: NamedWeights): Map<string, StoredTensor> =>
  new Map(Object.entries(weights).map(([name, { shape, data }]) => [name, { shape, data }]));

/** What `model.json` says of a network. */
export const networkOf = (
  { backbone, ...shape }: NetworkConfig,
  inChannels: number,
  outChannels: number,
): ModelDescription['network'] => ({ kind: backbone, inChannels, outChannels, ...shape });

/** The network of a model, as the training code names it. */
export const networkConfigOf = ({
  kind,
  width,
  depth,
  normalisation,
  slices,
}: ModelDescription['network']): NetworkConfig => ({
  backbone: kind,
  width,
  depth,
  normalisation,
  ...(slices === undefined ? {} : { slices }),
});

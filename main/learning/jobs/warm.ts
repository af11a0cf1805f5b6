import { compilePredictor, plainWeights, type Predictor } from '../../../models/infer';
import { createNetwork, slicesOf } from '../../../models/train';
import type { Runtime } from '../../../models/runtime';
import type { Model } from '../registry/model-folder';
import { networkConfigOf, weightsOf } from './weights';

/** Tiles in one call of the network; a proposal is small work, so memory matters more than the last per cent. */
const batch = 4;

interface Warm {
  readonly key: string;
  readonly predictor: Predictor;
  dispose(): void;
}

/** The network that proposed last, by runtime: compiling it takes longer than a small scan's slices. */
const kept = new WeakMap<Runtime, Warm>();

/** A network for a model's proposals, ready to answer. It stays with the runtime until another one is asked for. */
export async function warmPredictor(runtime: Runtime, { description, weights }: Model): Promise<Predictor> {
  const { recipe, network: net } = description;
  const key = JSON.stringify([description.weights.sha256, net, recipe.slicing.size]);
  const before = kept.get(runtime);
  if (before?.key === key) return before.predictor;
  coolDown(runtime);
  const network = createNetwork(runtime, networkConfigOf(net), net.inChannels, net.outChannels, 1);
  try {
    const predictor = await compilePredictor(runtime, network, {
      batch,
      size: recipe.slicing.size,
      channels: net.inChannels,
      labels: net.outChannels,
      slices: slicesOf(networkConfigOf(net)),
    });
    predictor.load(plainWeights(weightsOf({ weights })));
    kept.set(runtime, {
      key,
      predictor,
      dispose: () => {
        predictor.dispose();
        network.dispose();
      },
    });
    return predictor;
  } catch (error) {
    network.dispose();
    throw error;
  }
}

/** Gives back what the network that proposed last holds, e.g. before training needs the memory. */
export function coolDown(runtime: Runtime): void {
  kept.get(runtime)?.dispose();
  kept.delete(runtime);
}

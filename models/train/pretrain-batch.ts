import {
  carryToCrop,
  type Crop,
  maskPatches,
  patchesUnderCrop,
  type PatchGrid,
  type PatchLabels,
  pixelsOfPatches,
  randomCrop,
} from '../amlp';
import { Random } from '../random';
import type { Feeder } from './feeder';
import type { PretrainConfig } from './pretrain-config';
import type { SliceSource } from './slice-source';

/** What one step of pretraining is fed, and what is needed to understand its answer. */
export interface PretrainBatch {
  readonly feeds: Record<'image' | 'pixelMask' | 'patchMask' | 'changed', Float32Array> & {
    noise?: Float32Array;
  };
  /** One entry a real sample; the rest of the batch is padding without a masked patch. */
  readonly samples: readonly {
    readonly slice: number;
    readonly under: Uint32Array;
    readonly mask: Uint8Array;
  }[];
}

/** Makes the samples of pretraining: RandomResizedCrop with the labels carried along, then the mask. */
export class PretrainBatches {
  /** @param source whose size and channels the feeder's crops have */
  constructor(
    private readonly feeder: Feeder,
    private readonly source: Pick<SliceSource, 'size' | 'channels'>,
    private readonly labels: PatchLabels,
    private readonly full: PatchGrid,
    private readonly grid: PatchGrid,
    private readonly config: PretrainConfig,
  ) {}

  /**
   * @param slices indices into the labels, one a sample
   * @param sourceIndex the slice of the source behind each index
   * @param ratio masking ratio of the epoch
   */
  async make(
    slices: readonly number[],
    sourceIndex: Uint32Array,
    ratio: number,
    epoch: number,
  ): Promise<PretrainBatch> {
    const { batch, size, crop, order, seed, fill, updateLabels } = this.config;
    const crops: { slice: number; crop: Crop }[] = [];
    const pixelMask = new Float32Array(batch * size * size);
    const patchMask = new Float32Array(batch * this.grid.count);
    const changed = new Float32Array(batch * this.grid.count);
    const samples = slices.map((slice, b) => {
      const random = new Random(seed, 1, epoch, slice);
      const box = randomCrop(this.source.size, crop, random);
      crops.push({ slice: sourceIndex[slice], crop: box });
      const pixels = size * size;
      const under = patchesUnderCrop(this.full, this.grid, box);
      const seen = carryToCrop(this.labels.selection(slice), this.labels.labels(slice), under);
      const mask = maskPatches(seen.selection, seen.labels, order, ratio, random);
      pixelsOfPatches(mask, this.grid, pixelMask.subarray(b * pixels, (b + 1) * pixels));
      patchMask.set(mask, b * this.grid.count);
      if (updateLabels) {
        const changes = this.labels.changes(slice);
        under.forEach((p, q) => (changed[b * this.grid.count + q] = changes[p]));
      }
      return { slice, under, mask };
    });
    const image = await this.feeder.make({ kind: 'crops', size, batch, crops });
    const feeds: PretrainBatch['feeds'] = { image, pixelMask, patchMask, changed };
    if (fill === 'noise') feeds.noise = this.noise(slices, epoch, image.length);
    return { feeds, samples };
  }

  private noise(slices: readonly number[], epoch: number, length: number): Float32Array {
    const random = new Random(this.config.seed, 4, epoch, slices[0]);
    return Float32Array.from({ length }, () => random.normal());
  }
}

import { Random } from '../random';
import { makeSample } from './augment/sample';
import type { FinetuneConfig } from './finetune-config';
import type { LabelledSliceSource } from './slice-source';

export type FinetuneFeeds = Record<'image' | 'truth' | 'care', Float32Array>;

/** Makes the samples of fine-tuning. What a batch holds depends on its seeds alone. */
export class FinetuneBatches {
  private readonly slice: Float32Array;
  private readonly label: Float32Array;
  /** Slices that show some of a lesion. */
  private readonly withLesion: readonly number[];

  constructor(
    private readonly source: LabelledSliceSource,
    private readonly config: FinetuneConfig,
  ) {
    const pixels = source.size * source.size;
    this.slice = new Float32Array(pixels * source.channels);
    this.label = new Float32Array(pixels * source.labels);
    this.withLesion = this.slicesWithLesion();
  }

  /** @param step counted over the whole run */
  make(step: number): FinetuneFeeds {
    const { batch, size, seed, augmentation } = this.config;
    const { source } = this;
    const pixels = size * size;
    const image = new Float32Array(batch * pixels * source.channels);
    const truth = new Float32Array(batch * pixels * source.labels);
    const care = new Float32Array(truth.length);
    this.choose(step).forEach(({ slice, onForeground }, b) => {
      source.read(slice, this.slice);
      source.readLabel(slice, this.label);
      const labelAt = [b * pixels * source.labels, (b + 1) * pixels * source.labels] as const;
      makeSample(
        {
          image: this.slice,
          label: this.label,
          from: source.size,
          to: size,
          channels: source.channels,
          labels: source.labels,
          onForeground,
          augmentation,
          seeds: [seed, 11, step, b],
        },
        image.subarray(b * pixels * source.channels, (b + 1) * pixels * source.channels),
        truth.subarray(...labelAt),
      );
      const weight = source.weight?.(slice) ?? 1;
      for (let v = labelAt[0]; v < labelAt[1]; v++)
        if (truth[v] < 0) truth[v] = 0;
        else care[v] = weight;
    });
    return { image, truth, care };
  }

  private choose(step: number): { slice: number; onForeground: boolean }[] {
    const { batch, seed, foregroundShare } = this.config;
    const { count } = this.source;
    const random = new Random(seed, 10, step);
    if (foregroundShare === null) {
      // Every slice once before any comes again.
      return Array.from({ length: batch }, (_, b) => {
        const at = step * batch + b;
        const order = new Random(seed, 12, Math.floor(at / count)).permutation(count);
        return { slice: order[at % count], onForeground: false };
      });
    }
    const forced = Math.round(batch * foregroundShare);
    return Array.from({ length: batch }, (_, b) =>
      b < forced && this.withLesion.length > 0
        ? { slice: this.withLesion[random.below(this.withLesion.length)], onForeground: true }
        : { slice: random.below(count), onForeground: false },
    );
  }

  private slicesWithLesion(): number[] {
    const found: number[] = [];
    for (let s = 0; s < this.source.count; s++) {
      this.source.readLabel(s, this.label);
      if (this.label.some((v) => v > 0)) found.push(s);
    }
    return found;
  }
}

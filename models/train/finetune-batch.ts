import { Random } from '../random';
import { makeSample } from './augment/sample';
import type { FinetuneConfig } from './finetune-config';
import { slicesOf } from './network';
import type { LabelledSliceSource } from './slice-source';

export type FinetuneFeeds = Record<'image' | 'truth' | 'care', Float32Array>;

/** Makes the samples of fine-tuning. What a batch holds depends on its seeds alone. */
export class FinetuneBatches {
  private readonly slice: Float32Array;
  private readonly label: Float32Array;
  /** Slices that a person contoured, slices with a lesser weight, and how each splits by showing a lesion. */
  private readonly trusted: Pool;
  private readonly lesser: Pool;

  constructor(
    private readonly source: LabelledSliceSource,
    private readonly config: FinetuneConfig,
  ) {
    const pixels = source.size * source.size;
    this.slice = new Float32Array(pixels * source.channels);
    this.label = new Float32Array(pixels * source.labels);
    [this.trusted, this.lesser] = this.pools();
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
          slices: slicesOf(this.config.network),
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
    // Pseudo-labels may be many; at least every other sample is still a person's contour.
    return Array.from({ length: batch }, (_, b) => {
      const pool =
        this.lesser.all.length > 0 && (b % 2 === 1 || this.trusted.all.length === 0)
          ? this.lesser
          : this.trusted;
      const onForeground = b < forced && pool.withLesion.length > 0;
      const from = onForeground ? pool.withLesion : pool.all;
      return { slice: from[random.below(from.length)], onForeground };
    });
  }

  private pools(): [Pool, Pool] {
    const pools: [Pool, Pool] = [
      { all: [], withLesion: [] },
      { all: [], withLesion: [] },
    ];
    for (let s = 0; s < this.source.count; s++) {
      const pool = pools[(this.source.weight?.(s) ?? 1) >= 1 ? 0 : 1];
      this.source.readLabel(s, this.label);
      pool.all.push(s);
      if (this.label.some((v) => v > 0)) pool.withLesion.push(s);
    }
    return pools;
  }
}

interface Pool {
  readonly all: number[];
  readonly withLesion: number[];
}

import { Random } from '../random';
import type { FeedAnswers, Feeder } from './feeder';
import type { FinetuneConfig } from './finetune-config';
import { slicesOf } from './network';
import { subset, type LabelledSliceSource } from './slice-source';

export type FinetuneFeeds = FeedAnswers['samples'];

/** Makes the samples of fine-tuning. What a batch holds depends on its seeds alone. */
export class FinetuneBatches {
  private readonly source: LabelledSliceSource;
  private readonly label: Float32Array;
  /** Slices that a person contoured, slices with a lesser weight, and how each splits by showing a lesion. */
  private readonly trusted: Pool;
  private readonly lesser: Pool;

  /**
   * @param all what the feeder reads
   * @param teaching the slices of it that teach
   */
  constructor(
    private readonly feeder: Feeder,
    all: LabelledSliceSource,
    private readonly teaching: readonly number[],
    private readonly config: FinetuneConfig,
  ) {
    this.source = subset(all, teaching);
    this.label = new Float32Array(all.size * all.size * all.labels);
    [this.trusted, this.lesser] = this.pools();
  }

  /** @param step counted over the whole run */
  make(step: number): Promise<FinetuneFeeds> {
    const { batch, size, seed, augmentation, network } = this.config;
    return this.feeder.make({
      ...{ kind: 'samples', size, batch, augmentation, deep: slicesOf(network) },
      choices: this.choose(step).map(({ slice, onForeground }, b) => ({
        slice: this.teaching[slice],
        onForeground,
        seeds: [seed, 11, step, b],
      })),
    });
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

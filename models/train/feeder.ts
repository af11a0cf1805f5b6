import {
  cropSlice,
  isInformative,
  patchGrid,
  selectPatches,
  type Crop,
  type PatchSelection,
  type Reading,
} from '../amlp';
import { clusterMethod, type ClusteringName } from '../amlp/clustering';
import { Random } from '../random';
import type { Augmentation } from './augment/options';
import { makeSample } from './augment/sample';
import type { LabelledSliceSource, SliceSource } from './slice-source';

/**
 * The work between the slices and the step, as orders that say all that decides the answer: whoever carries them
 * out, on this thread or on others, makes the same bits.
 */

/** Crops of slices, resized. */
export interface CropsOrder {
  readonly kind: 'crops';
  readonly size: number;
  readonly batch: number;
  /** One a sample; the rest of the batch stays 0. */
  readonly crops: readonly { readonly slice: number; readonly crop: Crop }[];
}

/** Augmented slices with their labels. */
export interface SamplesOrder {
  readonly kind: 'samples';
  readonly size: number;
  readonly batch: number;
  readonly augmentation: Augmentation;
  /** Slices of a block; 1 in 2D. */
  readonly deep: number;
  readonly choices: readonly {
    readonly slice: number;
    readonly onForeground: boolean;
    readonly seeds: readonly number[];
  }[];
}

/** Which of the slices `from` to `to` (exclusive) show anything, and what their patches are before any training. */
export interface SortOrder {
  readonly kind: 'sort';
  readonly from: number;
  readonly to: number;
  readonly patch: number;
  readonly reading: Reading;
  readonly clustering: ClusteringName;
  readonly seed: number;
}

export type FeedOrder = CropsOrder | SamplesOrder | SortOrder;

export interface FeedAnswers {
  /** [batch, size, size, channels] */
  readonly crops: Float32Array;
  readonly samples: Record<'image' | 'truth' | 'care', Float32Array>;
  readonly sort: { readonly index: number[]; readonly selections: PatchSelection[] };
}

export interface Feeder {
  /** How many orders of this kind may usefully be given before the first is needed; 0: each when it is needed. */
  ahead(kind: FeedOrder['kind']): number;
  make<O extends FeedOrder>(order: O): Promise<FeedAnswers[O['kind']]>;
}

type Source = SliceSource & Partial<LabelledSliceSource>;

/** Carries orders out, on the thread that asks. @param source as the network sees it (`samplesOf`) */
export class SliceFeeder implements Feeder {
  private readonly slice: Float32Array;
  private readonly label: Float32Array;

  constructor(private readonly source: Source) {
    const pixels = source.size * source.size;
    this.slice = new Float32Array(pixels * source.channels);
    this.label = new Float32Array(pixels * (source.labels ?? 0));
  }

  ahead(): number {
    return 0;
  }

  async make<O extends FeedOrder>(order: O): Promise<FeedAnswers[O['kind']]> {
    return this.work(order);
  }

  work<O extends FeedOrder>(order: O): FeedAnswers[O['kind']] {
    const answer =
      order.kind === 'crops'
        ? this.crops(order)
        : order.kind === 'samples'
          ? this.samples(order)
          : this.sort(order);
    return answer as FeedAnswers[O['kind']];
  }

  private crops({ batch, size, crops }: CropsOrder): FeedAnswers['crops'] {
    const { source } = this;
    const length = size * size * source.channels;
    const image = new Float32Array(batch * length);
    crops.forEach(({ slice, crop }, b) => {
      source.read(slice, this.slice);
      const into = image.subarray(b * length, (b + 1) * length);
      cropSlice(this.slice, source.size, source.channels, crop, size, into);
    });
    return image;
  }

  private samples({ batch, size, augmentation, deep, choices }: SamplesOrder): FeedAnswers['samples'] {
    const { source } = this;
    const { channels, labels = 0 } = source;
    if (!source.readLabel) throw new TypeError('These slices have no labels to teach with.');
    const pixels = size * size;
    const image = new Float32Array(batch * pixels * channels);
    const truth = new Float32Array(batch * pixels * labels);
    const care = new Float32Array(truth.length);
    for (const [b, { slice, onForeground, seeds }] of choices.entries()) {
      source.read(slice, this.slice);
      source.readLabel(slice, this.label);
      const [from, to] = [b * pixels * labels, (b + 1) * pixels * labels];
      makeSample(
        {
          ...{ image: this.slice, label: this.label, from: source.size, to: size, channels, labels },
          ...{ slices: deep, onForeground, augmentation, seeds },
        },
        image.subarray(b * pixels * channels, (b + 1) * pixels * channels),
        truth.subarray(from, to),
      );
      const weight = source.weight?.(slice) ?? 1;
      for (let v = from; v < to; v++)
        if (truth[v] < 0) truth[v] = 0;
        else care[v] = weight;
    }
    return { image, truth, care };
  }

  private sort({ from, to, patch, reading, clustering, seed }: SortOrder): FeedAnswers['sort'] {
    const { source } = this;
    const grid = patchGrid(source.size, patch);
    const method = clusterMethod(clustering);
    const index: number[] = [];
    const selections: PatchSelection[] = [];
    for (let s = from; s < to; s++) {
      source.read(s, this.slice);
      if (!isInformative(this.slice, grid, source.channels)) continue;
      const random = new Random(seed, 2, s);
      const found = selectPatches(this.slice, grid, source.channels, reading, random, method);
      if (!found.takesPart.includes(1)) continue;
      index.push(s);
      selections.push(found);
    }
    return { index, selections };
  }
}

/** Hands out pieces of work by number, having asked for the next ones as far ahead as is useful. */
export class Lookahead<T> {
  private readonly asked = new Map<number, Promise<T>>();

  /**
   * @param ask begins piece `n`
   * @param ahead how many to begin before they are needed; asked each time
   * @param end the first number that there is no piece of
   */
  constructor(
    private readonly ask: (n: number) => Promise<T>,
    private readonly ahead: () => number,
    private readonly end: number,
  ) {}

  /** Piece `n`; numbers are asked for in ascending order. */
  async take(n: number): Promise<T> {
    const own = this.asked.get(n) ?? this.ask(n);
    this.asked.delete(n);
    const value = await own;
    for (let next = n + 1; next <= n + this.ahead() && next < this.end; next++) {
      if (this.asked.has(next)) continue;
      const begun = this.ask(next);
      // Where the run is stopped nobody waits for it any more; where it goes on, `take` throws.
      begun.catch(() => undefined);
      this.asked.set(next, begun);
    }
    return value;
  }
}

import { runStarts, spread } from '../train/blocks';
import type { Predictor } from './predictor';
import { answerSamples } from './samples';

/** The slices of one volume, prepared as those that the network learnt from. Any width and height. */
export interface SlicesToSegment {
  readonly count: number;
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  /** Writes slice `index` as [height, width, channels]. */
  read(index: number, into: Float32Array): void;
}

export interface SegmentOptions {
  /** Averages the answers for the mirrored images: `both` axes (4 passes), `horizontal` (2), or none. */
  readonly mirror: 'none' | 'horizontal' | 'both';
  /** Share of a tile that its neighbours cover as well, where a slice is larger than a tile. */
  readonly overlap: number;
  onSlice?(done: number, total: number): void;
  shouldStop?(): boolean;
}

export const SEGMENT_DEFAULTS: SegmentOptions = { mirror: 'both', overlap: 0.5 };

/** What the network makes of one slice. */
export interface SegmentedSlice {
  readonly index: number;
  /** [height, width, labels], 0 to 1. */
  readonly probability: Float32Array;
  /** Entropy of the averaged prediction in bits, largest over the labels; [height, width], 0 certain to 1. */
  readonly entropy: Float32Array;
}

/**
 * Segments the slices of one volume; `take` gets each as soon as it is complete, in order. A 3D network sees runs of
 * slices that overlap by half, and its answers for one slice are averaged.
 * @returns false when `shouldStop` ended it early
 */
export async function segmentSlices(
  predictor: Predictor,
  slices: SlicesToSegment,
  take: (slice: SegmentedSlice) => void | Promise<void>,
  options: Partial<SegmentOptions> = {},
): Promise<boolean> {
  const { onSlice, ...rest } = { ...SEGMENT_DEFAULTS, ...options };
  const { channels, labels, slices: deep = 1 } = predictor;
  if (slices.channels !== channels)
    throw new Error(`The model reads ${channels} channels; the volume has ${slices.channels}.`);
  const complete = async (index: number, probability: Float32Array): Promise<void> => {
    await take({ index, probability, entropy: entropyOf(probability, labels) });
    onSlice?.(index + 1, slices.count);
  };
  if (deep === 1) return answerSamples(predictor, slices, complete, rest);

  const starts = runStarts(slices.count, deep);
  const image = new Float32Array(slices.width * slices.height * channels);
  const pixels = slices.width * slices.height;
  const sums = new Map<number, { sum: Float32Array; answers: number }>();
  const runs = {
    ...slices,
    count: starts.length,
    read: (run: number, into: Float32Array): void => {
      for (let s = 0; s < deep; s++) {
        slices.read(Math.min(slices.count - 1, starts[run] + s), image);
        spread(image, channels, into, deep, s);
      }
    },
  };
  return answerSamples(
    predictor,
    runs,
    async (run, answer) => {
      for (let s = 0; s < deep && starts[run] + s < slices.count; s++) {
        const index = starts[run] + s;
        let entry = sums.get(index);
        if (!entry) sums.set(index, (entry = { sum: new Float32Array(pixels * labels), answers: 0 }));
        for (let p = 0; p < pixels; p++)
          for (let l = 0; l < labels; l++) entry.sum[p * labels + l] += answer[(p * deep + s) * labels + l];
        entry.answers++;
      }
      const next = run + 1 < starts.length ? starts[run + 1] : slices.count;
      for (const [index, { sum, answers }] of [...sums].sort(([a], [b]) => a - b)) {
        if (index >= next) break;
        sums.delete(index);
        await complete(
          index,
          sum.map((v) => v / answers),
        );
      }
    },
    rest,
  );
}

/** Entropy of each pixel's prediction in bits, the largest over the labels. */
export function entropyOf(probability: Float32Array, labels: number): Float32Array {
  const out = new Float32Array(probability.length / labels);
  for (let p = 0; p < out.length; p++)
    for (let l = 0; l < labels; l++) {
      const q = Math.min(1 - 1e-7, Math.max(1e-7, probability[p * labels + l]));
      const bits = -(q * Math.log2(q) + (1 - q) * Math.log2(1 - q));
      if (bits > out[p]) out[p] = bits;
    }
  return out;
}

/**
 * How uncertain a slice is, 0 to 1: the mean entropy where the network saw anything at all (some label at 5 % or
 * more). Averaged over the whole slice, every slice with much air would look certain.
 */
export function sliceUncertainty({ probability, entropy }: SegmentedSlice): number {
  const labels = probability.length / entropy.length;
  let sum = 0;
  let count = 0;
  for (let p = 0; p < entropy.length; p++)
    for (let l = 0; l < labels; l++)
      if (probability[p * labels + l] >= 0.05) {
        sum += entropy[p];
        count++;
        break;
      }
  return count > 0 ? sum / count : 0;
}

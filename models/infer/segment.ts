import { breathe } from '../train/hooks';
import type { Predictor } from './predictor';
import { cutTile, mirrored, planTiles } from './tiles';

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

const MIRRORS = {
  none: [[false, false]],
  horizontal: [
    [false, false],
    [true, false],
  ],
  both: [
    [false, false],
    [true, false],
    [false, true],
    [true, true],
  ],
} as const;

/** One pass of one tile of one slice. */
interface Pass {
  readonly slice: number;
  readonly corner: readonly [number, number];
  readonly mirror: readonly [boolean, boolean];
}

/**
 * Segments slice after slice: tiles, mirrors, blends. Memory stays that of a few slices; `take` gets each as soon
 * as it is complete, in order.
 * @returns false when `shouldStop` ended it early
 */
export async function segmentSlices(
  predictor: Predictor,
  slices: SlicesToSegment,
  take: (slice: SegmentedSlice) => void | Promise<void>,
  options: Partial<SegmentOptions> = {},
): Promise<boolean> {
  const { mirror, overlap, onSlice, shouldStop } = { ...SEGMENT_DEFAULTS, ...options };
  if (slices.channels !== predictor.channels)
    throw new Error(`The model reads ${predictor.channels} channels; the volume has ${slices.channels}.`);
  const { size, channels, labels, batch } = predictor;
  const plan = planTiles(slices.width, slices.height, size, overlap);
  const passes = [...passesOf(slices.count, plan.corners, MIRRORS[mirror])];
  const perSlice = plan.corners.length * MIRRORS[mirror].length;
  const image = new Float32Array(slices.width * slices.height * channels);
  const input = new Float32Array(batch * size * size * channels);
  const tile = new Float32Array(size * size * channels);
  let loaded = -1;
  const sums = new Map<number, { blend: Blend; passes: number }>();

  for (let first = 0; first < passes.length; first += batch) {
    await breathe();
    if (shouldStop?.()) return false;
    const now = passes.slice(first, first + batch);
    now.forEach(({ slice, corner, mirror: [h, v] }, b) => {
      if (slice !== loaded) slices.read(slice, image);
      loaded = slice;
      cutTile(image, plan, corner, channels, tile);
      input.set(mirrored(tile, size, channels, h, v), b * tile.length);
    });
    const answer = await predictor.run(input);
    const length = size * size * labels;
    for (const [
      b,
      {
        slice,
        corner,
        mirror: [h, v],
      },
    ] of now.entries()) {
      let entry = sums.get(slice);
      if (!entry)
        sums.set(slice, (entry = { blend: new Blend(slices.width, slices.height, labels), passes: 0 }));
      const part = mirrored(answer.subarray(b * length, (b + 1) * length), size, labels, h, v);
      entry.blend.add(part, corner, size, plan.importance);
      entry.passes++;
      if (entry.passes < perSlice) continue;
      const probability = entry.blend.mean();
      sums.delete(slice);
      await take({ index: slice, probability, entropy: entropyOf(probability, labels) });
      onSlice?.(slice + 1, slices.count);
    }
  }
  return true;
}

function* passesOf(
  count: number,
  corners: readonly (readonly [number, number])[],
  mirrors: readonly (readonly [boolean, boolean])[],
): Generator<Pass> {
  for (let slice = 0; slice < count; slice++)
    for (const corner of corners) for (const mirror of mirrors) yield { slice, corner, mirror };
}

/** A weighted sum of tiles over one slice. */
class Blend {
  private readonly sum: Float32Array;
  private readonly weight: Float32Array;

  constructor(
    private readonly width: number,
    private readonly height: number,
    private readonly labels: number,
  ) {
    this.sum = new Float32Array(width * height * labels);
    this.weight = new Float32Array(width * height);
  }

  add(part: Float32Array, [x0, y0]: readonly [number, number], size: number, importance: Float32Array): void {
    for (let y = Math.max(0, -y0); y < size && y + y0 < this.height; y++)
      for (let x = Math.max(0, -x0); x < size && x + x0 < this.width; x++) {
        const w = importance[y * size + x];
        const to = (y + y0) * this.width + x + x0;
        this.weight[to] += w;
        for (let l = 0; l < this.labels; l++)
          this.sum[to * this.labels + l] += w * part[(y * size + x) * this.labels + l];
      }
  }

  mean(): Float32Array {
    for (let p = 0; p < this.weight.length; p++)
      for (let l = 0; l < this.labels; l++) this.sum[p * this.labels + l] /= this.weight[p];
    return this.sum;
  }
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

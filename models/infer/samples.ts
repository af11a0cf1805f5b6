import { breathe } from '../train/hooks';
import type { Predictor } from './predictor';
import { cutTile, mirrored, planTiles } from './tiles';

/** What a network is shown: slices, or blocks of them with their slices side by side in the last axis. */
export interface Samples {
  readonly count: number;
  readonly width: number;
  readonly height: number;
  /** Writes sample `index` as [height, width, slices · channels]. */
  read(index: number, into: Float32Array): void;
}

export interface AnswerOptions {
  readonly mirror: 'none' | 'horizontal' | 'both';
  readonly overlap: number;
  shouldStop?(): boolean;
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
 * Answers sample after sample: tiles, mirrors, blends. Memory stays that of a few samples; `take` gets each as soon
 * as it is complete, in order.
 * @returns false when `shouldStop` ended it early
 */
export async function answerSamples(
  predictor: Predictor,
  slices: Samples,
  take: (index: number, probability: Float32Array) => void | Promise<void>,
  { mirror, overlap, shouldStop }: AnswerOptions,
): Promise<boolean> {
  const { size, batch, slices: deep = 1 } = predictor;
  const [channels, labels] = [deep * predictor.channels, deep * predictor.labels];
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
      await take(slice, probability);
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

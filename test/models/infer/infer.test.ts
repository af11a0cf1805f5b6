import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  postProcess,
  type Predictor,
  segmentSlices,
  sliceUncertainty,
  type SegmentedSlice,
} from '../../../models/infer';
import { connectedParts, fillHoles } from '../../../models/infer/post-process';
import { mirrored, planTiles } from '../../../models/infer/tiles';

/** A "network" that answers each pixel by a fixed function of its own value: tiling and mirroring must not show. */
function pixelwise(size: number, channels: number, batch = 3): Predictor {
  const answer = (v: number): number => 1 / (1 + Math.exp(-v));
  return {
    size,
    channels,
    labels: 2,
    batch,
    run: async (image) => {
      const out = new Float32Array((image.length / channels) * 2);
      for (let p = 0; p < out.length / 2; p++) {
        out[2 * p] = answer(image[p * channels]);
        out[2 * p + 1] = answer(-image[p * channels + channels - 1]);
      }
      return out;
    },
    load: () => undefined,
    dispose: () => undefined,
  };
}

describe('segmenting slices', () => {
  it('answers as if there were no tiles, at any size', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 3, max: 45 }),
        fc.integer({ min: 3, max: 45 }),
        fc.constantFrom('none', 'horizontal', 'both'),
        fc.integer({ min: 1, max: 2 }),
        fc.double({ min: 0, max: 0.75, noNaN: true }),
        async (width, height, mirror, channels, overlap) => {
          const value = (s: number, i: number): number => Math.sin(s * 31 + i);
          const seen: SegmentedSlice[] = [];
          await segmentSlices(
            pixelwise(16, channels),
            {
              count: 3,
              width,
              height,
              channels,
              read: (s, into) => into.forEach((_, i) => (into[i] = value(s, i))),
            },
            (slice) => void seen.push(slice),
            { mirror, overlap },
          );
          expect(seen.map((s) => s.index)).toEqual([0, 1, 2]);
          for (const { index, probability, entropy } of seen) {
            expect(entropy.length).toBe(width * height);
            for (let p = 0; p < width * height; p++) {
              const first = 1 / (1 + Math.exp(-value(index, p * channels)));
              const second = 1 / (1 + Math.exp(value(index, p * channels + channels - 1)));
              expect(probability[2 * p]).toBeCloseTo(first, 5);
              expect(probability[2 * p + 1]).toBeCloseTo(second, 5);
              expect(entropy[p]).toBeGreaterThanOrEqual(0);
              expect(entropy[p]).toBeLessThanOrEqual(1 + 1e-6);
            }
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  it('averages the answers of the blocks that a 3D network sees', async () => {
    const { run, ...flat } = pixelwise(16, 1);
    // Shown as slices of one channel, a block answers slice by slice like the flat network.
    const deep: Predictor = { ...flat, slices: 4, run };
    const value = (s: number, i: number): number => Math.cos(s * 7 + i);
    for (const count of [1, 3, 4, 9]) {
      const seen: number[] = [];
      await segmentSlices(
        deep,
        {
          count,
          width: 20,
          height: 13,
          channels: 1,
          read: (s, into) => into.forEach((_, i) => (into[i] = value(s, i))),
        },
        ({ index, probability }) => {
          seen.push(index);
          for (let p = 0; p < 260; p++)
            expect(probability[2 * p]).toBeCloseTo(1 / (1 + Math.exp(-value(index, p))), 5);
        },
        { mirror: 'both' },
      );
      expect(seen).toEqual(Array.from({ length: count }, (_, s) => s));
    }
  });

  it('stops when told and refuses other channels', async () => {
    const slices = { count: 9, width: 16, height: 16, channels: 1, read: () => undefined };
    let taken = 0;
    const shouldStop = () => taken >= 2;
    expect(
      await segmentSlices(pixelwise(16, 1, 1), slices, () => void taken++, { mirror: 'none', shouldStop }),
    ).toBe(false);
    expect(taken).toBe(2);
    await expect(segmentSlices(pixelwise(16, 2), slices, () => undefined)).rejects.toThrow(/channels/);
  });

  it('is uncertain where it doubts, not where it sees nothing', () => {
    const nothing = { index: 0, probability: new Float32Array(4), entropy: new Float32Array(4) };
    expect(sliceUncertainty(nothing)).toBe(0);
    const doubt = {
      index: 0,
      probability: Float32Array.of(0.5, 0, 0, 0),
      entropy: Float32Array.of(1, 0, 0, 0),
    };
    expect(sliceUncertainty(doubt)).toBe(1);
  });
});

describe('tiles', () => {
  it('cover every pixel, and overlap as much as asked', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 300 }), (width, height) => {
        const { corners, size } = planTiles(width, height, 64, 0.5);
        const xs = [...new Set(corners.map(([x]) => x))];
        expect(xs[0]).toBeLessThanOrEqual(0);
        expect((xs.at(-1) as number) + size).toBeGreaterThanOrEqual(width);
        xs.slice(1).forEach((x, i) => expect(x - xs[i]).toBeLessThanOrEqual(33));
      }),
    );
  });

  it('mirror back', () => {
    const image = Float32Array.from({ length: 18 }, (_, i) => i);
    for (const h of [true, false])
      for (const v of [true, false]) expect(mirrored(mirrored(image, 3, 2, h, v), 3, 2, h, v)).toEqual(image);
  });
});

describe('post-processing', () => {
  const grid = { size: [6, 5, 2], spacing: [1, 1, 2] } as const;
  const at = (i: number, j: number, k: number): number => (k * 5 + j) * 6 + i;
  const mask = new Uint8Array(60);
  // A ring in slice 0 continued by one voxel in slice 1, and a crumb touching it only by an edge.
  for (const [i, j] of [
    [0, 0],
    [1, 0],
    [2, 0],
    [0, 1],
    [2, 1],
    [0, 2],
    [1, 2],
    [2, 2],
  ])
    mask[at(i, j, 0)] = 1;
  mask[at(0, 0, 1)] = 1;
  mask[at(3, 3, 0)] = 1;

  it('knows parts by their faces', () => {
    const { part, sizes } = connectedParts(mask, grid);
    expect(sizes).toEqual([0, 9, 1]);
    expect(part[at(0, 0, 1)]).toBe(part[at(2, 2, 0)]);
    expect(part[at(3, 3, 0)]).not.toBe(part[at(2, 2, 0)]);
  });

  it('keeps the largest part, drops small ones, fills holes', () => {
    const none = { largestOnly: false, fillHoles: false, minimumMillilitres: 0 };
    expect(postProcess(mask, grid, none)).toEqual(mask);
    for (const options of [
      { ...none, largestOnly: true },
      { ...none, minimumMillilitres: 0.003 },
    ]) {
      const out = postProcess(mask, grid, options);
      expect(out[at(3, 3, 0)]).toBe(0);
      expect(out.reduce((a, b) => a + b, 0)).toBe(9);
    }
    const filled = postProcess(mask, grid, { ...none, fillHoles: true });
    expect(filled[at(1, 1, 0)]).toBe(1);
    expect(filled.reduce((a, b) => a + b, 0)).toBe(11);
    expect(fillHoles(new Uint8Array(60), grid).includes(1)).toBe(false);
    expect(postProcess(new Uint8Array(60), grid, { ...none, largestOnly: true }).includes(1)).toBe(false);
  });
});

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { compilePredictor, plainWeights, segmentSlices } from '../../../models/infer';
import { openRuntime, type Runtime } from '../../../models/runtime';
import {
  createNetwork,
  finetune,
  FINETUNE_PRESETS,
  type LabelledSliceSource,
  type NetworkConfig,
  NNUNET,
  pretrain,
  PRETRAIN_PRESETS,
  type SliceSource,
} from '../../../models/train';
import { augmentIntensity } from '../../../models/train/augment/intensity';
import { runStarts, samplesOf } from '../../../models/train/blocks';
import { Random } from '../../../models/random';
import { discs } from './synthetic';

// Training shares the processor with whatever else runs.
vi.setConfig({ testTimeout: 300_000 });

const network: NetworkConfig = { backbone: 'unet3d', slices: 4, width: 4, depth: 1, normalisation: 'none' };

/** Two cases of seven slices; only slice 2 of the first and the whole second are reviewed. */
function twoCases(): LabelledSliceSource {
  const source = discs(14, 16);
  return {
    ...source,
    caseOf: (s) => (s < 7 ? 'a' : 'b'),
    readLabel: (s, into) => {
      if (s < 7 && s !== 2) into.fill(-1);
      else source.readLabel(s, into);
    },
  };
}

describe('blocks of slices', () => {
  it('begin every half block and end with the case', () => {
    expect(runStarts(7, 4)).toEqual([0, 2, 3]);
    expect(runStarts(8, 4)).toEqual([0, 2, 4]);
    expect(runStarts(3, 4)).toEqual([0]);
    for (let count = 1; count < 40; count++) {
      const seen = new Set(runStarts(count, 8).flatMap((s) => Array.from({ length: 8 }, (_, i) => s + i)));
      for (let s = 0; s < count; s++) expect(seen.has(s)).toBe(true);
    }
  });

  it('hold the slices of one case side by side', () => {
    const source = discs(10, 16, 1, 1);
    const cases = { ...source, caseOf: (s: number) => (s < 3 ? 'short' : 'long') };
    const images: SliceSource = {
      count: cases.count,
      size: cases.size,
      channels: cases.channels,
      read: cases.read,
      caseOf: cases.caseOf,
    };
    const blocks = samplesOf(images, network);
    expect(blocks.count).toBe(1 + runStarts(7, 4).length);
    expect(blocks.channels).toBe(4);
    const block = new Float32Array(16 * 16 * 4);
    const slice = new Float32Array(256);
    blocks.read(2, block);
    for (let s = 0; s < 4; s++) {
      source.read(3 + 2 + s, slice);
      slice.forEach((v, p) => expect(block[p * 4 + s]).toBe(v));
    }
    // The short case repeats its last slice.
    blocks.read(0, block);
    expect(block[40 * 4 + 3]).toBe(block[40 * 4 + 2]);
    expect(samplesOf(source, { ...network, backbone: 'unet2d' })).toBe(source);
  });

  it('teach only where something is known', () => {
    const blocks = samplesOf(twoCases(), network);
    // Of the first case, the blocks from slices 0 and 2 hold the reviewed slice 2; the one from 3 does not.
    expect(blocks.count).toBe(2 + 3);
    const label = new Float32Array(16 * 16 * 4);
    blocks.readLabel(0, label);
    expect([label[0], label[1], label[3]]).toEqual([-1, -1, -1]);
    expect(label[2]).toBeGreaterThanOrEqual(0);
  });

  it('change their intensities alike', () => {
    const block = Float32Array.from({ length: 16 * 16 * 3 }, (_, v) => Math.sin(Math.floor(v / 3)));
    const options = {
      ...NNUNET,
      noise: { ...NNUNET.noise, probability: 0 },
      gamma: { ...NNUNET.gamma, probability: 1 },
    };
    augmentIntensity(block, 16, 1, options, new Random(3), 3);
    for (let p = 0; p < 256; p++)
      expect([block[3 * p + 1], block[3 * p + 2]]).toEqual([block[3 * p], block[3 * p]]);
  });
});

describe('a 3D U-Net', () => {
  let runtime: Runtime;
  beforeAll(async () => {
    runtime = await openRuntime({ prefer: 'cpu' });
  });
  afterAll(() => runtime.dispose());

  it('learns, is taught and segments', async () => {
    const source = twoCases();
    const common = { network, size: 16, batch: 2 };
    const pretrained = await pretrain(runtime, source, {
      ...PRETRAIN_PRESETS.desktop,
      ...common,
      patch: 4,
      epochs: 12,
      rate: 3e-3,
      ratio: { start: 0.5, end: 0.5 },
    });
    expect(pretrained.reports.at(-1)?.loss).toBeLessThan(pretrained.reports[0].loss);
    expect(pretrained.weights?.['encoder.0.conv1.kernel'].shape).toEqual([3, 3, 3, 1, 4]);
    const taught = await finetune(
      runtime,
      source,
      { ...FINETUNE_PRESETS.desktop, ...common, epochs: 6, stepsPerEpoch: 12, rate: 1e-2 },
      {},
      { from: pretrained.weights ?? undefined },
    );
    expect(taught.reports.at(-1)?.loss).toBeLessThan(taught.reports[0].loss);
    const net = createNetwork(runtime, network, 1, 1, 1);
    const predictor = await compilePredictor(runtime, net, {
      batch: 2,
      size: 16,
      channels: 1,
      labels: 1,
      slices: 4,
    });
    predictor.load(plainWeights(taught.weights));
    const seen: number[] = [];
    await segmentSlices(
      predictor,
      { count: 7, width: 16, height: 16, channels: 1, read: (s, into) => source.read(7 + s, into) },
      ({ index, probability, entropy }) => {
        seen.push(index);
        expect(probability).toHaveLength(256);
        expect(entropy).toHaveLength(256);
        expect(probability.every((p) => p >= 0 && p <= 1)).toBe(true);
      },
    );
    expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });
});

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openRuntime, type Runtime } from '../../../models/runtime';
import {
  finetune,
  FINETUNE_PRESETS,
  type FinetuneConfig,
  type NetworkConfig,
  pretrain,
  PRETRAIN_PRESETS,
  type PretrainConfig,
  type TrainingState,
  type PretrainReport,
} from '../../../models/train';
import { discs } from './synthetic';

// Training shares the processor with whatever else runs.
vi.setConfig({ testTimeout: 300_000 });

// Two levels: a graph that compiles at once.
const network: NetworkConfig = { backbone: 'unet2d', width: 8, depth: 2, normalisation: 'none' };
const PRETRAIN: PretrainConfig = {
  ...PRETRAIN_PRESETS.desktop,
  network,
  size: 32,
  patch: 8,
  batch: 4,
  epochs: 6,
  loss: { prediction: 'l2', rrl: 'weight', ccl: 'weight' },
};
const FINETUNE: FinetuneConfig = {
  ...FINETUNE_PRESETS.desktop,
  network,
  size: 32,
  batch: 4,
  epochs: 5,
  stepsPerEpoch: 8,
  rate: 3e-3,
  earlyStopping: { share: 0.25, minimumSlices: 8, patience: 9 },
};
const source = discs(18, 32);

let runtime: Runtime;
beforeAll(async () => {
  runtime = await openRuntime({ prefer: 'cpu' });
});
afterAll(() => runtime.dispose());

/** Says stop once, before step `n`. */
const stopBefore = (n: number) => {
  let asked = 0;
  return () => ++asked > n;
};

/** What a file would keep of a state. */
const throughFile = (state: TrainingState): TrainingState => ({
  kind: state.kind,
  facts: JSON.parse(JSON.stringify(state.facts)),
  tensors: Object.fromEntries(Object.entries(state.tensors).map(([name, data]) => [name, data.slice()])),
});

describe('pretraining', () => {
  it('learns to reconstruct, and its labels move', async () => {
    const shown: PretrainReport[] = [];
    const { reports, weights, finished, slicesUsed } = await pretrain(
      runtime,
      source,
      {
        ...PRETRAIN,
        epochs: 30,
        ratio: { start: 0.5, end: 0.5 },
        loss: { ...PRETRAIN.loss, ccl: 'labels-only' },
      },
      { onEpoch: (report) => void shown.push(report) },
    );
    expect(finished).toBe(true);
    expect(slicesUsed).toBe(18);
    expect(reports.at(-1)?.prediction).toBeLessThan(0.6 * reports[0].prediction);
    expect(reports.some((r) => r.labelsChanged > 0)).toBe(true);
    expect(reports[0].consistency).toBeGreaterThan(0);
    expect(weights?.['encoder.0.conv1.kernel'].shape).toEqual([3, 3, 1, 8]);
    // Shown, and not kept: a long run would grow by them.
    expect(reports.every(({ pictures }) => pictures.length === 0)).toBe(true);
    const [picture] = shown[0].pictures;
    const hidden = picture.masked.findIndex((v, i) => v !== picture.original[i]);
    expect(picture.masked[hidden]).toBe(0);
    expect(picture.reconstructed[hidden]).not.toBe(picture.original[hidden]);
  });

  it('gives the same losses for one seed: 50 steps, to 1e-4', async () => {
    const config = { ...PRETRAIN, epochs: 10, warmUpEpochs: 0 };
    const losses = async (seed: number) => {
      const seen: number[] = [];
      await pretrain(runtime, source, { ...config, seed }, { onStep: (p) => seen.push(p.loss) });
      return seen;
    };
    const [a, b, other] = [await losses(3), await losses(3), await losses(4)];
    expect(a).toHaveLength(50);
    a.forEach((loss, i) => expect(Math.abs(loss - b[i])).toBeLessThan(1e-4));
    expect(Math.abs(a[49] - other[49])).toBeGreaterThan(1e-4);
  });

  it('goes on bit for bit from a state, even out of the middle of an epoch', async () => {
    const whole = await pretrain(runtime, source, PRETRAIN);
    for (const after of [13]) {
      const first = await pretrain(runtime, source, PRETRAIN, { shouldStop: stopBefore(after) });
      expect(first.finished).toBe(false);
      const state = throughFile(first.state as TrainingState);
      expect(state.facts.t).toBe(after);
      const second = await pretrain(runtime, source, PRETRAIN, {}, { resume: state });
      expect(second.finished).toBe(true);
      expect(second.state?.tensors).toEqual(whole.state?.tensors);
      expect(second.reports.at(-1)?.loss).toBe(whole.reports.at(-1)?.loss);
    }
  });

  it('refuses the state of another run, and slices without anything on them', async () => {
    const { state } = await pretrain(runtime, source, PRETRAIN, { shouldStop: stopBefore(1) });
    await expect(
      pretrain(runtime, source, { ...PRETRAIN, seed: 9 }, {}, { resume: state as TrainingState }),
    ).rejects.toThrow(/another run/);
    const empty = { ...source, read: (_: number, into: Float32Array) => void into.fill(-1) };
    await expect(pretrain(runtime, empty, PRETRAIN)).rejects.toThrow(/air or padding/);
  });

  it.each([
    [
      'random order',
      { order: 'random', updateLabels: false, loss: { prediction: 'l1', rrl: 'off', ccl: 'off' } },
    ],
    ['learned token', { fill: 'token' }],
    ['noise', { fill: 'noise', loss: { prediction: 'l2', rrl: 'ratio', ccl: 'labels-only' } }],
    ['wrong labels', { misclassified: 0.3, correctMisclassified: false, order: 'background-first' }],
  ] as const)('runs with %s', async (_name, part) => {
    const { reports } = await pretrain(runtime, source, { ...PRETRAIN, epochs: 2, ...part });
    expect(reports).toHaveLength(2);
    expect(Number.isFinite(reports[1].loss)).toBe(true);
  });
});

describe('fine-tuning', () => {
  it('finds the lesion from a few contoured slices', async () => {
    const { reports, heldBackDsc, heldBackSlices } = await finetune(runtime, source, {
      ...FINETUNE,
      epochs: 12,
    });
    expect(heldBackSlices).toBeGreaterThan(2);
    expect(heldBackDsc).toBeGreaterThan(0.6);
    expect(reports.at(-1)?.loss).toBeLessThan(0.6 * reports[0].loss);
  });

  it('goes on bit for bit from a state', async () => {
    const whole = await finetune(runtime, source, FINETUNE);
    const first = await finetune(runtime, source, FINETUNE, { shouldStop: stopBefore(19) });
    const second = await finetune(runtime, source, FINETUNE, {}, { resume: throughFile(first.state) });
    expect(second.state.tensors).toEqual(whole.state.tensors);
    expect(second.heldBackDsc).toBe(whole.heldBackDsc);
  });

  it('takes over the encoder, with its decoder where asked, and leaves a frozen one as it is', async () => {
    const { weights } = await pretrain(runtime, source, { ...PRETRAIN, epochs: 1 });
    const short = { ...FINETUNE, epochs: 1, stepsPerEpoch: 2, earlyStopping: null };
    const from = weights ?? undefined;
    const encoder = await finetune(runtime, source, short, {}, { from });
    expect(encoder.carried.every((name) => name.startsWith('encoder.'))).toBe(true);
    expect(encoder.carried.length).toBeGreaterThan(10);
    const both = await finetune(runtime, source, { ...short, carry: 'encoder-and-decoder' }, {}, { from });
    expect(both.carried.some((name) => name.startsWith('decoder.'))).toBe(true);
    expect(both.carried.some((name) => name.startsWith('head'))).toBe(false);
    const frozen = await finetune(runtime, source, { ...short, freeze: 'encoder' }, {}, { from });
    const name = 'encoder.1.conv1.kernel';
    expect(frozen.weights[name].data).toEqual(weights?.[name].data);
    expect(encoder.weights[name].data).not.toEqual(weights?.[name].data);
  });

  it('does not look at what nobody judged', async () => {
    const short = { ...FINETUNE, epochs: 1, stepsPerEpoch: 4, earlyStopping: null };
    const half = {
      ...source,
      readLabel: (index: number, into: Float32Array) => {
        source.readLabel(index, into);
        into.fill(-1, into.length / 2);
      },
    };
    const a = await finetune(runtime, half, short);
    expect(a.reports[0].crossEntropy).toBeGreaterThan(0);
    const nothing = { ...source, readLabel: (_: number, into: Float32Array) => void into.fill(-1) };
    const b = await finetune(runtime, nothing, short);
    expect(b.reports[0].crossEntropy).toBe(0);
  });

  it('refuses a model of other channels, and an empty source', async () => {
    const { weights } = await pretrain(runtime, source, {
      ...PRETRAIN,
      network: { ...network, width: 4 },
      epochs: 1,
    });
    await expect(finetune(runtime, source, FINETUNE, {}, { from: weights ?? undefined })).rejects.toThrow(
      /different widths or channels/,
    );
    await expect(finetune(runtime, { ...source, count: 0 }, FINETUNE)).rejects.toThrow(/contour a few/);
  });
});

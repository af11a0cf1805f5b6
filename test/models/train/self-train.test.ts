import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { compilePredictor, plainWeights, type Predictor } from '../../../models/infer';
import { openRuntime, type Runtime } from '../../../models/runtime';
import {
  createNetwork,
  finetune,
  FINETUNE_PRESETS,
  pseudoLabels,
  selfTrain,
  subset,
  type FinetuneConfig,
  type FinetuneReport,
  type LabelledSliceSource,
  type NamedWeights,
  type TrainingHooks,
  type TrainingState,
} from '../../../models/train';
import { SliceFeeder } from '../../../models/train/feeder';
import { FinetuneBatches } from '../../../models/train/finetune-batch';
import { joined } from '../../../models/train';
import { holdBack } from '../../../models/train/held-back';
import { heldBackDsc } from '../../../models/train/held-back-dsc';
import { discs } from './synthetic';

// Training shares the processor with whatever else runs.
vi.setConfig({ testTimeout: 300_000 });

const config = {
  ...FINETUNE_PRESETS.desktop,
  network: { backbone: 'unet2d', width: 8, depth: 2, normalisation: 'none' },
  size: 32,
  batch: 4,
  epochs: 4,
  stepsPerEpoch: 10,
  rate: 3e-3,
} as const;

/** What a file would keep of a state. */
const throughFile = (state: TrainingState): TrainingState => ({
  kind: state.kind,
  facts: JSON.parse(JSON.stringify(state.facts)),
  tensors: Object.fromEntries(Object.entries(state.tensors).map(([name, data]) => [name, data.slice()])),
});

/** Sure where the slice is bright or dark, in doubt between. */
const byBrightness: Predictor = {
  batch: 2,
  size: 32,
  channels: 1,
  labels: 1,
  run: async (image) => image.map((v) => (v > 0.9 ? 0.99 : v < 0.6 ? 0.01 : 0.5)),
  load: () => undefined,
  dispose: () => undefined,
};

/** DSC of some weights on the contours that a run holds back. */
async function judgedBy(
  runtime: Runtime,
  settings: FinetuneConfig,
  contoured: LabelledSliceSource,
  weights: NamedWeights,
): Promise<number> {
  const network = createNetwork(runtime, settings.network, 1, 1, 1);
  const predictor = await compilePredictor(runtime, network, { batch: 4, size: 32, channels: 1, labels: 1 });
  predictor.load(plainWeights(weights));
  const { heldBack } = holdBack(contoured, settings.earlyStopping, settings.seed);
  const dsc = await heldBackDsc(predictor, contoured, heldBack);
  predictor.dispose();
  network.dispose();
  return dsc;
}

describe('pseudo-labels', () => {
  it('say what the model is sure of, and nothing where it doubts', async () => {
    const source = discs(6, 32);
    const found = (await pseudoLabels(byBrightness, source, { agreement: 0 })) as LabelledSliceSource;
    expect(found.count).toBe(6);
    expect(found.weight?.(0)).toBe(0.5);
    const label = new Float32Array(1024);
    const image = new Float32Array(1024);
    found.readLabel(4, label);
    source.read(4, image);
    label.forEach((l, v) => expect(l).toBe(image[v] > 0.9 ? 1 : image[v] < 0.6 ? 0 : -1));
    expect(found.caseOf(4)).toBe(source.caseOf(4));
    const unsure = { ...byBrightness, run: async (x: Float32Array) => x.map(() => 0.5) };
    expect(await pseudoLabels(unsure, source)).toBeNull();
    expect((await pseudoLabels(byBrightness, source, { limit: 3, agreement: 0 }))?.count).toBe(3);
  });

  it('never outweigh contours in a batch', async () => {
    const real = discs(2, 32);
    const many = { ...discs(50, 32, 9), weight: () => 0.5 };
    const both = joined([real, many]);
    const all = Array.from({ length: both.count }, (_, s) => s);
    const batches = new FinetuneBatches(new SliceFeeder(both), both, all, config);
    for (let step = 0; step < 10; step++) {
      const { care } = await batches.make(step);
      const weights = Array.from({ length: 4 }, (_, b) =>
        Math.max(...care.subarray(b * 1024, (b + 1) * 1024)),
      );
      expect(weights.filter((w) => w === 1).length).toBeGreaterThanOrEqual(2);
    }
  });
});

describe('with the runtime', () => {
  let runtime: Runtime;
  beforeAll(async () => {
    runtime = await openRuntime({ prefer: 'cpu' });
  });
  afterAll(() => runtime.dispose());

  it('self-training runs both rounds', async () => {
    const all = discs(16, 32);
    const seen: number[] = [];
    const result = await selfTrain(
      runtime,
      subset(all, [0, 1, 2, 3]),
      subset(all, [4, 5, 6, 7, 8, 9]),
      { ...config, epochs: 8 },
      { onEpoch: (r) => seen.push(r.epoch) },
      {},
      { confident: 0.6, agreement: 0.1 },
    );
    expect(result.pseudoLabelled).toBeGreaterThan(0);
    expect(seen).toHaveLength(16);
  });

  it('self-training goes on bit for bit from either round, through its pseudo-labels', async () => {
    const all = discs(16, 32);
    const [few, rest] = [subset(all, [0, 1, 2, 3]), subset(all, [4, 5, 6, 7, 8, 9])];
    const sure = { confident: 0.6, agreement: 0.1 };
    const run = (hooks: TrainingHooks<FinetuneReport>, resume?: TrainingState) =>
      selfTrain(runtime, few, rest, config, hooks, resume ? { resume } : {}, sure);
    const whole = await run({});
    expect(whole.pseudoLabelled).toBeGreaterThan(0);
    // 40 steps a round: while pseudo-labels are made between the rounds, and in the second.
    for (const after of [40, 60]) {
      let asked = 0;
      const first = await run({ shouldStop: () => ++asked > after });
      expect(first.finished).toBe(false);
      expect(first.state.facts.round ?? 0).toBe(after > 45 ? 1 : 0);
      const second = await run({}, throughFile(first.state));
      expect(second.finished).toBe(true);
      expect(second.state.tensors).toEqual(whole.state.tensors);
      expect(second.weights).toEqual(whole.weights);
    }
  });

  it('the same contours judge every round, and a round that does worse is left out', async () => {
    const all = discs(24, 32);
    const contoured = subset(all, [...Array(12).keys()]);
    const alike = subset(all, [12, 13, 14, 15, 16, 17]);
    // The same slices upside down in value: what is sure on them is wrong.
    const misleading = {
      ...alike,
      read: (i: number, into: Float32Array) => {
        alike.read(i, into);
        into.forEach((v, p) => (into[p] = 1.5 - v));
      },
    };
    const judged = { ...config, earlyStopping: { share: 0.25, minimumSlices: 4, patience: 9 } };
    const left = [];
    for (const rest of [alike, misleading]) {
      const seen: { epoch: number; dsc: number | null }[] = [];
      const result = await selfTrain(
        runtime,
        contoured,
        rest,
        judged,
        { onEpoch: ({ epoch, heldBackDsc }) => seen.push({ epoch, dsc: heldBackDsc }) },
        {},
        { confident: 0.6, agreement: 0, weight: 1 },
      );
      const [one, two] = [seen.slice(0, 4), seen.slice(4)].map((round) =>
        Math.max(...round.map(({ dsc }) => dsc ?? NaN)),
      );
      expect(seen).toHaveLength(8);
      expect(result.pseudoLabelled).toBeGreaterThan(0);
      expect(result.heldBackDsc).toBe(Math.max(one, two));
      expect(result.leftOutDsc).toBe(two < one ? two : null);
      left.push(result);
      const again = await judgedBy(runtime, judged, contoured, result.weights);
      expect(again).toBeCloseTo(result.heldBackDsc ?? NaN, 6);
    }
    expect(left.some(({ leftOutDsc }) => leftOutDsc !== null)).toBe(true);
  });

  it('self-training stopped before it made anything keeps the state that it was given', async () => {
    const all = discs(10, 32);
    const [few, rest] = [subset(all, [0, 1, 2, 3]), subset(all, [4, 5, 6, 7])];
    const sure = { confident: 0.6, agreement: 0.1 };
    let asked = 0;
    const first = await selfTrain(runtime, few, rest, config, { shouldStop: () => ++asked > 50 }, {}, sure);
    expect(first.state.facts.round).toBe(1);
    const none = await selfTrain(
      runtime,
      few,
      rest,
      config,
      { shouldStop: () => true },
      { resume: first.state },
      sure,
    );
    expect(none.finished).toBe(false);
    expect(none.state.tensors).toEqual(first.state.tensors);
  });

  it('several channels and nested labels teach at once', async () => {
    const inner = discs(8, 32);
    const image = new Float32Array(1024);
    const label = new Float32Array(1024);
    const nested: LabelledSliceSource = {
      ...inner,
      channels: 2,
      labels: 2,
      read: (index, into) => {
        inner.read(index, image);
        image.forEach((v, p) => into.set([v, -v], 2 * p));
      },
      // The body around the lesion is the outer label.
      readLabel: (index, into) => {
        inner.readLabel(index, label);
        inner.read(index, image);
        label.forEach((l, p) => into.set([l, image[p] > -0.8 ? 1 : 0], 2 * p));
      },
    };
    const { reports } = await finetune(runtime, nested, { ...config, epochs: 8 });
    expect(reports.at(-1)?.softDice).toBeGreaterThan(reports[0].softDice + 0.1);
  });
});

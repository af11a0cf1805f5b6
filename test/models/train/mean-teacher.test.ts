import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openRuntime, type Runtime } from '../../../models/runtime';
import {
  finetune,
  FINETUNE_PRESETS,
  meanTeacher,
  subset,
  type FinetuneConfig,
  type TrainingState,
} from '../../../models/train';
import { consistencyWeight, followStudent } from '../../../models/train/mean-teacher';
import { discs } from './synthetic';

// Training shares the processor with whatever else runs.
vi.setConfig({ testTimeout: 300_000 });

describe('by hand', () => {
  it('the weight grows as exp(-5 (1 - t)^2) and then stays', () => {
    const options = { weight: 10, rampUp: 0.4 };
    expect(consistencyWeight(options, 0, 100)).toBeCloseTo(10 * Math.exp(-5), 12);
    expect(consistencyWeight(options, 20, 100)).toBeCloseTo(10 * Math.exp(-1.25), 12);
    expect(consistencyWeight(options, 40, 100)).toBe(10);
    expect(consistencyWeight(options, 99, 100)).toBe(10);
    expect(consistencyWeight({ weight: 3, rampUp: 0 }, 0, 100)).toBe(3);
  });

  it('the teacher moves by its share, and keeps what the student does not train', () => {
    const teacher = { a: Float32Array.of(1, 2), frozen: Float32Array.of(5) };
    followStudent(teacher, { a: Float32Array.of(3, -2) }, 0.75);
    expect([...teacher.a]).toEqual([1.5, 1]);
    expect([...teacher.frozen]).toEqual([5]);
  });
});

describe('with the runtime', () => {
  let runtime: Runtime;
  beforeAll(async () => {
    runtime = await openRuntime({ prefer: 'cpu' });
  });
  afterAll(() => runtime.dispose());

  const config: FinetuneConfig = {
    ...FINETUNE_PRESETS.desktop,
    network: { backbone: 'unet2d', width: 8, depth: 2, normalisation: 'none' },
    size: 32,
    batch: 4,
    epochs: 3,
    stepsPerEpoch: 10,
    rate: 3e-3,
    earlyStopping: null,
  };
  const all = discs(16, 32);
  const labelled = subset(all, [0, 1, 2, 3]);
  const companion = meanTeacher(subset(all, [4, 5, 6, 7, 8, 9]));

  it('teaches, and its teacher is what is kept', async () => {
    const longer = { ...config, epochs: 8 };
    const plain = await finetune(runtime, labelled, longer);
    const { weights, reports, state } = await finetune(runtime, labelled, longer, {}, { companion });
    expect(reports.at(-1)?.softDice).toBeGreaterThan(reports[0].softDice + 0.1);
    const name = 'encoder.0.conv1.kernel';
    expect(weights[name].data).toEqual(state.tensors[`teacher/${name}`]);
    expect(weights[name].data).not.toEqual(state.tensors[`weight/${name}`]);
    // Without a weight the slices that nobody contoured change nothing of the student.
    const silent = meanTeacher(subset(all, [4, 5, 6, 7]), { weight: 0 });
    const same = await finetune(runtime, labelled, longer, {}, { companion: silent });
    const [a, b] = [same, plain].map((one) => one.state.tensors[`weight/${name}`]);
    a.forEach((v, i) => expect(Math.abs(v - b[i])).toBeLessThan(1e-3));
    expect(state.tensors[`weight/${name}`]).not.toEqual(b);
  });

  it('goes on bit for bit from a state', async () => {
    const whole = await finetune(runtime, labelled, config, {}, { companion });
    let asked = 0;
    const first = await finetune(
      runtime,
      labelled,
      config,
      { shouldStop: () => ++asked > 17 },
      { companion },
    );
    expect(first.finished).toBe(false);
    const saved: TrainingState = {
      kind: first.state.kind,
      facts: JSON.parse(JSON.stringify(first.state.facts)),
      tensors: Object.fromEntries(Object.entries(first.state.tensors).map(([n, data]) => [n, data.slice()])),
    };
    const second = await finetune(runtime, labelled, config, {}, { companion, resume: saved });
    expect(second.state.tensors).toEqual(whole.state.tensors);
    expect(second.weights).toEqual(whole.weights);
    // Another teacher is another run.
    const other = meanTeacher(subset(all, [4, 5, 6, 7, 8, 9]), { decay: 0.5 });
    await expect(
      finetune(runtime, labelled, config, {}, { companion: other, resume: saved }),
    ).rejects.toThrow(/another run/);
  });
});

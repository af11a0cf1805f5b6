import type { Scalar, Tensor, Tensor1D, Tensor4D } from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Optimiser, Parameter, Runtime, TrainingStep, TrainingStepSpec } from '../../../models/runtime';
import { PlainTrainingStep } from '../../../models/runtime/plain/steps';
import { product, relativeDifference, testRuntime, values } from './support';

let runtime: Runtime;
beforeAll(async () => {
  runtime = await testRuntime();
});
afterAll(() => runtime.dispose());

const adamw: Optimiser = { kind: 'adamw', beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.05 };
const optimisers: Record<string, Optimiser> = {
  AdamW: adamw,
  'AdamW, clipped': { ...adamw, clipNorm: 0.1 },
  'momentum SGD': { kind: 'sgd', momentum: 0.9, nesterov: false, weightDecay: 0.01 },
  'Nesterov SGD, clipped': { kind: 'sgd', momentum: 0.99, nesterov: true, weightDecay: 3e-5, clipNorm: 0.5 },
};

const shapes: Record<string, readonly number[]> = {
  'encoder.kernel': [3, 3, 1, 8],
  'encoder.bias': [8],
  'head.kernel': [3, 3, 8, 1],
};
const image = [2, 12, 12, 1];
const feeds = { x: values(product(image), 5), y: values(product(image), 6) };

const makeParameters = (): Parameter[] =>
  Object.entries(shapes).map(([name, shape], i) => ({
    name,
    variable: runtime.tf.tidy(() =>
      runtime.tf.variable(runtime.tf.tensor(values(product(shape), 20 + i), [...shape]).mul(0.3)),
    ),
    decay: shape.length > 1,
    learningRateScale: i === 0 ? 0.5 : 1,
  }));

/** A small network with every kind of trainable part. */
const makeSpec = (optimiser: Optimiser, parameters = makeParameters()): TrainingStepSpec => {
  const { tf, ops } = runtime;
  const [kernel, bias, head] = parameters.map(({ variable }) => variable as Tensor);
  return {
    inputs: ['x', 'y'].map((name) => ({ name, shape: image })),
    variables: parameters,
    optimiser,
    loss: ({ x, y }) => {
      const hidden = ops.relu(
        ops.biasAdd(tf.conv2d(x as Tensor4D, kernel as Tensor4D, 1, 'same'), bias as Tensor1D),
      );
      const p = tf.conv2d(hidden as Tensor4D, head as Tensor4D, 1, 'same');
      const error = tf.squaredDifference(p, y as Tensor);
      return { loss: tf.mean(error) as Scalar, outputs: { perSample: tf.mean(error, [1, 2, 3]) } };
    },
  };
};

const rateOf = (i: number): number => 0.01 * (1 + Math.sin(i));
const runSteps = async (step: TrainingStep, from: number, to: number): Promise<number[]> => {
  const losses: number[] = [];
  for (let i = from; i < to; i++) losses.push((await step.run(feeds, rateOf(i))).loss);
  return losses;
};

describe.each(Object.entries(optimisers))('%s', (_, optimiser) => {
  test('the compiled step equals plain tfjs over many updates', async () => {
    const compiled = await runtime.compileTrainingStep(makeSpec(optimiser));
    expect(compiled.compiled).toBe(true);
    const plain = new PlainTrainingStep(runtime.tf, makeSpec(optimiser), 'for comparison');
    const [ours, theirs] = [await runSteps(compiled, 0, 25), await runSteps(plain, 0, 25)];
    expect(relativeDifference(Float32Array.from(ours), Float32Array.from(theirs))).toBeLessThan(1e-4);
    const [a, b] = [await compiled.state(), await plain.state()];
    expect(a.t).toBe(25);
    expect(Object.keys(a.moments)).toEqual(Object.keys(b.moments));
    for (const name of Object.keys(shapes)) {
      expect(
        relativeDifference(a.weights[name] as Float32Array, b.weights[name] as Float32Array),
      ).toBeLessThan(1e-4);
    }
    compiled.dispose();
    plain.dispose();
  });

  test('going on from a saved state repeats the very same bits', async () => {
    const whole = await runtime.compileTrainingStep(makeSpec(optimiser));
    const before = await runSteps(whole, 0, 7);
    const saved = structuredClone(await whole.state());
    const expected = await runSteps(whole, 7, 20);

    const resumed = await runtime.compileTrainingStep(makeSpec(optimiser));
    resumed.load(saved);
    expect(await runSteps(resumed, 7, 20)).toEqual(expected);
    expect(await resumed.state()).toEqual(await whole.state());

    const again = await runtime.compileTrainingStep(makeSpec(optimiser));
    expect(await runSteps(again, 0, 7)).toEqual(before);
    for (const step of [whole, resumed, again]) step.dispose();
  });
});

test('AdamW and SGD follow their published formulas', async () => {
  const { tf } = runtime;
  const start = values(6, 1);
  const target = values(6, 2);
  /** Loshchilov & Hutter 2019, algorithm 2, and Sutskever et al. 2013 as PyTorch states them, in float64. */
  const reference = (optimiser: Optimiser, steps: number): number[] => {
    const w = Array.from(start);
    const m = w.map(() => 0);
    const v = w.map(() => 0);
    for (let t = 1; t <= steps; t++) {
      const rate = rateOf(t);
      w.forEach((weight, i) => {
        const g = weight - (target[i] as number);
        if (optimiser.kind === 'adamw') {
          const { beta1, beta2, epsilon, weightDecay } = optimiser;
          m[i] = beta1 * (m[i] as number) + (1 - beta1) * g;
          v[i] = beta2 * (v[i] as number) + (1 - beta2) * g * g;
          const corrected = (m[i] as number) / (1 - beta1 ** t);
          const root = Math.sqrt((v[i] as number) / (1 - beta2 ** t));
          w[i] = weight - rate * weightDecay * weight - (rate * corrected) / (root + epsilon);
        } else {
          const { momentum, nesterov, weightDecay } = optimiser;
          const decayed = g + weightDecay * weight;
          m[i] = momentum * (m[i] as number) + decayed;
          w[i] = weight - rate * (nesterov ? decayed + momentum * (m[i] as number) : (m[i] as number));
        }
      });
    }
    return w;
  };
  const cases: Optimiser[] = [
    { ...adamw, epsilon: 1e-2 },
    { kind: 'sgd', momentum: 0.9, nesterov: false, weightDecay: 0.1 },
    { kind: 'sgd', momentum: 0.9, nesterov: true, weightDecay: 0.1 },
  ];
  for (const optimiser of cases) {
    const variable = tf.tidy(() => tf.variable(tf.tensor(start.slice())));
    const step = await runtime.compileTrainingStep({
      inputs: [{ name: 'target', shape: [6] }],
      variables: [{ name: 'w', variable, decay: true, learningRateScale: 1 }],
      loss: ({ target: wanted }) => ({
        loss: tf.sum(tf.squaredDifference(variable, wanted as Tensor)).mul(0.5) as Scalar,
      }),
      optimiser,
    });
    for (let t = 1; t <= 30; t++) await step.run({ target }, rateOf(t));
    const found = (await step.state()).weights.w as Float32Array;
    expect(relativeDifference(found, Float32Array.from(reference(optimiser, 30)))).toBeLessThan(1e-5);
    step.dispose();
    variable.dispose();
  }
});

test('outputs come back with every step, and belong to the weights before the update', async () => {
  const step = await runtime.compileTrainingStep(makeSpec(adamw));
  const { loss, outputs } = await step.run(feeds, 0.1);
  const perSample = outputs.perSample as Float32Array;
  expect(perSample).toHaveLength(2);
  expect(((perSample[0] as number) + (perSample[1] as number)) / 2).toBeCloseTo(loss, 5);
  step.dispose();
});

test('sync brings the weights into the variables', async () => {
  const parameters = makeParameters();
  const step = await runtime.compileTrainingStep(makeSpec(adamw, parameters));
  await runSteps(step, 0, 3);
  await step.sync();
  const { weights } = await step.state();
  for (const { name, variable } of parameters) expect(variable.dataSync()).toEqual(weights[name]);
  step.dispose();
});

test('tensors and memory stay level over steps, compilations and disposals', async () => {
  const parameters = makeParameters();
  const tensors = () => runtime.memory().tensors;
  const before = tensors();
  const step = await runtime.compileTrainingStep(makeSpec(adamw, parameters));
  const afterCompile = tensors();
  expect(afterCompile - before).toBeLessThanOrEqual(0);
  await runSteps(step, 0, 200);
  const resident = runtime.memory().residentBytes;
  await runSteps(step, 200, 2200);
  expect(tensors()).toBe(afterCompile);
  expect(runtime.memory().residentBytes - resident).toBeLessThan(40e6);
  step.dispose();
});

test('bfloat16 and float16 stay close to float32', async () => {
  const { CompiledTrainingStep } = await import('../../../models/runtime/graph/training-step');
  const full = await runtime.compileTrainingStep(makeSpec(adamw));
  const expected = await runSteps(full, 0, 40);
  for (const half of ['bfloat16', 'float16'] as const) {
    const mixed = CompiledTrainingStep.compile(runtime.tf, makeSpec(adamw), half);
    expect(mixed.mixed).toBe(half);
    const losses = await runSteps(mixed, 0, 40);
    expect(relativeDifference(Float32Array.from(losses), Float32Array.from(expected))).toBeLessThan(0.02);
    expect(losses).not.toEqual(expected);
    mixed.dispose();
  }
  full.dispose();
});

test('float16 skips a step that overflows, halves the loss scale and goes on', async () => {
  const { CompiledTrainingStep } = await import('../../../models/runtime/graph/training-step');
  for (const optimiser of Object.values(optimisers)) {
    const step = CompiledTrainingStep.compile(runtime.tf, makeSpec(optimiser), 'float16');
    await runSteps(step, 0, 2);
    const before = await step.state();
    step.load({ ...before, lossScale: { scale: 2 ** 40, goodSteps: 0 } });
    await step.run(feeds, 0.01);
    const after = await step.state();
    expect(after.t).toBe(before.t);
    expect(after.weights).toEqual(before.weights);
    expect(after.moments).toEqual(before.moments);
    expect(after.lossScale).toEqual({ scale: 2 ** 39, goodSteps: 0 });
    step.load({ ...after, lossScale: { scale: 1024, goodSteps: 0 } });
    await step.run(feeds, 0.01);
    expect((await step.state()).t).toBe(before.t + 1);
    step.dispose();
  }
});

describe('what cannot be compiled runs op by op and says why', () => {
  test('random numbers of the library', async () => {
    const { tf } = runtime;
    const spec = makeSpec(adamw);
    const step = await runtime.compileTrainingStep({
      ...spec,
      loss: (inputs) => {
        const { loss } = spec.loss(inputs);
        return { loss: loss.add(tf.randomNormal([4]).mean().mul(0.001)) as Scalar };
      },
    });
    expect(step.compiled).toBe(false);
    expect(step.why).toMatch(/random numbers/);
    const losses = await runSteps(step, 0, 10);
    expect(losses.at(-1)).toBeLessThan(losses[0] as number);
    step.dispose();
  });

  test('random operations', async () => {
    const { tf } = runtime;
    const spec = makeSpec(adamw);
    const step = await runtime.compileTrainingStep({
      ...spec,
      loss: (inputs) => {
        const draw = tf.multinomial(tf.tensor1d([0.5, 0.5]), 3, 1).toFloat();
        return { loss: spec.loss(inputs).loss.add(draw.mean().mul(0)) as Scalar };
      },
    });
    expect(step.why).toMatch(/Multinomial/);
    step.dispose();
  });

  test('values read while it runs', async () => {
    const spec = makeSpec(adamw);
    const step = await runtime.compileTrainingStep({
      ...spec,
      loss: (inputs) => {
        const { loss } = spec.loss(inputs);
        return { loss: loss.mul((loss.dataSync()[0] as number) > 1e9 ? 2 : 1) as Scalar };
      },
    });
    expect(step.why).toMatch(/reads the values/);
    step.dispose();
  });

  test('something that changes from call to call', async () => {
    const spec = makeSpec(adamw);
    let calls = 0;
    const step = await runtime.compileTrainingStep({
      ...spec,
      loss: (inputs) => ({ loss: spec.loss(inputs).loss.mul(++calls) as Scalar }),
    });
    expect(step.why).toMatch(/does not compute the same twice/);
    step.dispose();
  });

  test('leaves no tensors behind', async () => {
    const parameters = makeParameters();
    const before = runtime.memory().tensors;
    const spec = makeSpec(adamw, parameters);
    const step = await runtime.compileTrainingStep({
      ...spec,
      loss: (inputs) => {
        const { loss } = spec.loss(inputs);
        loss.dataSync();
        return { loss };
      },
    });
    step.dispose();
    expect(runtime.memory().tensors).toBe(before);
  });
});

test('what the loss captures is a constant', async () => {
  const { tf } = runtime;
  const spec = makeSpec(adamw);
  const captured = tf.scalar(3);
  const step = await runtime.compileTrainingStep({
    ...spec,
    loss: (inputs) => ({ loss: spec.loss(inputs).loss.mul(captured) as Scalar }),
  });
  expect(step.compiled).toBe(true);
  const plain = await runtime.compileTrainingStep(makeSpec(adamw));
  const [three, one] = [await step.run(feeds, 0), await plain.run(feeds, 0)];
  expect(three.loss / one.loss).toBeCloseTo(3, 4);
  for (const each of [step, plain]) each.dispose();
  captured.dispose();
});

describe('a bad specification is refused in words', () => {
  const attempt = (change: (spec: TrainingStepSpec) => Partial<TrainingStepSpec>) => {
    const spec = makeSpec(adamw);
    return runtime.compileTrainingStep({ ...spec, ...change(spec) });
  };

  test('a variable that the loss does not use', async () => {
    const { tf } = runtime;
    const extra = {
      name: 'unused',
      variable: tf.variable(tf.zeros([2])),
      decay: false,
      learningRateScale: 1,
    };
    await expect(attempt(({ variables }) => ({ variables: [...variables, extra] }))).rejects.toThrow(
      /does not depend on the parameter "unused"/,
    );
  });

  test('two names alike, an impossible shape, no variables', async () => {
    await expect(attempt(({ inputs }) => ({ inputs: [...inputs, ...inputs] }))).rejects.toThrow(
      /Two inputs are called "x"/,
    );
    await expect(attempt(() => ({ inputs: [{ name: 'x', shape: [0, 2] }] }))).rejects.toThrow(
      /positive integers/,
    );
    await expect(attempt(() => ({ variables: [] }))).rejects.toThrow(/at least one variable/);
  });

  test('a feed that is missing or too short, a state of another network', async () => {
    const step = await runtime.compileTrainingStep(makeSpec(adamw));
    await expect(step.run({ x: feeds.x }, 0.1)).rejects.toThrow(/"y" was not fed/);
    await expect(step.run({ ...feeds, y: new Float32Array(3) }, 0.1)).rejects.toThrow(/got 3 values/);
    const wrong = { t: 1, weights: { 'encoder.bias': new Float32Array(9) }, moments: {} };
    expect(() => step.load(wrong)).toThrow(/"encoder.bias" have 9 values; the network needs 8/);
    step.dispose();
  });
});

describe('inference', () => {
  const makeInference = (mixedPrecision?: boolean) => {
    const parameters = makeParameters();
    const { tf, ops } = runtime;
    const [kernel, bias, head] = parameters.map(({ variable }) => variable as Tensor);
    const forward = ({ x }: Record<string, Tensor>): Record<string, Tensor> => {
      const hidden = ops.relu(
        ops.biasAdd(tf.conv2d(x as Tensor4D, kernel as Tensor4D, 1, 'same'), bias as Tensor1D),
      );
      return { p: tf.sigmoid(tf.conv2d(hidden as Tensor4D, head as Tensor4D, 1, 'same')) };
    };
    const spec = { inputs: [{ name: 'x', shape: image }], variables: parameters, forward };
    return { parameters, forward, spec: mixedPrecision === undefined ? spec : { ...spec, mixedPrecision } };
  };

  test('equals plain tfjs, before and after other weights are loaded', async () => {
    const { tf } = runtime;
    const { spec, forward, parameters } = makeInference();
    const inference = await runtime.compileInference(spec);
    expect(inference.compiled).toBe(true);
    const eager = () =>
      tf.tidy(() => forward({ x: tf.tensor(feeds.x.slice(), image) }).p?.dataSync() as Float32Array);
    const first = (await inference.run({ x: feeds.x })).p as Float32Array;
    expect(relativeDifference(first, eager())).toBeLessThan(1e-5);
    const other = values(8, 99);
    inference.load({ 'encoder.bias': other });
    parameters[1]?.variable.assign(tf.tensor(other.slice()));
    const second = (await inference.run({ x: feeds.x })).p as Float32Array;
    expect(relativeDifference(second, eager())).toBeLessThan(1e-5);
    expect(relativeDifference(second, first)).toBeGreaterThan(1e-3);
    inference.dispose();
  });

  test('a pass with random numbers runs op by op, with weights of its own', async () => {
    const { tf } = runtime;
    const { spec, parameters } = makeInference();
    const inference = await runtime.compileInference({
      ...spec,
      forward: (inputs) => ({ p: tf.add(spec.forward(inputs).p as Tensor, tf.randomNormal([1]).mul(1e-9)) }),
    });
    expect(inference.compiled).toBe(false);
    expect(inference.why).toMatch(/random/);
    const first = (await inference.run({ x: feeds.x })).p as Float32Array;
    parameters[1]?.variable.assign(tf.ones([8]));
    const second = (await inference.run({ x: feeds.x })).p as Float32Array;
    expect(relativeDifference(second, first)).toBeLessThan(1e-6);
    expect(Array.from(parameters[1]?.variable.dataSync() ?? [])).toEqual(Array(8).fill(1));
    inference.dispose();
  });
});

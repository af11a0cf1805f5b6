import type { Tensor } from '@tensorflow/tfjs';
import { gradientsOf } from '../graph/trace';
import { momentNames } from '../graph/optimiser';
import { checkValues, orderFeeds } from '../spec';
import type {
  Inference,
  InferenceSpec,
  InputSpec,
  StepResult,
  StepState,
  Tensorflow,
  TrainingStep,
  TrainingStepSpec,
} from '../types';
import { PlainOptimiser } from './optimiser';

const tensorsOf = (
  tf: Tensorflow,
  inputs: readonly InputSpec[],
  feeds: Readonly<Record<string, Float32Array>>,
): Record<string, Tensor> => {
  const data = orderFeeds(inputs, feeds);
  return Object.fromEntries(
    inputs.map(({ name, shape }, i) => [
      name,
      // A copy: the library keeps what it is given, and the caller may fill its buffer again.
      tf.tensor((data[i] as Float32Array).slice(), [...shape], 'float32'),
    ]),
  );
};

const readAll = async (tensors: Record<string, Tensor>): Promise<Record<string, Float32Array>> => {
  const values: Record<string, Float32Array> = {};
  for (const [name, tensor] of Object.entries(tensors)) {
    values[name] = Float32Array.from(await tensor.data());
  }
  return values;
};

const toTensor = (tf: Tensorflow, values: Float32Array, shape: readonly number[]): Tensor =>
  tf.tensor(values.slice(), [...shape], 'float32');

/**
 * A training step op by op, through the tensor library's own autograd.
 * `check` throws where the backend has reported a fault that its results do not show.
 */
export class PlainTrainingStep implements TrainingStep {
  readonly compiled = false;
  readonly mixed = null;
  private updatesDone = 0;
  private readonly optimiser: PlainOptimiser;

  constructor(
    private readonly tf: Tensorflow,
    private readonly spec: TrainingStepSpec,
    readonly why: string,
    private readonly check: () => void = () => {},
  ) {
    this.optimiser = new PlainOptimiser(tf, spec.optimiser, spec.variables);
  }

  async run(feeds: Record<string, Float32Array>, learningRate: number): Promise<StepResult> {
    const { tf, spec } = this;
    const inputs = tensorsOf(tf, spec.inputs, feeds);
    const kept: Record<string, Tensor> = {};
    const { value, grads } = tf.variableGrads(
      () => {
        const { loss, outputs } = spec.loss(inputs);
        for (const [name, tensor] of Object.entries(outputs ?? {})) kept[name] = tf.keep(tensor.clone());
        return loss;
      },
      spec.variables.map(({ variable }) => variable),
    );
    try {
      this.optimiser.apply(gradientsOf(spec.variables, grads), learningRate, this.updatesDone + 1);
      this.updatesDone++;
      const loss = (await value.data())[0] ?? Number.NaN;
      const outputs = await readAll(kept);
      this.check();
      return { loss, outputs };
    } finally {
      tf.dispose([value, grads, kept, inputs]);
    }
  }

  async state(): Promise<StepState> {
    const weights: Record<string, Float32Array> = {};
    const moments: Record<string, Float32Array> = {};
    for (const [i, { name, variable }] of this.spec.variables.entries()) {
      weights[name] = Float32Array.from(await variable.data());
      for (const [k, moment] of momentNames(this.spec.optimiser).entries()) {
        const stored = this.optimiser.moments[i]?.[k];
        if (stored) moments[`${name}/${moment}`] = Float32Array.from(await stored.data());
      }
    }
    return { t: this.updatesDone, weights, moments };
  }

  load({ t, weights, moments }: StepState): void {
    const { tf } = this;
    this.spec.variables.forEach((parameter, i) => {
      const { name, variable } = parameter;
      const values = weights[name];
      if (values) {
        checkValues('weights', parameter, values);
        tf.tidy(() => variable.assign(toTensor(tf, values, variable.shape)));
      }
      momentNames(this.spec.optimiser).forEach((moment, k) => {
        const stored = moments[`${name}/${moment}`] ?? new Float32Array(variable.size);
        checkValues('moments', parameter, stored);
        tf.tidy(() => this.optimiser.moments[i]?.[k]?.assign(toTensor(tf, stored, variable.shape)));
      });
    });
    this.updatesDone = t;
  }

  /** The variables are the weights themselves here. */
  async sync(): Promise<void> {}

  dispose(): void {
    this.optimiser.dispose();
  }
}

/** A forward pass op by op, with weights of its own: the variables hold them only while it runs. */
export class PlainInference implements Inference {
  readonly compiled = false;
  readonly mixed = null;
  private readonly weights: Tensor[];

  constructor(
    private readonly tf: Tensorflow,
    private readonly spec: InferenceSpec,
    readonly why: string,
    private readonly check: () => void = () => {},
  ) {
    this.weights = spec.variables.map(({ variable }) => variable.clone());
  }

  async run(feeds: Record<string, Float32Array>): Promise<Record<string, Float32Array>> {
    const { tf, spec } = this;
    const inputs = tensorsOf(tf, spec.inputs, feeds);
    const others = spec.variables.map(({ variable }) => variable.clone());
    this.setVariables(this.weights);
    const outputs = tf.tidy(() => spec.forward(inputs));
    this.setVariables(others);
    try {
      const values = await readAll(outputs);
      this.check();
      return values;
    } finally {
      tf.dispose([inputs, outputs, others]);
    }
  }

  load(weights: Record<string, Float32Array>): void {
    this.spec.variables.forEach((parameter, i) => {
      const values = weights[parameter.name];
      if (!values) return;
      checkValues('weights', parameter, values);
      this.weights[i]?.dispose();
      this.weights[i] = toTensor(this.tf, values, parameter.variable.shape);
    });
  }

  dispose(): void {
    this.tf.dispose(this.weights);
  }

  private setVariables(weights: readonly Tensor[]): void {
    this.spec.variables.forEach(({ variable }, i) => {
      const weight = weights[i]?.clone();
      if (weight) variable.assign(weight);
      weight?.dispose();
    });
  }
}

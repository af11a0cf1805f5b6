import type * as tfjs from '@tensorflow/tfjs';
import { compilePredictor, type Predictor } from '../infer/predictor';
import type { UNet } from '../nets/unet2d';
import type { Runtime, TrainingStep } from '../runtime';
import { Random } from '../random';
import type { Augmentation } from './augment/options';
import { makeSample } from './augment/sample';
import { samplesOf } from './blocks';
import type { Companion, CompanionPlan } from './companion';
import type { FinetuneConfig } from './finetune-config';
import { slicesOf } from './network';
import type { SliceSource } from './slice-source';

export interface MeanTeacherOptions {
  /** How much of the teacher stays with every update of the student. */
  readonly decay: number;
  /** Largest weight of the consistency term. */
  readonly weight: number;
  /** Share of the run over which the weight grows, as exp(−5 (1 − t)²). */
  readonly rampUp: number;
  /** Updates of the student between those of the teacher; its decay is taken to this power. */
  readonly every: number;
}

export const MEAN_TEACHER: MeanTeacherOptions = { decay: 0.99, weight: 1, rampUp: 0.4, every: 5 };

/** Weight of the consistency term at a step (Laine and Aila 2017; Tarvainen and Valpola 2017). */
export function consistencyWeight(
  { weight, rampUp }: Pick<MeanTeacherOptions, 'weight' | 'rampUp'>,
  step: number,
  steps: number,
): number {
  const t = rampUp > 0 ? Math.min(1, step / (rampUp * steps)) : 1;
  return weight * Math.exp(-5 * (1 - t) ** 2);
}

/** teacher ← decay · teacher + (1 − decay) · student, in place. */
export function followStudent(
  teacher: Readonly<Record<string, Float32Array>>,
  student: Readonly<Record<string, Float32Array>>,
  decay: number,
): void {
  for (const [name, values] of Object.entries(teacher)) {
    const from = student[name];
    // What is frozen is no parameter of the step, and stays.
    if (from) for (let i = 0; i < values.length; i++) values[i] = decay * values[i] + (1 - decay) * from[i];
  }
}

/** The same places without the changes of intensity. */
const placesOnly = (augmentation: Augmentation): Augmentation => {
  const never = { probability: 0 };
  return {
    ...augmentation,
    noise: { ...augmentation.noise, ...never },
    blur: { ...augmentation.blur, ...never },
    brightness: { ...augmentation.brightness, ...never },
    contrast: { ...augmentation.contrast, ...never },
    lowResolution: { ...augmentation.lowResolution, ...never },
    gamma: { ...augmentation.gamma, ...never, invertedProbability: 0 },
  };
};

/**
 * Mean teacher (Tarvainen and Valpola 2017): on slices that nobody contoured, the network learns to answer as the
 * moving average of its own weights does. Both see the same crop; only the network sees its intensities changed.
 * The teacher's weights are those that are judged and kept.
 * @param unlabelled slices of other cases than those contoured, prepared alike
 */
export function meanTeacher(
  unlabelled: SliceSource,
  options: Partial<MeanTeacherOptions> = {},
): CompanionPlan {
  const all = { ...MEAN_TEACHER, ...options };
  return {
    about: { meanTeacher: all, slices: unlabelled.count },
    join: async (runtime, network, config, { steps, labels }) => {
      const predictor = await compilePredictor(runtime, network, {
        batch: config.batch,
        size: config.size,
        channels: unlabelled.channels,
        labels,
        slices: slicesOf(config.network),
      });
      const weights: Record<string, Float32Array> = {};
      for (const { name, variable } of network.parameters)
        weights[name] = Float32Array.from(await variable.data());
      return new MeanTeacher(runtime, network, predictor, weights, unlabelled, config, steps, all);
    },
  };
}

const TEACHER = 'teacher/';

class MeanTeacher implements Companion {
  readonly inputs;
  private readonly source: SliceSource;
  private readonly slice: Float32Array;
  /** Whether the predictor still answers with older weights of the teacher. */
  private moved = false;

  constructor(
    private readonly runtime: Runtime,
    private readonly network: UNet,
    private readonly predictor: Predictor,
    private readonly teacher: Record<string, Float32Array>,
    unlabelled: SliceSource,
    private readonly config: FinetuneConfig,
    private readonly steps: number,
    private readonly options: MeanTeacherOptions,
  ) {
    this.source = samplesOf(unlabelled, config.network);
    this.slice = new Float32Array(this.source.size ** 2 * this.source.channels);
    const { batch, size } = config;
    const answers = predictor.labels * slicesOf(config.network);
    this.inputs = [
      { name: 'unlabelled', shape: [batch, size, size, this.source.channels] },
      { name: 'taught', shape: [batch, size, size, answers] },
      { name: 'consistency', shape: [1] },
    ];
  }

  loss(feeds: Readonly<Record<string, tfjs.Tensor>>): tfjs.Scalar {
    const { tf } = this.runtime;
    const student = tf.sigmoid(this.network.forward(feeds.unlabelled));
    const apart = tf.mean(tf.squaredDifference(student, feeds.taught));
    return tf.mul(tf.sum(feeds.consistency), apart);
  }

  async feeds(step: number): Promise<Record<string, Float32Array>> {
    const { batch, size, augmentation, seed } = this.config;
    const { source } = this;
    const length = size * size * source.channels;
    const plain = new Float32Array(batch * length);
    const changed = new Float32Array(batch * length);
    const random = new Random(seed, 30, step);
    const none = new Float32Array(0);
    for (let b = 0; b < batch; b++) {
      source.read(random.below(source.count), this.slice);
      const order = {
        image: this.slice,
        label: none,
        from: source.size,
        to: size,
        channels: source.channels,
        labels: 0,
        slices: slicesOf(this.config.network),
        onForeground: false,
        seeds: [seed, 31, step, b],
      };
      const part = [b * length, (b + 1) * length] as const;
      makeSample({ ...order, augmentation: placesOnly(augmentation) }, plain.subarray(...part), none);
      makeSample({ ...order, augmentation }, changed.subarray(...part), none);
    }
    const weight = consistencyWeight(this.options, step, this.steps);
    if (this.moved) this.predictor.load(this.teacher);
    this.moved = false;
    return {
      unlabelled: changed,
      taught: await this.predictor.run(plain),
      consistency: Float32Array.of(weight),
    };
  }

  async follow(step: TrainingStep, done: number): Promise<void> {
    const { decay, every } = this.options;
    if (done % every !== 0) return;
    // Early on the average is over few steps, so that it does not hold on to the first random weights.
    const now = Math.min(decay ** every, 1 - 1 / (done / every + 1));
    followStudent(this.teacher, (await step.state()).weights, now);
    this.moved = true;
  }

  weights(): Readonly<Record<string, Float32Array>> {
    return this.teacher;
  }

  state(): Readonly<Record<string, Float32Array>> {
    return Object.fromEntries(
      Object.entries(this.teacher).map(([name, data]) => [TEACHER + name, data.slice()]),
    );
  }

  restore(tensors: Readonly<Record<string, Float32Array>>): void {
    for (const [name, values] of Object.entries(this.teacher)) {
      const saved = tensors[TEACHER + name];
      if (saved) values.set(saved);
    }
    this.moved = true;
  }

  dispose(): void {
    this.predictor.dispose();
  }
}

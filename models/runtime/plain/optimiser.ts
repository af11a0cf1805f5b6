import type { Tensor, Variable } from '@tensorflow/tfjs';
import { clipGuard, momentNames, updateScalars } from '../graph/optimiser';
import type { Optimiser, Parameter, Tensorflow } from '../types';

/** The same update as `graph/optimiser.ts`, op by op: for backends without graphs, and as its counterpart in tests. */
export class PlainOptimiser {
  readonly moments: readonly (readonly Variable[])[];

  constructor(
    private readonly tf: Tensorflow,
    private readonly optimiser: Optimiser,
    private readonly parameters: readonly Parameter[],
  ) {
    this.moments = parameters.map(({ variable }) =>
      momentNames(optimiser).map(() => tf.tidy(() => tf.variable(tf.zerosLike(variable), false))),
    );
  }

  /** Applies step `t` (from 1). */
  apply(raw: readonly Tensor[], learningRate: number, t: number): void {
    const { tf, optimiser } = this;
    tf.tidy(() => {
      const gradients = this.clip(raw);
      const { step_size, epsilon, decay } = updateScalars(optimiser, learningRate, t);
      this.parameters.forEach(({ variable, decay: decays, learningRateScale }, i) => {
        const gradient = gradients[i] as Tensor;
        const [first, second] = this.moments[i] ?? [];
        if (optimiser.kind === 'sgd' && first) {
          const decayed = decays ? gradient.add(variable.mul(optimiser.weightDecay)) : gradient;
          first.assign(first.mul(optimiser.momentum).add(decayed));
          const change = optimiser.nesterov ? decayed.add(first.mul(optimiser.momentum)) : first;
          variable.assign(variable.sub(change.mul(step_size * learningRateScale)));
        } else if (optimiser.kind === 'adamw' && first && second) {
          const { beta1, beta2 } = optimiser;
          first.assign(first.add(gradient.sub(first).mul(1 - beta1)));
          second.assign(
            second.add(
              gradient
                .square()
                .sub(second)
                .mul(1 - beta2),
            ),
          );
          const kept = decays ? variable.sub(variable.mul(decay * learningRateScale)) : variable;
          const change = first.mul(step_size * learningRateScale).div(tf.sqrt(second).add(epsilon));
          variable.assign(kept.sub(change));
        }
      });
    });
  }

  dispose(): void {
    this.tf.dispose(this.moments.flat());
  }

  private clip(gradients: readonly Tensor[]): readonly Tensor[] {
    const { tf, optimiser } = this;
    if (optimiser.clipNorm === undefined) return gradients;
    // Not addN: WebGPU takes eight arrays at most in one operation.
    const squares = gradients.map((gradient) => tf.sum(tf.square(gradient)));
    const norm = tf.sqrt(squares.reduce((sum, square) => tf.add(sum, square)));
    const factor = tf.minimum(1, tf.div(optimiser.clipNorm, tf.add(norm, clipGuard)));
    return gradients.map((gradient) => tf.mul(gradient, factor));
  }
}

import type { LossScale } from './types';

const initialScale = 2 ** 16;
/** Steps without overflow after which the scale doubles (Micikevicius et al. 2018; PyTorch's GradScaler uses the same). */
const growthInterval = 2000;

/** Dynamic loss scaling for float16, whose gradients vanish below 6e-8 without it. */
export class LossScaler {
  scale = initialScale;
  private goodSteps = 0;

  /** Takes note of a step: halves the scale after an overflow, doubles it after a long stretch without one. */
  update(finite: boolean): void {
    if (!finite) {
      this.scale = Math.max(1, this.scale / 2);
      this.goodSteps = 0;
    } else if (++this.goodSteps === growthInterval) {
      this.scale *= 2;
      this.goodSteps = 0;
    }
  }

  state(): LossScale {
    return { scale: this.scale, goodSteps: this.goodSteps };
  }

  load(state: LossScale | undefined): void {
    this.scale = state?.scale ?? initialScale;
    this.goodSteps = state?.goodSteps ?? 0;
  }
}

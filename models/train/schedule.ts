/** Warm-up, then half a cosine down to nearly nothing. */
export interface RateSchedule {
  /** The highest learning rate. */
  readonly rate: number;
  /** Steps over which the rate climbs to it. */
  readonly warmUpSteps: number;
  readonly totalSteps: number;
  /** Share of `rate` that is left at the end. */
  readonly floor: number;
}

/** Learning rate of a step, counted from 0. */
export function learningRate({ rate, warmUpSteps, totalSteps, floor }: RateSchedule, step: number): number {
  if (step < warmUpSteps) return (rate * (step + 1)) / warmUpSteps;
  const done = Math.min(1, (step - warmUpSteps) / Math.max(1, totalSteps - warmUpSteps));
  return rate * (floor + ((1 - floor) * (1 + Math.cos(Math.PI * done))) / 2);
}

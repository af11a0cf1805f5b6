import type { TrainingState } from './checkpoint';

/** What a run tells and asks while it works. All are called between steps, on the thread of the caller. */
export interface TrainingHooks<Report> {
  /** After each epoch. */
  onEpoch?(report: Report): void;
  /** After each step. */
  onStep?(progress: StepProgress): void;
  /** Before the first step, while slices are being looked at. */
  onPreparing?(done: number, total: number): void;
  /** Asked before each step; true ends the run with `stopped` and a state to go on from. */
  shouldStop?(): boolean;
  /** Receives the state every `checkpointEveryMs`, at the next end of an epoch. */
  checkpoint?(state: TrainingState): void | Promise<void>;
  /** Default: one minute. */
  readonly checkpointEveryMs?: number;
}

export interface StepProgress {
  readonly epoch: number;
  readonly epochs: number;
  readonly step: number;
  readonly stepsPerEpoch: number;
  readonly loss: number;
  /** Steps done and to do in the whole run. */
  readonly done: number;
  readonly total: number;
}

/** Lets timers and messages through; a step never follows another without it. */
export const breathe = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Measures how long the step waits for its samples. */
export class Waiting {
  private waited = 0;
  private readonly began = performance.now();

  async for<T>(samples: () => T | Promise<T>): Promise<T> {
    const start = performance.now();
    const value = await samples();
    this.waited += performance.now() - start;
    return value;
  }

  /** 0 to 1. */
  share(): number {
    return this.waited / Math.max(1e-9, performance.now() - this.began);
  }

  seconds(): number {
    return (performance.now() - this.began) / 1000;
  }
}

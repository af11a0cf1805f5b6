import type { TrainingState } from './checkpoint';
import type { Feeder } from './feeder';

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
  /** Who makes the samples; absent: the thread that trains, between its steps. */
  readonly feeder?: Feeder;
  /** Receives the state at the ends of epochs, and within an epoch that takes long. */
  checkpoint?(state: TrainingState): void | Promise<void>;
  /** At the end of an epoch: only if the last checkpoint is this old. Default: one minute. */
  readonly checkpointEveryMs?: number;
  /** Within an epoch: once the last checkpoint is this old. Default: three minutes. */
  readonly checkpointWithinMs?: number;
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

/** Knows when the state of a run is to be kept: after epochs, and within those that take long. */
export class CheckpointClock {
  private last = performance.now();

  constructor(
    private readonly hooks: Pick<
      TrainingHooks<never>,
      'checkpoint' | 'checkpointEveryMs' | 'checkpointWithinMs'
    >,
    private readonly state: () => Promise<TrainingState>,
  ) {}

  afterEpoch(): Promise<void> {
    return this.keep(this.hooks.checkpointEveryMs ?? 60_000);
  }

  afterStep(): Promise<void> {
    return this.keep(this.hooks.checkpointWithinMs ?? 180_000);
  }

  private async keep(everyMs: number): Promise<void> {
    if (!this.hooks.checkpoint || performance.now() - this.last < everyMs) return;
    await this.hooks.checkpoint(await this.state());
    // Counted from the end: writing a large state must not be followed by writing it again.
    this.last = performance.now();
  }
}

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

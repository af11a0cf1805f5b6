import type { PreparedCase } from '../cache/prepare';
import { predictedSlices } from './estimate';
import type { Slicing } from '../preprocess/grid';
import type { Speed } from './spec';

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;

/** What preparing has taken; scans that were there already took nothing. */
export interface Preparation {
  readonly seconds: number;
  readonly megavoxels: number;
}

/** Takes the times of a run's parts as it goes, by the same hooks that tell its progress. */
export class StopWatch {
  private readonly clock: () => number;
  private readonly began: number;
  private last: number;
  private sorting = { seconds: 0, slices: 0 };
  private first = 0;
  private readonly steps: number[] = [];
  private readonly epochs: number[] = [];
  private afterEpoch = false;

  constructor(clock: () => number = () => performance.now()) {
    this.clock = clock;
    this.began = this.last = clock();
  }

  /** Training begins: what went before has its own figures. */
  start(): void {
    this.last = this.clock();
  }

  sorted(slices: number): void {
    this.sorting = { seconds: this.sorting.seconds + this.lap(), slices };
  }

  step(): void {
    const seconds = this.lap();
    if (this.first === 0) this.first = seconds;
    else if (this.afterEpoch) this.epochs.push(seconds);
    else this.steps.push(seconds);
    this.afterEpoch = false;
  }

  epoch(): void {
    this.afterEpoch = true;
  }

  /** Seconds since this watch was made. */
  total(): number {
    return (this.clock() - this.began) / 1000;
  }

  /**
   * @param used slices that taught
   */
  speed(
    cases: readonly Pick<PreparedCase, 'file'>[],
    slicing: Slicing,
    preparation: Preparation,
    used: number,
    weightBytes: number,
  ): Speed | null {
    if (this.steps.length === 0) return null;
    const perStep = median(this.steps);
    const cut = cases.reduce((n, { file }) => n + file.header.count, 0);
    const promised = cases.reduce((n, { file }) => n + predictedSlices(file.header.grid.native, slicing), 0);
    return {
      perMegavoxel: preparation.megavoxels > 0 ? preparation.seconds / preparation.megavoxels : 0,
      perSlice: this.sorting.slices > 0 ? this.sorting.seconds / this.sorting.slices : 0,
      starting: Math.max(0, this.first - perStep),
      perStep,
      // An epoch's end shows in the time to the end of the next one's first step.
      perEpoch: Math.max(0, median(this.epochs) - perStep),
      usable: cut > 0 && used > 0 ? Math.min(1, used / cut) : 1,
      cut: promised > 0 && cut > 0 ? cut / promised : 1,
      weightBytes,
    };
  }

  private lap(): number {
    const now = this.clock();
    const seconds = (now - this.last) / 1000;
    this.last = now;
    return seconds;
  }
}

import { setImmediate } from 'node:timers/promises';
import type { Volume } from '../../imaging/volume';
import type { Runtime } from '../../../models/runtime';
import type { ChannelRef, JobProgress } from './spec';

/** Whether a job is to go on, to save and wait, or to end for good. */
export type Will = 'run' | 'pause' | 'cancel';

/** What a job function may use of the process it runs in: the engine's, or the command line's. */
export interface JobContext {
  /** Opened at first use, shared by all jobs of the process. */
  runtime(): Promise<Runtime>;
  /** The voxels of a channel, in patient space. */
  openVolume(channel: ChannelRef): Promise<Volume>;
  /**
   * Whether what was made of a channel before still is of the scan as it is now; always so without it.
   * @throws StudioError where the scan has changed or gone
   */
  assertCurrent?(channel: ChannelRef): Promise<void>;
  report(progress: JobProgress): void;
  will(): Will;
}

/** Thrown through a job that was asked to stop; not a failure. */
export class Stopped extends Error {
  override readonly name = 'Stopped';
  readonly will: Exclude<Will, 'run'>;
  constructor(will: Exclude<Will, 'run'>) {
    super(will === 'pause' ? 'The job was paused.' : 'The job was cancelled.');
    this.will = will;
  }
}

/** Lets messages in, then stops the job if that is wanted. */
export const breathing = (context: Pick<JobContext, 'will'>) => async (): Promise<void> => {
  await setImmediate();
  const will = context.will();
  if (will !== 'run') throw new Stopped(will);
};

/** Pieces of work before the time is told: the first one compiles the step and says nothing about the others. */
const settling = 2;

/** Seconds left by the median of the last few equal pieces of work, so that one hiccup does not move it. */
export class TimeLeft {
  private readonly recent: number[] = [];
  private last: number;
  private pieces = 0;
  private readonly keep: number;
  private readonly clock: () => number;

  constructor(keep = 9, clock: () => number = () => performance.now()) {
    this.keep = keep;
    this.clock = clock;
    this.last = clock();
  }

  /** One piece is done. @returns seconds for `remaining` more pieces like the recent ones; null too early to tell */
  done(remaining: number): number | null {
    const now = this.clock();
    if (this.pieces++ > 0) this.recent.push((now - this.last) / 1000);
    this.last = now;
    if (this.recent.length > this.keep) this.recent.shift();
    return this.pieces < settling ? null : remaining * this.typical();
  }

  /** Median seconds of a recent piece; 0 before the first. */
  typical(): number {
    const sorted = [...this.recent].sort((a, b) => a - b);
    const middle = sorted.length >> 1;
    if (sorted.length === 0) return 0;
    return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }
}

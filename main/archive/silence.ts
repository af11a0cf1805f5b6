/** How long a worker has not answered, and whether it had the processor meanwhile. */
import { readFileSync } from 'node:fs';

/** A worker that uses no processor, e.g. because it waits for a disk, gets so many times the limit. */
const PATIENCE = 3;
/** A worker says every 500 ms that it lives; a silence shorter than this is none. */
const A_WHILE = 1000;
/** Linux counts processor time in hundredths of a second for every reader. */
const TICK_MILLISECONDS = 10;

/**
 * Processor time that a process has used, ms; null where the system does not tell (anything but Linux) or the process is
 * gone. Source: proc(5), fields 14 and 15 of `stat`.
 */
export function processorTime(pid: number): number | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The second field is the program's name in brackets, and may hold anything.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) * TICK_MILLISECONDS;
  } catch {
    return null;
  }
}

/** The silence of one worker. Judged by the processor's time: on a busy machine, a worker that waits its turn is not stuck. */
export class Silence {
  #heardAt = Date.now();
  #usedBefore: number | null = null;

  /** The worker has said something. */
  heard(): void {
    this.#heardAt = Date.now();
    this.#usedBefore = null;
  }

  /**
   * To be asked every now and then.
   * @param limit processor time that a worker may use without a word, ms; where that is not known, time by the clock
   */
  isTooLong(pid: number | undefined, limit: number): boolean {
    const silent = Date.now() - this.#heardAt;
    if (silent < Math.min(A_WHILE, limit)) return false;
    const used = pid === undefined ? null : processorTime(pid);
    if (used === null) return silent > limit;
    this.#usedBefore ??= used;
    return used - this.#usedBefore > limit || silent > PATIENCE * limit;
  }
}

import type { Flips } from './flips';

/** Gathers voxels that change, in ascending order, as runs. */
export class FlipRuns {
  private readonly runs: number[] = [];
  private end = -1;

  /** @param offset voxel offset, above all that came before. */
  add(offset: number): void {
    if (offset === this.end) this.runs[this.runs.length - 1]++;
    else this.runs.push(offset, 1);
    this.end = offset + 1;
  }

  flips(): Flips {
    return Uint32Array.from(this.runs);
  }
}

import type { SegmentedSlice } from '../../../models/infer';
import { sliceUncertainty } from '../../../models/infer';
import type { LearningGrid } from '../preprocess/grid';
import { NativeSampler } from '../preprocess/resample';

/** What a proposal is made of, on the scan's own grid. */
export interface NativeAnswer {
  /** One mask a segment: 1 where the probability is at least one half. */
  readonly masks: readonly Uint8Array[];
  /** Mean entropy of each slice k, 0 to 1. */
  readonly sliceUncertainty: number[];
  /** One byte a voxel, 0 certain to 255; empty where it was not asked for. */
  readonly uncertainty: Uint8Array;
}

/**
 * Takes the planes of the learning grid as the network answers them, in order, and lays them onto the scan's own
 * grid. Only the planes that the next slices of the scan lie between are kept.
 */
export class NativeCollector {
  readonly answer: NativeAnswer;
  private readonly sampler: NativeSampler;
  private readonly grid: LearningGrid;
  private readonly segments: number;
  private readonly planes = new Map<number, SegmentedSlice>();
  private nextSlice = 0;

  constructor(grid: LearningGrid, segments: number, uncertainty: boolean) {
    const [nx, ny, nz] = grid.native.size;
    this.grid = grid;
    this.segments = segments;
    this.sampler = new NativeSampler(grid);
    this.answer = {
      masks: Array.from({ length: segments }, () => new Uint8Array(nx * ny * nz)),
      sliceUncertainty: new Array<number>(nz).fill(0),
      uncertainty: new Uint8Array(uncertainty ? nx * ny * nz : 0),
    };
  }

  /** @param plane answer on a plane of `columns.length` × `rows.length`; planes come in ascending order */
  take(plane: SegmentedSlice): void {
    this.planes.set(plane.index, plane);
    const nz = this.grid.native.size[2];
    while (this.nextSlice < nz) {
      const { lower, upper, fraction } = this.sampler.planesOf(this.nextSlice);
      const last = fraction > 0 ? Math.max(lower, upper) : lower;
      if (last > plane.index) break;
      this.lay(this.nextSlice++, lower, upper, fraction);
    }
    if (this.nextSlice < nz) {
      const { lower, upper } = this.sampler.planesOf(this.nextSlice);
      for (const index of this.planes.keys()) if (index < Math.min(lower, upper)) this.planes.delete(index);
    }
  }

  private lay(k: number, lower: number, upper: number, fraction: number): void {
    const [nx, ny] = this.grid.native.size;
    const parts = [
      { plane: this.planes.get(lower), share: 1 - fraction },
      { plane: this.planes.get(upper), share: fraction },
    ].flatMap(({ plane, share }) => (plane && share > 0 ? [{ plane, share }] : []));
    const { masks, uncertainty, sliceUncertainty: perSlice } = this.answer;
    const slice = new Float32Array(nx * ny);
    for (let segment = 0; segment < this.segments; segment++) {
      slice.fill(0);
      for (const { plane, share } of parts) this.sampler.add(this.channel(plane, segment), share, slice);
      const mask = masks[segment];
      for (let v = 0; v < slice.length; v++) mask[k * nx * ny + v] = slice[v] >= 0.5 ? 1 : 0;
    }
    perSlice[k] = parts.reduce((sum, { plane, share }) => sum + share * sliceUncertainty(plane), 0);
    if (uncertainty.length === 0) return;
    slice.fill(0);
    for (const { plane, share } of parts) this.sampler.add(plane.entropy, share, slice);
    for (let v = 0; v < slice.length; v++)
      uncertainty[k * nx * ny + v] = Math.max(0, Math.min(255, Math.round(255 * slice[v])));
  }

  private channel({ probability }: SegmentedSlice, segment: number): Float32Array {
    if (this.segments === 1) return probability;
    return Float32Array.from(
      { length: probability.length / this.segments },
      (_, p) => probability[p * this.segments + segment],
    );
  }
}

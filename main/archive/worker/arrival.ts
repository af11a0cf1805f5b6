/** Lets people look at a volume while it is still being read. */
import type { VolumeArrival } from '../messages';
import { dataTypeOf, type PreparedDraft, type PreparedVolume } from '../prepared';
import type { Volume, VoxelArray } from '../../imaging/volume';
import { rangeOf } from '../statistics';

/** Slices between two announcements: the first is told at once, then each message costs more than a slice. */
const BATCH = 12;

/** What is known of a volume before its last slice is. */
export type Outlook = Pick<Volume, 'geometry' | 'unit' | 'frameOfReference' | 'remarks'>;

/**
 * Writes slices into the draft as they come, in any order, and tells which can be read there: a growing interval about
 * the middle slice, which is the one that a viewer shows first.
 */
export class Arrival {
  /** False from when what was told may differ from what the volume becomes; nothing more is told then. */
  private faithful = true;
  private first: VoxelArray | null = null;
  private description: PreparedVolume | null = null;
  private readonly there: Uint8Array;
  private readonly writes: Promise<void>[] = [];
  private failure: unknown = null;
  private from: number;
  private to: number;
  private told = 0;

  constructor(
    private readonly draft: PreparedDraft,
    private readonly slices: number,
    private readonly describe: (outlook: Outlook, middle: VoxelArray) => PreparedVolume,
    private readonly tell: (arrival: VolumeArrival) => void,
  ) {
    this.there = new Uint8Array(slices);
    this.from = this.to = middleOf(slices);
  }

  /** Slice `k` of `voxels` is in place. */
  take(k: number, outlook: Outlook, voxels: VoxelArray): void {
    this.first ??= voxels;
    if (this.first !== voxels) this.faithful = false;
    if (!this.faithful) return;
    const perSlice = voxels.length / this.slices;
    const slice = voxels.subarray(k * perSlice, (k + 1) * perSlice);
    if (slice instanceof Float32Array && !slice.every(Number.isFinite)) {
      // Such voxels are replaced once the lowest value of all is known.
      this.faithful = false;
      return;
    }
    if (k === middleOf(this.slices)) this.description = this.describe(outlook, slice);
    const write = this.draft.put(slice, k * perSlice).then(
      () => this.written(k),
      (error: unknown) => void (this.failure ??= error),
    );
    this.writes.push(write);
  }

  /**
   * Waits for what is being written.
   * @returns whether the draft holds every voxel of `voxels`
   * @throws the system's error where the disk could not be written
   */
  async complete(voxels: VoxelArray): Promise<boolean> {
    await Promise.all(this.writes);
    if (this.failure !== null) throw this.failure;
    return this.faithful && voxels === this.first && this.to - this.from === this.slices;
  }

  /** Tells that all of the volume is there, as it will stay. */
  close(volume: PreparedVolume): void {
    this.tell({ volume, from: 0, to: this.slices, last: true });
  }

  private written(k: number): void {
    this.there[k] = 1;
    if (this.there[middleOf(this.slices)] === 0 || this.description === null || !this.faithful) return;
    while (this.from > 0 && this.there[this.from - 1] === 1) this.from--;
    while (this.to < this.slices && this.there[this.to] === 1) this.to++;
    const now = this.to - this.from;
    // All of it is told by `close`, with what is then known of it.
    if (now === this.slices || (this.told > 0 && now < this.told + BATCH)) return;
    this.told = now;
    this.tell({ volume: this.description, from: this.from, to: this.to, last: false });
  }
}

/** The slice of a scan that is shown first. */
export const middleOf = (slices: number): number => Math.floor(slices / 2);

/** The description of a volume; its range is that of the voxels given. */
export const descriptionOf = (
  describe: Pick<PreparedVolume, 'id' | 'signature' | 'modality' | 'label'>,
  { geometry, unit, frameOfReference, remarks }: Outlook,
  voxels: VoxelArray,
): PreparedVolume => ({
  ...describe,
  geometry,
  dataType: dataTypeOf(voxels),
  unit,
  frameOfReference,
  remarks,
  range: rangeOf(voxels),
});

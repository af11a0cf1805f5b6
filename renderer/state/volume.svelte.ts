import { toVoxel, type PatientPoint, type VolumeGeometry } from '../../main/imaging/space/geometry';
import type { VoxelArray } from '../../main/imaging/volume';
import type { OpenVolume, VolumeId } from '../../preload/api';
import { VolumeArrival, type ArrivalSteps } from './arrival';
import { sentenceOf } from './failure';

/** A volume with its voxels in this window. */
export interface LoadedVolume {
  readonly info: OpenVolume;
  readonly voxels: VoxelArray;
}

/** Where in the voxels the one that holds a patient position stands; null outside the grid. */
export function offsetAt(geometry: VolumeGeometry, point: PatientPoint): number | null {
  const { size } = geometry;
  const [i, j, k] = toVoxel(geometry, point).map((at) => Math.floor(at + 0.5));
  if (i < 0 || j < 0 || k < 0 || i >= size[0] || j >= size[1] || k >= size[2]) return null;
  return i + size[0] * (j + size[1] * k);
}

/** The value of the voxel that holds a patient position; null outside the volume. */
export function valueAt(volume: LoadedVolume, point: PatientPoint): number | null {
  const offset = offsetAt(volume.info.geometry, point);
  return offset === null ? null : volume.voxels[offset];
}

/** The volume that is open. */
class VolumeStore {
  /** What is shown; while `arriving` is set, some of its slices are still empty. */
  current = $state.raw<LoadedVolume | null>(null);
  opening = $state<VolumeId | null>(null);
  /** Share of the slices that have come, 0 to 1; null where all have, or nothing is being opened. */
  arriving = $state<number | null>(null);
  failure = $state<{ readonly id: VolumeId; readonly message: string } | null>(null);
  private latest: VolumeArrival | null = null;

  /**
   * Loads a volume; a later call wins over an earlier one that is still under way.
   * @param steps what is done with its first slice, and as more slices come
   * @returns it with all its voxels, unless it was overtaken or failed
   */
  async open(id: VolumeId, steps: ArrivalSteps): Promise<LoadedVolume | null> {
    this.latest?.abandon();
    const arrival = new VolumeArrival(id, {
      first: async (loaded) => {
        this.current = loaded;
        this.opening = null;
        this.arriving = 0;
        await steps.first(loaded);
      },
      more: (loaded, from, to, share) => {
        this.arriving = share;
        steps.more(loaded, from, to, share);
      },
    });
    this.latest = arrival;
    this.opening = id;
    this.arriving = null;
    this.failure = null;
    try {
      const loaded = await arrival.load();
      if (this.latest !== arrival) return null;
      this.current = loaded;
      return loaded;
    } catch (failure) {
      if (this.latest !== arrival) return null;
      this.failure = { id, message: sentenceOf(failure) };
      // Part of a scan must not pass for the scan.
      if (this.current?.info.id === id) this.current = null;
      return null;
    } finally {
      if (this.latest === arrival) {
        this.opening = null;
        this.arriving = null;
      }
    }
  }

  /** Shows nothing any more; what is on its way is not waited for. */
  close(): void {
    this.latest?.abandon();
    this.latest = null;
    this.current = null;
    this.opening = null;
    this.arriving = null;
    this.failure = null;
  }
}

export const volume = new VolumeStore();

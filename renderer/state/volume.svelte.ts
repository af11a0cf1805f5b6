import { toVoxel, type PatientPoint, type VolumeGeometry } from '../../main/imaging/space/geometry';
import type { VoxelArray } from '../../main/imaging/volume';
import type { OpenVolume, VolumeId } from '../../preload/api';
import { sentenceOf } from './failure';

const arrays = { Uint8Array, Int16Array, Uint16Array, Int32Array, Float32Array } as const;

/** A volume with its voxels in this window. */
export interface LoadedVolume {
  readonly info: OpenVolume;
  readonly voxels: VoxelArray;
}

/** Fetches the voxels of a volume; reads it first if need be. */
export async function loadVolume(id: VolumeId): Promise<LoadedVolume> {
  const info = await window.studio.archive.openVolume(id);
  const response = await fetch(info.voxelsUrl);
  if (!response.ok)
    throw new Error(`The voxels of ${info.label.series} could not be fetched. Open the scan again.`);
  const voxels = new arrays[info.dataType](await response.arrayBuffer());
  const expected = info.geometry.size[0] * info.geometry.size[1] * info.geometry.size[2];
  if (voxels.length !== expected)
    throw new Error(`${info.label.series} came with ${voxels.length} voxels instead of ${expected}.`);
  return { info, voxels };
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
  current = $state.raw<LoadedVolume | null>(null);
  opening = $state<VolumeId | null>(null);
  failure = $state<{ readonly id: VolumeId; readonly message: string } | null>(null);

  /** Loads a volume; a later call wins over an earlier one that is still under way. @returns it, unless overtaken. */
  async open(id: VolumeId): Promise<LoadedVolume | null> {
    this.opening = id;
    this.failure = null;
    try {
      const loaded = await loadVolume(id);
      if (this.opening !== id) return null;
      this.current = loaded;
      return loaded;
    } catch (failure) {
      if (this.opening === id) this.failure = { id, message: sentenceOf(failure) };
      return null;
    } finally {
      if (this.opening === id) this.opening = null;
    }
  }
}

export const volume = new VolumeStore();

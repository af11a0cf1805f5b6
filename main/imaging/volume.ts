import type { VolumeGeometry } from './space/geometry';

export type VoxelArray = Uint8Array | Int16Array | Uint16Array | Int32Array | Float32Array;

/** What one voxel's number means. `stored` is used where the file does not say. */
export type VoxelUnit = 'HU' | 'SUVbw' | 'SUVlbm' | 'SUVbsa' | 'Bq/ml' | 'counts' | 'stored';

/** A frame of reference: volumes with the same UID share one patient space. Null where the file names none. */
export type FrameOfReference = string | null;

/** Voxels in patient space: a scan as the scanner made it, rescaled to `unit`. */
export interface Volume {
  readonly geometry: VolumeGeometry;
  /** Voxels in `unit`, i fastest, then j, then k; length is the product of `geometry.size`. */
  readonly voxels: VoxelArray;
  readonly unit: VoxelUnit;
  /** DICOM modality (CT, PT, MR, …) or 'OT' where unknown. */
  readonly modality: string;
  readonly frameOfReference: FrameOfReference;
  /** Remarks that a person should see, e.g. that the grid was resampled, and why. */
  readonly remarks: readonly string[];
}

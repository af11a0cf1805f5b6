import type { PatientPoint, PatientVector, VolumeGeometry } from '../space/geometry';
import type { VoxelUnit } from '../volume';
import type { SuvVerdict } from '../suv/suv';
import type { ImagingErrorCode } from '../error';
import type { LossyCompression } from '../dicom/header';

/** One slice of a planned volume and where its voxels come from. */
export interface PlannedFrame {
  readonly path: string;
  /** Stored frame of the file, from 0. */
  readonly frame: number;
  /** Part of the stored frame, for mosaics: first column, first row, columns, rows. */
  readonly tile?: readonly [column: number, row: number, columns: number, rows: number];
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
  readonly instanceNumber: number | null;
  /** Centre of the slice's first voxel. */
  readonly position: PatientPoint;
  readonly slope: number;
  readonly intercept: number;
}

/** Slices that do not lie on a regular grid, and the grid that they can be resampled to. */
export interface IrregularSlices {
  /** The sentence that says what is wrong and where. */
  readonly reason: string;
  /** Directions of rows and columns, unit vectors. */
  readonly row: PatientVector;
  readonly column: PatientVector;
  /** Columns and rows of a slice. */
  readonly sliceSize: readonly [columns: number, rows: number];
  /** The regular grid on which `resampleIrregular` puts the volume. */
  readonly regular: VolumeGeometry;
}

/** One volume that files of a series make: which slices in which order, and where they are. Plain data. */
export interface VolumePlan {
  /** Stable: a hash of the series and of the slices in order; the same files give the same key anywhere. */
  readonly key: string;
  readonly patientId: string;
  /** For matching and export only; never shown in logs, titles or file names. */
  readonly patientName: string;
  readonly birthDate: string;
  readonly sex: string;
  readonly studyUid: string;
  readonly studyId: string;
  readonly studyDate: string;
  readonly studyTime: string;
  readonly studyDescription: string;
  readonly accessionNumber: string;
  readonly seriesUid: string;
  readonly seriesNumber: number | null;
  readonly modality: string;
  readonly manufacturer: string;
  /** Series description, with what tells this volume from others of its series, e.g. "T2* · echo time 4.6 ms". */
  readonly description: string;
  readonly bodyPart: string;
  readonly frameOfReference: string | null;
  readonly patientPosition: string;
  /** Null where the slices form no regular grid. */
  readonly geometry: VolumeGeometry | null;
  readonly irregular: IrregularSlices | null;
  /** Whether the volume can be read as it is; `warnings` says why not. */
  readonly usable: boolean;
  readonly warnings: readonly string[];
  /** What the voxels mean after the rescale of the file. */
  readonly unit: VoxelUnit;
  /** Whether SUV can be computed, and by which factors or why not; null for anything but PET. */
  readonly suv: SuvVerdict | null;
  /** How the scan was compressed with loss, where any of its files was. */
  readonly lossy?: LossyCompression;
  /** First window of the files, [centre, width], in the unit of the file. */
  readonly window: readonly [number, number] | null;
  /** Slices along increasing position on the normal. */
  readonly frames: readonly PlannedFrame[];
}

/** A file that became no part of a volume. */
export interface LeftOutFile {
  readonly path: string;
  readonly code: ImagingErrorCode;
  /** One sentence. */
  readonly reason: string;
}

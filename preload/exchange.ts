/** The part of the contract in `api.ts` that is about files that leave and come: export and import. */
import type { SegmentId, VolumeId } from './api';

export type ExportFormat = 'rtstruct' | 'seg' | 'nifti';

export interface ExportRequest {
  readonly volumeId: VolumeId;
  readonly formats: readonly ExportFormat[];
  readonly segmentIds: readonly SegmentId[];
  readonly folder: string;
  readonly choices?: ExportChoices;
}

/** What differs from the usual way of writing. */
export interface ExportChoices {
  /** Contours of an RT-STRUCT; default sub-voxel. */
  readonly contours?: 'sub-voxel' | 'voxel-exact';
  /** Holes of an RT-STRUCT: one contour with a channel (default), or inner contours. */
  readonly holes?: 'keyhole' | 'inner';
  /** How a DICOM SEG holds its segments; default binary. */
  readonly seg?: 'binary' | 'labelmap';
  /** Takes out what identifies the patient (PS3.15, basic profile). An empty code stands for the site's own. */
  readonly deidentify?: { readonly patientCode: string };
  /** What file names begin with; empty: modality and a short code, or the patient code. */
  readonly prefix?: string;
}

/** One attribute of a DICOM object that is about to leave, or the heading of an item of a sequence. */
export interface HeaderRow {
  readonly depth: number;
  /** E.g. "(0010,0020)"; empty for a heading. */
  readonly tag: string;
  readonly name: string;
  readonly vr: string;
  readonly value: string;
}

/** Files that were made whole and wait to be put where they go. */
export interface ExportPlan {
  readonly id: string;
  readonly files: readonly {
    readonly name: string;
    readonly bytes: number;
    /** Null for what is no DICOM. */
    readonly header: readonly HeaderRow[] | null;
  }[];
  readonly warnings: readonly string[];
  /** The code in place of the patient's ID and name; null without de-identification. */
  readonly patientCode: string | null;
}

export interface ExportResult {
  readonly files: readonly string[];
  readonly warnings: readonly string[];
}

export interface ImportableFile {
  readonly file: string;
  /** Path below the archive, to be shown. */
  readonly name: string;
  /** E.g. "mask", "an RT structure set". */
  readonly what: string;
}

export interface ImportResult {
  readonly segments: readonly string[];
  readonly warnings: readonly string[];
}

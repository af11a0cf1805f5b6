/** What main and the archive's workers say to each other. Small messages: voxels go over the disk. */
import type { ScanProgress } from '../../preload/api';
import type { Deidentification } from '../imaging/dicom/deidentify';
import type { HeaderRow } from '../imaging/dicom/preview';
import type { ExportOptions, MaskFormat } from '../imaging/exchange/export-label-map';
import type { Flips } from '../imaging/mask/flips';
import type { Segment } from '../imaging/mask/label-map';
import type { VolumeGeometry } from '../imaging/space/geometry';
import type { PreparedVolume } from './prepared';
import type { VolumeSource } from './source';

/** A segment on its way to or from a worker: its mask as flips of an empty grid. */
export interface PackedSegment extends Omit<Segment, 'mask'> {
  readonly mask: Flips;
}

export interface ExportTask {
  /** Real path of the archive. */
  readonly root: string;
  readonly source: VolumeSource;
  readonly geometry: VolumeGeometry;
  readonly segments: readonly PackedSegment[];
  readonly formats: readonly MaskFormat[];
  /** Where the files are made; not where they go. */
  readonly folder: string;
  /** What every file's name begins with; never a patient's data. */
  readonly prefix: string;
  readonly version: string;
  readonly approvedBy?: { readonly name: string; readonly at: string };
  /** Forms of RT-STRUCT and SEG, where the usual ones are not wanted. */
  readonly forms?: Pick<ExportOptions, 'style' | 'keyholes' | 'segKind'>;
  readonly deidentify?: Deidentification;
}

/** Files that were made and not put where they go yet. */
export interface StagedExport {
  readonly files: readonly {
    readonly name: string;
    /** Length of the file. */
    readonly bytes: number;
    /** Of DICOM objects. */
    readonly header: readonly HeaderRow[] | null;
  }[];
  readonly warnings: readonly string[];
  /** Texts of people's own that hold a part of the patient's name or ID, where identity was to be taken out. */
  readonly leaks: readonly string[];
}

export interface ImportTask {
  /** The file that a person chose. */
  readonly file: string;
  readonly source: VolumeSource;
  readonly geometry: VolumeGeometry;
  readonly frameOfReference: string | null;
}

interface ArchiveTask {
  /** Real path of the archive's folder. */
  readonly root: string;
  readonly index: string;
  readonly thumbnails: string;
  /** File that names what is being parsed, so that a crash can be blamed on it. */
  readonly atWork: string;
  /** Why the file that ended an earlier worker is left out. */
  readonly blame: string;
}

export type WorkerRequest =
  /** Checks and opens the index, or makes it; then scans may be asked for. */
  | { readonly kind: 'open-index'; readonly index: string }
  | ({ readonly kind: 'scan' | 'thumbnails' } & ArchiveTask)
  | {
      readonly kind: 'prepare';
      readonly root: string;
      readonly source: VolumeSource;
      readonly folder: string;
      readonly describe: PreparedDescription;
    }
  | ({ readonly kind: 'stage-export' } & ExportTask)
  | { readonly kind: 'place-export'; readonly files: readonly string[]; readonly folder: string }
  | ({ readonly kind: 'import' } & ImportTask)
  | { readonly kind: 'demonstration'; readonly folder: string };

/** What a prepared volume's file says beyond what the reader finds out. */
export interface PreparedDescription {
  readonly id: string;
  readonly signature: string;
  readonly modality: string;
  readonly label: { readonly patientCode: string; readonly series: string; readonly date: string | null };
}

/** Slices [from, to) of a volume that is being prepared can be read from its draft already. */
export interface VolumeArrival {
  /** As far as it is known; with `last` as it stays. */
  readonly volume: PreparedVolume;
  readonly from: number;
  readonly to: number;
  readonly last: boolean;
}

export type ToWorker =
  { readonly ask: number; readonly request: WorkerRequest } | { readonly cancel: number };

export type FromWorker =
  /** Sent twice a second as long as the worker's thread is not stuck. */
  | { readonly alive: true }
  | { readonly task: number; readonly progress: ScanProgress }
  | { readonly task: number; readonly fraction: number }
  | { readonly task: number; readonly changed: true }
  | { readonly task: number; readonly arrival: VolumeArrival }
  | { readonly task: number; readonly done: unknown }
  /** `code` is the system's (ENOSPC, …) or a reader's own. */
  | { readonly task: number; readonly failed: string; readonly code?: string };

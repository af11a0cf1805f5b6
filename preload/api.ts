/**
 * The whole contract between the window and the main process. The window may ask for nothing that is not here;
 * `main/ipc` validates every argument and answers with these types. Everything crosses as structured clones.
 *
 * Failures: every promise may reject with an `Error` whose message is one sentence for the person (what happened,
 * to which thing, what to do). `Outcome` is not used: a rejection is the one way of failing.
 */
import type { VolumeGeometry } from '../main/imaging/space/geometry';
import type { Code, Generation } from '../main/imaging/mask/label-map';
import type { Flips } from '../main/imaging/mask/flips';
import type { VoxelUnit } from '../main/imaging/volume';
import type { ExportPlan, ExportRequest, ExportResult, ImportableFile, ImportResult } from './exchange';
import type {
  EngineStatus,
  JobView,
  LearningEstimate,
  ModelParcel,
  ModelSummary,
  ModelTrial,
  NextCase,
  ProfileSummary,
} from './learning';

export type * from './exchange';
export type * from './learning';

export type Unsubscribe = () => void;
export type VolumeId = string & { readonly __id: 'volume' };
export type JobId = string & { readonly __id: 'job' };
export type ModelId = string & { readonly __id: 'model' };
export type SegmentId = string;

// ── Archive ────────────────────────────────────────────────────────────────────────────────────────────────

/** new: nothing there; proposed: an unreviewed proposal; in-work: someone drew; accepted: someone accepted. */
export type CaseState = 'new' | 'proposed' | 'in-work' | 'accepted';

export interface WorklistVolume {
  readonly id: VolumeId;
  readonly modality: string;
  /** Series description or file name; never the patient's name. */
  readonly description: string;
  readonly size: readonly [number, number, number];
  readonly spacing: readonly [number, number, number];
  /** Frame of Reference UID; null where the files name none. Scans that share one lie where they were measured. */
  readonly frameOfReference: string | null;
  readonly state: CaseState;
  /** `volume://thumbnail/<id>`, a PNG; null until made. */
  readonly thumbnailUrl: string | null;
  /** Sentences, e.g. "One slice is missing between z = 12 and z = 18 mm." Empty when all is well. */
  readonly warnings: readonly string[];
  /** False where the volume cannot be placed; `warnings` then says why. */
  readonly usable: boolean;
  /** Why the slices form no regular grid, where they can be resampled to one; see `allowResampling`. */
  readonly resampling?: string;
}

export interface WorklistStudy {
  readonly uid: string;
  readonly date: string | null;
  readonly description: string;
  readonly volumes: readonly WorklistVolume[];
}

export interface WorklistPatient {
  readonly id: string;
  /** Shown instead of a name: the patient ID, or the folder for NIfTI. */
  readonly code: string;
  readonly studies: readonly WorklistStudy[];
}

/** A file or series that did not become a volume, and why. */
export interface LeftOut {
  readonly path: string;
  readonly reason: string;
}

export interface ScanProgress {
  readonly phase: 'listing' | 'reading' | 'grouping' | 'done' | 'failed';
  readonly filesSeen: number;
  readonly filesTotal: number | null;
  readonly secondsLeft: number | null;
  /** Set with phase 'failed'. */
  readonly message?: string;
}

export interface ArchiveSummary {
  readonly folder: string;
  readonly patients: number;
  readonly volumes: number;
  readonly leftOut: number;
}

/** A volume whose voxels can be fetched. */
export interface OpenVolume {
  readonly id: VolumeId;
  readonly geometry: VolumeGeometry;
  readonly dataType: 'Uint8Array' | 'Int16Array' | 'Uint16Array' | 'Int32Array' | 'Float32Array';
  readonly unit: VoxelUnit;
  readonly modality: string;
  readonly frameOfReference: string | null;
  readonly remarks: readonly string[];
  /** The voxels are not the scanner's: irregular slices were resampled to a regular grid. */
  readonly resampled?: boolean;
  /** 1st and 99th percentile and extremes, in `unit`, for windows and thresholds. */
  readonly range: { readonly min: number; readonly max: number; readonly p1: number; readonly p99: number };
  /** `volume://voxels/<id>`: the voxels, little-endian, i fastest; with `?bytes=<from>-<to>` bytes [from, to) of them. */
  readonly voxelsUrl: string;
  /** What the corners of a view show. */
  readonly label: { readonly patientCode: string; readonly series: string; readonly date: string | null };
}

/** Slices [from, to) of a volume that is being opened can be fetched; the interval only grows. */
export interface ArrivingVolume {
  /** As far as it is known; with `last` as it stays. */
  readonly volume: OpenVolume;
  readonly from: number;
  readonly to: number;
  /** Nothing that was fetched changes any more. Not every volume comes to this: `openVolume` always ends. */
  readonly last: boolean;
}

// ── Annotation ─────────────────────────────────────────────────────────────────────────────────────────────

export interface SegmentInfo {
  readonly id: SegmentId;
  readonly name: string;
  readonly color: readonly [number, number, number];
  readonly generation: Generation;
  readonly code?: Code;
  readonly locked: boolean;
}

/** One undoable change. `flips` are against the segment's mask at that moment. */
export type Edit =
  | {
      readonly kind: 'flip';
      /** What undo calls it, e.g. "Brush on slice 42". */
      readonly name: string;
      readonly segmentId: SegmentId;
      readonly flips: Flips;
      /** Slices (k) that a person has now judged whole: learning uses only these. */
      readonly reviewedSlices: readonly number[];
      /** Set where a model proposed what is being taken over. */
      readonly modelId?: ModelId;
    }
  | {
      readonly kind: 'add-segment';
      readonly name: string;
      readonly segment: SegmentInfo;
      readonly mask: Flips;
    }
  | {
      readonly kind: 'remove-segment';
      readonly name: string;
      readonly segment: SegmentInfo;
      readonly mask: Flips;
    }
  | {
      readonly kind: 'describe-segment';
      readonly name: string;
      readonly before: SegmentInfo;
      readonly after: SegmentInfo;
    };

export interface HistoryEntry {
  readonly name: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly by: string;
}

export interface AnnotationState {
  readonly volumeId: VolumeId;
  readonly geometry: VolumeGeometry;
  /** Masks as flips of an empty grid, at `position`. */
  readonly segments: readonly { readonly info: SegmentInfo; readonly mask: Flips }[];
  readonly reviewedSlices: readonly number[];
  readonly history: readonly HistoryEntry[];
  /** Number of history entries that are applied; undo lowers it, redo raises it, a new edit cuts what is above. */
  readonly position: number;
  readonly accepted: boolean;
  /** Sentences about how the case was found, e.g. that a damaged end was put aside. Absent when all is well. */
  readonly remarks?: readonly string[];
}

/** What a model suggests for a volume. It never enters the annotation unless a person takes it over. */
export interface Proposal {
  readonly volumeId: VolumeId;
  readonly modelId: ModelId;
  readonly modelName: string;
  readonly at: string;
  readonly segments: readonly { readonly name: string; readonly mask: Flips; readonly millilitres: number }[];
  /** Mean predictive entropy of each slice k, 0 to 1; the least certain slice is worth a look first. */
  readonly sliceUncertainty: readonly number[];
  /** `volume://uncertainty/<id>`: one byte a voxel, 0 certain to 255; null where it was not asked for. */
  readonly uncertaintyUrl: string | null;
}

// ── The bridge ─────────────────────────────────────────────────────────────────────────────────────────────

/** What the journals of an archive say of themselves. */
export interface AuditVerdict {
  readonly events: number;
  /** Sentences; none where every chain is whole. */
  readonly faults: readonly string[];
}

/** An archive, opened before under another folder, whose contours fit scans of the open one. */
export interface FormerContours {
  readonly archiveId: string;
  /** Where it lay; null where that is not known any more. */
  readonly folder: string | null;
  /** Whether something is still there: then the open archive is a copy. */
  readonly isThere: boolean;
  readonly volumeIds: readonly VolumeId[];
}

export interface AuditExport extends AuditVerdict {
  readonly file: string;
}

export interface WindowRevival {
  /** The case that was open. */
  readonly volumeId: VolumeId | null;
}

/** A language that the site added by a file. */
export interface AddedLanguage {
  /** Language tag, e.g. "de". */
  readonly id: string;
  readonly name: string;
  readonly messages: Readonly<Record<string, string>>;
}

export interface AddedLanguages {
  readonly languages: readonly AddedLanguage[];
  /** A sentence for each file that could not be used. */
  readonly problems: readonly string[];
}

export interface StudioApi {
  readonly archive: {
    /** Opens the system's folder chooser; null when the person cancels. */
    chooseFolder(): Promise<string | null>;
    /** Opens an archive and indexes it in the background; resolves as soon as the last index can be shown. */
    open(folder: string): Promise<ArchiveSummary>;
    /** The archive that is open, or null. */
    current(): Promise<ArchiveSummary | null>;
    recent(): Promise<readonly string[]>;
    /** Generates the demonstration archive in the user's data folder and opens it. */
    openDemonstration(): Promise<ArchiveSummary>;
    worklist(): Promise<readonly WorklistPatient[]>;
    leftOut(): Promise<readonly LeftOut[]>;
    rescan(): Promise<void>;
    cancelScan(): Promise<void>;
    /** Reads the volume's files in a worker; resolves when its voxels can be fetched. */
    openVolume(id: VolumeId): Promise<OpenVolume>;
    /** A person agrees that a volume of irregular slices is opened on a regular grid, until the application ends. */
    allowResampling(id: VolumeId): Promise<void>;
    onProgress(listener: (progress: ScanProgress) => void): Unsubscribe;
    /** Tells of slices that can be fetched before `openVolume` resolves. */
    onArriving(listener: (arrival: ArrivingVolume) => void): Unsubscribe;
    onWorklistChanged(listener: () => void): Unsubscribe;
  };
  readonly annotation: {
    open(id: VolumeId): Promise<AnnotationState>;
    /** Journals one edit made at `position`; resolves once it is on the disk. Rejects if `position` is stale. */
    apply(id: VolumeId, position: number, edit: Edit): Promise<{ position: number }>;
    /** Undo, redo and jumps: makes `position` entries applied. */
    moveTo(id: VolumeId, position: number): Promise<{ position: number }>;
    /** The edits [from, to) of the history, so that the window can undo what an earlier session did. */
    edits(id: VolumeId, from: number, to: number): Promise<readonly Edit[]>;
    accept(id: VolumeId): Promise<void>;
    reopen(id: VolumeId): Promise<void>;
    proposal(id: VolumeId): Promise<Proposal | null>;
    discardProposal(id: VolumeId): Promise<void>;
    /** Contours of these scans that were drawn when the archive lay elsewhere; null where there are none. */
    former(): Promise<FormerContours | null>;
    /** Copies them here, after the person has said yes; resolves with the number of cases. */
    takeOverFormer(archiveId: string): Promise<number>;
    /** Reads every journal of the open archive again, and says what is not as it was written. */
    verifyAudit(): Promise<AuditVerdict>;
    /** Asks where to, and writes the audit trail as a file; null when the person cancels. */
    exportAudit(): Promise<AuditExport | null>;
    onProposal(listener: (id: VolumeId) => void): Unsubscribe;
  };
  readonly learning: {
    profiles(): Promise<readonly ProfileSummary[]>;
    models(profileId: string): Promise<readonly ModelSummary[]>;
    activate(id: ModelId): Promise<void>;
    /** Deletes a model for good. Rejects while a job needs it. */
    removeModel(id: ModelId): Promise<void>;
    /** Asks where to, and writes the model as one signed file; null when the person cancels. */
    exportModel(id: ModelId): Promise<{ readonly file: string; readonly signedBy: string } | null>;
    /** Asks for a signed model file and verifies it; null when the person cancels. */
    chooseModel(): Promise<ModelParcel | null>;
    /** Takes a verified file over. `agreed` is the fingerprint that the person was shown and said yes to. */
    importModel(file: string, agreed: string): Promise<ModelSummary>;
    /** Lets a taught model contour a volume for comparison; null where its answer is there already. */
    tryModel(id: VolumeId, model: ModelId): Promise<JobId | null>;
    /** What the model answered; null where it was not tried, or failed. */
    trial(id: VolumeId, model: ModelId): Promise<ModelTrial | null>;
    estimate(
      kind: 'pretrain' | 'teach',
      profileId: string,
      options: { readonly epochs?: number; readonly unlabelled?: boolean },
    ): Promise<LearningEstimate>;
    pretrain(profileId: string, options: { readonly epochs?: number }): Promise<JobId>;
    teach(
      profileId: string,
      options: {
        readonly segmentName: string;
        readonly epochs?: number;
        /** Goes on from the model in use instead of starting with what was learnt without contours. */
        readonly goOn?: boolean;
        /** What the taught model is sure of on scans that nobody contoured teaches a second round. */
        readonly unlabelled?: boolean;
      },
    ): Promise<JobId>;
    propose(id: VolumeId): Promise<JobId>;
    jobs(): Promise<readonly JobView[]>;
    pause(id: JobId): Promise<void>;
    resume(id: JobId): Promise<void>;
    cancel(id: JobId): Promise<void>;
    nextCase(profileId: string): Promise<NextCase | null>;
    onJob(listener: (job: JobView) => void): Unsubscribe;
  };
  readonly exchange: {
    export(request: ExportRequest): Promise<ExportResult>;
    /** Makes the files in a folder of ours, to be looked at. A new plan replaces the one before. */
    plan(request: Omit<ExportRequest, 'folder'>): Promise<ExportPlan>;
    /** Puts the files of the plan into a folder, byte for byte as they were shown. */
    write(plan: string, folder: string): Promise<ExportResult>;
    /** Deletes the files of the plan that were not written. */
    discardPlan(): Promise<void>;
    /** Asks where to, and saves a table; the file, or null when the person cancels. */
    saveTable(name: string, csv: string): Promise<string | null>;
    chooseExportFolder(): Promise<string | null>;
    chooseImportFile(): Promise<string | null>;
    /** Masks, structure sets and segmentations of the archive that belong to the volume, to be given to `import`. */
    importable(id: VolumeId): Promise<readonly ImportableFile[]>;
    /** Reads RT-STRUCT, SEG or NIfTI onto the volume's grid as new, locked segments. */
    import(id: VolumeId, file: string): Promise<ImportResult>;
    showInFolder(file: string): Promise<void>;
  };
  readonly app: {
    /** What the window before this one showed, where its process ended by itself; told once, null otherwise. */
    revival(): Promise<WindowRevival | null>;
    version(): Promise<{ app: string; electron: string; node: string }>;
    engine(): Promise<EngineStatus>;
    languages(): Promise<AddedLanguages>;
    /** Writes the English sentences as a file to be translated, and shows it in its folder. */
    startLanguage(english: Readonly<Record<string, string>>): Promise<void>;
    onEngine(listener: (status: EngineStatus) => void): Unsubscribe;
  };
}

declare global {
  interface Window {
    readonly studio: StudioApi;
    /** The path of a file or folder that a person dropped on the window; empty for anything else. */
    readonly studioDrop: { pathOf(dropped: unknown): string };
  }
}

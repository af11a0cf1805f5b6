/** The part of the contract in `api.ts` that is about learning: profiles, models, jobs. */
import type { Flips } from '../main/imaging/mask/flips';
import type { JobId, ModelId, VolumeId } from './api';

/** Comparable scans of the archive, e.g. all CT. */
export interface ProfileSummary {
  readonly id: string;
  readonly name: string;
  readonly channels: readonly string[];
  readonly patients: number;
  readonly volumes: number;
  /** Slices with reviewed contours, and cases accepted. */
  readonly contouredSlices: number;
  readonly contouredCases: number;
  readonly segmentNames: readonly string[];
  readonly pretrainedModel: ModelSummary | null;
  readonly taughtModel: ModelSummary | null;
  /** How masked patch selection is read in the next run: as the modality starts, or as contours chose it. */
  readonly reading: MaskingReading;
}

/** Which patches of a slice are masked first (`models/amlp/reading.ts` says what the words mean). */
export interface MaskingReading {
  readonly clusterOn: 'raw' | 'statistics';
  readonly patches: 'all' | 'body';
  readonly foreground: 'small' | 'large';
  readonly order: 'as-printed' | 'nearest-foreground' | 'margin';
}

export interface ModelSummary {
  readonly id: ModelId;
  readonly name: string;
  readonly kind: 'pretrained' | 'taught';
  readonly profileId: string;
  readonly createdAt: string;
  readonly parent: ModelId | null;
  /** Sentences with the figures that matter to a person, e.g. "DSC 0.71 on 2 held-back slices". */
  readonly figures: readonly string[];
  readonly active: boolean;
  /** What a taught model contours. */
  readonly segments: readonly string[];
  readonly learntFrom: LearntFrom;
  /** DSC on taught slices that were held back; null where there were too few. */
  readonly heldBackDsc: number | null;
  /** Fingerprint of the key that signed a model that came from elsewhere; null for our own. */
  readonly importedFrom: string | null;
}

export interface LearntFrom {
  readonly patients: number;
  readonly scans: number;
  readonly slices: number;
}

/** A signed model file that was verified and not taken over yet. */
export interface ModelParcel {
  readonly file: string;
  readonly name: string;
  readonly kind: 'pretrained' | 'taught';
  readonly profileId: string;
  readonly createdAt: string;
  readonly figures: readonly string[];
  readonly segments: readonly string[];
  readonly learntFrom: LearntFrom;
  /** Fingerprint of the key that signed it. */
  readonly signedBy: string;
  /** Whether this machine's own key signed it. */
  readonly own: boolean;
  /** Whether somebody here already said yes to this key. */
  readonly trusted: boolean;
  /** Whether the model is on this machine already. */
  readonly present: boolean;
}

/** What one model suggests for a volume, to be compared; it is no proposal and enters nothing. */
export interface ModelTrial {
  readonly modelId: ModelId;
  readonly modelName: string;
  readonly segments: readonly { readonly name: string; readonly mask: Flips; readonly millilitres: number }[];
}

export type JobKind = 'pretrain' | 'teach' | 'propose';
export type JobState = 'queued' | 'running' | 'paused' | 'done' | 'failed' | 'cancelled';

export interface JobView {
  readonly id: JobId;
  readonly kind: JobKind;
  readonly title: string;
  readonly state: JobState;
  /** What is being done now, e.g. "Preparing scans 12 of 34". */
  readonly phase: string;
  readonly fraction: number;
  readonly secondsLeft: number | null;
  readonly volumeId?: VolumeId;
  readonly profileId?: string;
  /** Set where a proposal only tries a model, to be compared: it is no proposal for the case. */
  readonly trialOf?: ModelId;
  /** What came of it, or why not, in one sentence. */
  readonly message?: string;
  /** Live figures of a learning job. */
  readonly curve?: readonly {
    readonly epoch: number;
    readonly loss: number;
    readonly maskingRatio?: number;
  }[];
  /** Three slices as original, masked, reconstructed: PNG data URLs. */
  readonly pictures?: readonly { original: string; masked: string; reconstructed: string }[];
  readonly createdAt: string;
}

export interface LearningEstimate {
  readonly seconds: number;
  readonly diskBytes: number;
  readonly sentence: string;
}

export interface NextCase {
  readonly volumeId: VolumeId;
  readonly slice: number | null;
  readonly reason: string;
}

export interface EngineStatus {
  readonly state: 'starting' | 'ready' | 'restarting' | 'unavailable';
  /** E.g. "CPU, 2 cores, bfloat16". */
  readonly backend: string;
  readonly memoryBytes: number | null;
  readonly message?: string;
}

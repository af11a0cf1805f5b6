/** What learning needs to know of what lies around it. */
import type { ModelId, Proposal, VolumeId } from '../../../preload/api';
import type { Flips } from '../../imaging/mask/flips';
import type { VolumeGeometry } from '../../imaging/space/geometry';
import type { ArchiveVolume } from './cohort';

/** The archive, as far as learning needs it. */
export interface LearningArchive {
  current(): Promise<unknown>;
  readonly archiveId: string;
  volumes(): Iterable<ArchiveVolume>;
  volume(id: VolumeId): ArchiveVolume | null;
  prepare(id: VolumeId): Promise<{ readonly folder: string }>;
}

/** The annotations, as far as learning needs them. */
export interface LearningAnnotations {
  ready(): Promise<void>;
  summary(id: VolumeId): {
    readonly accepted: boolean;
    readonly reviewedSlices: readonly number[];
    readonly segmentNames: readonly string[];
    readonly proposed: boolean;
  };
  taught(asked: (id: VolumeId) => boolean): Promise<
    readonly {
      readonly volumeId: VolumeId;
      readonly geometry: VolumeGeometry;
      readonly accepted: boolean;
      readonly reviewedSlices: readonly number[];
      readonly segments: readonly { readonly name: string; readonly mask: Flips }[];
    }[]
  >;
  proposal(id: VolumeId): Promise<Proposal | null>;
  saveProposal(
    id: VolumeId,
    proposal: {
      readonly modelId: ModelId;
      readonly modelName: string;
      readonly segments: readonly {
        readonly name: string;
        readonly mask: Flips;
        readonly millilitres: number;
      }[];
      readonly sliceUncertainty: readonly number[];
      readonly uncertainty?: Uint8Array;
    },
  ): Promise<void>;
}

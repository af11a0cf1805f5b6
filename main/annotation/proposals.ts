/** What models propose, beside the annotation and never in it: one proposal a volume, the newest. */
import { join } from 'node:path';
import type { ModelId, Proposal, VolumeId } from '../../preload/api';
import type { Flips } from '../imaging/mask/flips';
import { replaceFile, type Disk } from './disk';
import { packRuns, unpackRuns } from './packing';
import { seal, unseal } from './sealed';

const PROPOSAL = 'proposal.amls';
const UNCERTAINTY = 'uncertainty.raw';

/** A proposal as learning hands it over. */
export interface NewProposal {
  readonly modelId: ModelId;
  readonly modelName: string;
  readonly segments: readonly {
    readonly name: string;
    readonly mask: Flips;
    readonly millilitres: number;
  }[];
  /** Mean predictive entropy of each slice k, 0 to 1. */
  readonly sliceUncertainty: readonly number[];
  /** One byte a voxel, 0 certain to 255. */
  readonly uncertainty?: Uint8Array;
}

interface Description {
  readonly modelId: ModelId;
  readonly modelName: string;
  readonly at: string;
  readonly segments: readonly { readonly name: string; readonly millilitres: number }[];
  readonly sliceUncertainty: readonly number[];
  readonly hasUncertainty: boolean;
}

export const uncertaintyFileOf = (folder: string): string => join(folder, UNCERTAINTY);

/** Replaces what was proposed before; the annotation is not touched. */
export async function writeProposal(
  disk: Disk,
  folder: string,
  at: string,
  proposal: NewProposal,
): Promise<void> {
  await disk.makeFolder(folder);
  const { uncertainty, segments, modelId, modelName, sliceUncertainty } = proposal;
  if (uncertainty) await replaceFile(disk, folder, UNCERTAINTY, uncertainty);
  else await disk.remove(uncertaintyFileOf(folder));
  const description: Description = {
    modelId,
    modelName,
    at,
    segments: segments.map(({ name, millilitres }) => ({ name, millilitres })),
    sliceUncertainty,
    hasUncertainty: uncertainty !== undefined,
  };
  const blobs = await Promise.all(segments.map((s) => packRuns(s.mask)));
  await replaceFile(disk, folder, PROPOSAL, seal(description, blobs));
}

/** Null where nothing is proposed, or the file is damaged: proposing again mends that. */
export async function readProposal(disk: Disk, folder: string, volumeId: VolumeId): Promise<Proposal | null> {
  const bytes = await disk.readAll(join(folder, PROPOSAL));
  const opened = bytes && unseal(bytes);
  if (!opened) return null;
  const { hasUncertainty, segments, ...rest } = opened.description as Description;
  const masks = await Promise.all(opened.blobs.map(unpackRuns));
  return {
    volumeId,
    ...rest,
    segments: segments.map((s, n) => ({ ...s, mask: masks[n] })),
    uncertaintyUrl: hasUncertainty ? `volume://uncertainty/${volumeId}` : null,
  };
}

export async function removeProposal(disk: Disk, folder: string): Promise<void> {
  await disk.remove(join(folder, PROPOSAL));
  await disk.remove(uncertaintyFileOf(folder));
  await disk.syncFolder(folder);
}

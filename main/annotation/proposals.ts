/** What models propose, beside the annotation and never in it: one proposal a volume, the newest. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { ModelId, Proposal, VolumeId } from '../../preload/api';
import type { Flips } from '../imaging/mask/flips';
import { sameGrid, type VolumeGeometry } from '../imaging/space/geometry';
import { replaceFile, type Disk } from './disk';
import { packRuns, unpackRuns } from './packing';
import { seal, unseal } from './sealed';

const PROPOSAL = 'proposal.amls';
/** Maps have names of their own, so that a proposal and its map are replaced together. */
const UNCERTAINTY = /^uncertainty(-[0-9a-f-]+)?\.raw(\.draft)?$/;

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
  /** Name of its map in the folder; absent in files of before maps had names. */
  readonly uncertaintyFile?: string;
  /** The grid that it was made on; absent in files of before it was kept. */
  readonly geometry?: VolumeGeometry;
}

const liesOn = ({ geometry, sliceUncertainty }: Description, grid: VolumeGeometry): boolean =>
  geometry ? sameGrid(geometry, grid) : [0, grid.size[2]].includes(sliceUncertainty.length);

async function descriptionIn(
  disk: Disk,
  folder: string,
): Promise<{ description: Description; blobs: Uint8Array[] } | null> {
  const bytes = await disk.readAll(join(folder, PROPOSAL));
  const opened = bytes && unseal(bytes);
  return opened ? { description: opened.description as Description, blobs: opened.blobs } : null;
}

const mapOf = ({ hasUncertainty, uncertaintyFile = 'uncertainty.raw' }: Description): string | null =>
  hasUncertainty && UNCERTAINTY.test(uncertaintyFile) ? uncertaintyFile : null;

/** The map of the proposal that is there; null where it has none. */
export async function uncertaintyFileOf(disk: Disk, folder: string): Promise<string | null> {
  const found = await descriptionIn(disk, folder);
  const map = found && mapOf(found.description);
  return map ? join(folder, map) : null;
}

/** Removes the maps of proposals that are no longer there. */
async function removeMaps(disk: Disk, folder: string, keep: string | null): Promise<void> {
  for (const name of await disk.list(folder))
    if (UNCERTAINTY.test(name) && name !== keep) await disk.remove(join(folder, name));
}

/**
 * Replaces what was proposed before; the annotation is not touched.
 * @param geometry the grid that its masks lie on
 */
export async function writeProposal(
  disk: Disk,
  folder: string,
  at: string,
  geometry: VolumeGeometry,
  proposal: NewProposal,
): Promise<void> {
  await disk.makeFolder(folder);
  const { uncertainty, segments, modelId, modelName, sliceUncertainty } = proposal;
  const map = uncertainty ? `uncertainty-${randomUUID()}.raw` : null;
  if (map && uncertainty) await replaceFile(disk, folder, map, uncertainty);
  const description: Description = {
    modelId,
    modelName,
    at,
    segments: segments.map(({ name, millilitres }) => ({ name, millilitres })),
    sliceUncertainty,
    hasUncertainty: map !== null,
    ...(map ? { uncertaintyFile: map } : {}),
    geometry,
  };
  const blobs = await Promise.all(segments.map((s) => packRuns(s.mask)));
  await replaceFile(disk, folder, PROPOSAL, seal(description, blobs));
  // Only now: until here the older proposal may be the one that is found again. What stays behind goes the next time.
  await removeMaps(disk, folder, map).catch(() => undefined);
}

/**
 * Null where nothing is proposed, the file is damaged, or the scan has another grid by now (more of its slices came):
 * proposing again mends that.
 * @param grid of the volume as the archive has it now; null where it has none
 */
export async function readProposal(
  disk: Disk,
  folder: string,
  volumeId: VolumeId,
  grid: VolumeGeometry | null,
): Promise<Proposal | null> {
  const opened = await descriptionIn(disk, folder);
  if (!opened) return null;
  const { description } = opened;
  if (!grid || !liesOn(description, grid)) return null;
  const { hasUncertainty, segments, modelId, modelName, at, sliceUncertainty } = description;
  const masks = await Promise.all(opened.blobs.map(unpackRuns));
  return {
    ...{ volumeId, modelId, modelName, at, sliceUncertainty },
    segments: segments.map((s, n) => ({ ...s, mask: masks[n] })),
    uncertaintyUrl: hasUncertainty ? `volume://uncertainty/${volumeId}` : null,
  };
}

export async function removeProposal(disk: Disk, folder: string): Promise<void> {
  await disk.remove(join(folder, PROPOSAL));
  await removeMaps(disk, folder, null);
  await disk.syncFolder(folder);
}

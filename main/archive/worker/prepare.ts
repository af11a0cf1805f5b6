/** Reads one volume and writes it where the viewer and learning take it from. */
import { dirname } from 'node:path';
import { mkdir } from 'node:fs/promises';
import type { PreparedDescription, VolumeArrival } from '../messages';
import { PreparedDraft, type PreparedVolume } from '../prepared';
import type { VolumeSource } from '../source';
import { Arrival, descriptionOf, middleOf } from './arrival';
import { loadVolume } from './load';

/**
 * @param onArrival hears of slices that can be read already
 * @throws ImagingError with a sentence; system errors where the cache cannot be written
 */
export async function prepareVolume(
  root: string,
  source: VolumeSource,
  folder: string,
  { id, signature, modality, label }: PreparedDescription,
  onProgress: (fraction: number) => void,
  onArrival: (arrival: VolumeArrival) => void,
): Promise<void> {
  const named = { id: id as PreparedVolume['id'], signature, modality, label };
  await mkdir(dirname(folder), { recursive: true });
  const draft = await PreparedDraft.begin(folder);
  try {
    let arrival: Arrival | null = null;
    const volume = await loadVolume(root, source, {
      onProgress,
      startAt: (slices) => middleOf(slices),
      onSlice: (k, outlook, voxels) => {
        arrival ??= new Arrival(
          draft,
          outlook.geometry.size[2],
          (what, slice) => descriptionOf(named, what, slice),
          onArrival,
        );
        arrival.take(k, outlook, voxels);
      },
    });
    const early = arrival as Arrival | null;
    const inPlace = (await early?.complete(volume.voxels)) ?? false;
    const prepared = descriptionOf(named, volume, volume.voxels);
    // People may go on while the disk is still being waited for.
    if (inPlace) early?.close(prepared);
    await draft.finish(prepared, volume.voxels, inPlace);
  } catch (error) {
    await draft.abandon();
    throw error;
  }
}

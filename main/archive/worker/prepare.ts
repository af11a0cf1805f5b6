/** Reads one volume and writes it where the viewer and learning take it from. */
import { dirname } from 'node:path';
import { mkdir } from 'node:fs/promises';
import type { PreparedDescription } from '../messages';
import { dataTypeOf, writePrepared, type PreparedVolume } from '../prepared';
import type { VolumeSource } from '../source';
import { rangeOf } from '../statistics';
import { loadVolume } from './load';

/** @throws ImagingError with a sentence; system errors where the cache cannot be written */
export async function prepareVolume(
  root: string,
  source: VolumeSource,
  folder: string,
  describe: PreparedDescription,
  onProgress: (fraction: number) => void,
): Promise<void> {
  const volume = await loadVolume(root, source, onProgress);
  const prepared: PreparedVolume = {
    id: describe.id as PreparedVolume['id'],
    signature: describe.signature,
    geometry: volume.geometry,
    dataType: dataTypeOf(volume.voxels),
    unit: volume.unit,
    modality: describe.modality,
    frameOfReference: volume.frameOfReference,
    remarks: volume.remarks,
    range: rangeOf(volume.voxels),
    label: describe.label,
  };
  await mkdir(dirname(folder), { recursive: true });
  await writePrepared(folder, prepared, volume.voxels);
}

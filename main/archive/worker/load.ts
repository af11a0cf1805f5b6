/** Reads a volume's voxels from the archive's files. */
import { readFile } from 'node:fs/promises';
import { ImagingError, readDicomVolume, type VolumePlan } from '../../imaging';
import type { Volume } from '../../imaging/volume';
import { fileOfArchive } from '../listing';
import type { VolumeSource } from '../source';
import { readImageFile } from './image-file';

/**
 * @param root real path of the archive
 * @param onProgress share of the files read, 0 to 1
 * @throws ImagingError with a sentence
 */
export async function loadVolume(
  root: string,
  source: VolumeSource,
  onProgress: (fraction: number) => void = () => undefined,
): Promise<Volume> {
  if (source.kind === 'dicom') return loadDicom(root, source.plan, onProgress);
  const volume = await readImageFile(root, source.path, source.format, source.part);
  // The name says CT, and every converter writes CT in HU.
  const unit = source.modality === 'CT' && volume.unit === 'stored' ? 'HU' : volume.unit;
  return { ...volume, unit, modality: source.modality };
}

/** PET as SUV by body weight where the tags allow; otherwise as it is stored, and a remark says why. */
async function loadDicom(
  root: string,
  plan: VolumePlan,
  onProgress: (fraction: number) => void,
): Promise<Volume> {
  const read = async (path: string): Promise<Uint8Array> => readFile(await fileOfArchive(root, path));
  const wantsSuv = plan.modality === 'PT' && plan.unit !== 'SUVbw';
  if (!wantsSuv) return readDicomVolume(plan, read, { onProgress });
  try {
    return await readDicomVolume(plan, read, { suv: 'bw', onProgress });
  } catch (error) {
    if (!(error instanceof ImagingError) || error.code !== 'no-suv') throw error;
    const volume = await readDicomVolume(plan, read, { onProgress });
    return { ...volume, remarks: [...volume.remarks, error.message] };
  }
}

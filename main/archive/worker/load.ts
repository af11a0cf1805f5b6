/** Reads a volume's voxels from the archive's files. */
import { readFile } from 'node:fs/promises';
import { ImagingError, readDicomVolume, type VolumePlan } from '../../imaging';
import type { Volume, VoxelArray } from '../../imaging/volume';
import { fileOfArchive } from '../listing';
import type { VolumeSource } from '../source';
import type { Outlook } from './arrival';
import { readImageFile } from './image-file';

export interface LoadOptions {
  /** Share of the files read, 0 to 1. */
  readonly onProgress?: (fraction: number) => void;
  /** The slice that is wanted first, of so many. */
  readonly startAt?: (slices: number) => number;
  /** Called after each slice with all voxels as far as they are in place; not for every kind of file. */
  readonly onSlice?: (k: number, outlook: Outlook, voxels: VoxelArray) => void;
}

/**
 * @param root real path of the archive
 * @throws ImagingError with a sentence
 */
export async function loadVolume(
  root: string,
  source: VolumeSource,
  options: LoadOptions = {},
): Promise<Volume> {
  if (source.kind === 'dicom') return loadDicom(root, source.plan, options);
  // The name says CT, and every converter writes CT in HU.
  const unit = (stored: Volume['unit']): Volume['unit'] =>
    source.modality === 'CT' && stored === 'stored' ? 'HU' : stored;
  const { onSlice } = options;
  const volume = await readImageFile(
    root,
    source.path,
    source.format,
    source.part,
    onSlice && ((k, outlook, voxels) => onSlice(k, { ...outlook, unit: unit(outlook.unit) }, voxels)),
  );
  return { ...volume, unit: unit(volume.unit), modality: source.modality };
}

/** PET as SUV by body weight where the tags allow; otherwise as it is stored, and a remark says why. */
async function loadDicom(root: string, plan: VolumePlan, options: LoadOptions): Promise<Volume> {
  const read = async (path: string): Promise<Uint8Array> => readFile(await fileOfArchive(root, path));
  const { onProgress, startAt, onSlice } = options;
  const { geometry, frameOfReference, warnings } = plan;
  const reading = (unit: Volume['unit'], remarks: readonly string[]) => ({
    // Nobody asks for irregular slices unless a person has agreed to have them resampled.
    resampleIrregular: true,
    ...(onProgress ? { onProgress: (read: number, of: number) => onProgress(read / of) } : {}),
    ...(startAt && geometry ? { startAt: startAt(geometry.size[2]) } : {}),
    ...(onSlice && geometry
      ? {
          onSlice: (k: number, voxels: VoxelArray) =>
            onSlice(k, { geometry, unit, frameOfReference, remarks: [...warnings, ...remarks] }, voxels),
        }
      : {}),
  });
  const wantsSuv = plan.modality === 'PT' && plan.unit !== 'SUVbw';
  if (!wantsSuv) return readDicomVolume(plan, read, reading(plan.unit, []));
  try {
    return await readDicomVolume(plan, read, { suv: 'bw', ...reading('SUVbw', []) });
  } catch (error) {
    if (!(error instanceof ImagingError) || error.code !== 'no-suv') throw error;
    const volume = await readDicomVolume(plan, read, reading(plan.unit, [error.message]));
    return { ...volume, remarks: [...volume.remarks, error.message] };
  }
}

import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { readPrepared, readPreparedVoxels } from '../../archive/prepared';
import { ImagingError, readMetaImage, readNifti, readNrrd } from '../../imaging';
import type { Volume } from '../../imaging/volume';
import { modalityOf } from '../profiles';
import { StudioError } from '../store/failure';

/** Reads a volume that the archive has prepared. @throws StudioError where the folder holds none */
export async function openPrepared(folder: string): Promise<Volume> {
  const description = await readPrepared(folder);
  if (description === null)
    throw new StudioError('A prepared scan is no longer in the cache.', 'Start again: it is prepared anew.');
  const { geometry, unit, modality, frameOfReference, remarks } = description;
  return {
    geometry,
    unit,
    modality,
    frameOfReference,
    remarks,
    voxels: await readPreparedVoxels(folder, description),
  };
}

const formats = [
  { pattern: /\.(nii|nii\.gz|hdr)$/i, read: readNifti },
  { pattern: /\.(nrrd|nhdr)$/i, read: readNrrd },
  { pattern: /\.(mha|mhd)$/i, read: readMetaImage },
] as const;

/** Whether a file's name is that of a volume in one file. */
export const isVolumeFile = (file: string): boolean => formats.some(({ pattern }) => pattern.test(file));

/**
 * Reads a volume that lies in one file. Its modality is told by the file's name (the format does not know it).
 * @throws StudioError or ImagingError with a sentence that names the file
 */
export async function openVolumeFile(file: string): Promise<Volume> {
  const format = formats.find(({ pattern }) => pattern.test(file));
  if (!format)
    throw new StudioError(
      `${file} is no volume file that can be read here.`,
      'NIfTI, NRRD and MetaImage are read from files, DICOM from folders.',
    );
  const bytes = await readFile(file);
  try {
    const { volumes } = await format.read(bytes);
    return { ...volumes[0], modality: modalityOf(basename(file)) };
  } catch (error) {
    if (!(error instanceof ImagingError)) throw error;
    throw new ImagingError(error.code, `${file}: ${error.message}`, { cause: error });
  }
}

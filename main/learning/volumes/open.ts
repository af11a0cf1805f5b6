import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { readPrepared, readPreparedVoxels } from '../../archive/prepared';
import { ImagingError, readMetaImage, readNifti, readNrrd } from '../../imaging';
import type { Volume } from '../../imaging/volume';
import type { ChannelRef } from '../jobs/spec';
import { modalityOf } from '../profiles';
import { StudioError } from '../store/failure';

/**
 * Reads a volume that the archive has prepared.
 * @param channel which volume is wanted, with the signature of its files: another archive, or changed files, may have
 *   put another scan into the folder meanwhile
 * @throws StudioError where the folder holds none, or not this one
 */
export async function openPrepared(folder: string, { source, key }: ChannelRef): Promise<Volume> {
  const description = await readPrepared(folder);
  if (description === null)
    throw new StudioError('A prepared scan is no longer in the cache.', 'Start again: it is prepared anew.');
  const { geometry, unit, modality, frameOfReference, remarks } = description;
  const voxels = await readPreparedVoxels(folder, description);
  // Looked at after the voxels were read: they are then of the scan that was described before.
  const now = await readPrepared(folder);
  const keyOf = (signature: string): string =>
    source.kind === 'archive' ? channelKey(source.volumeId, signature) : '';
  if (keyOf(description.signature) !== key || now?.signature !== description.signature)
    throw scanHasChanged();
  return { geometry, unit, modality, frameOfReference, remarks, voxels };
}

/** What a job names a volume by: another one as soon as its files are. */
export const channelKey = (volumeId: string, signature: string): string => `${volumeId} ${signature}`;

/** A scan is not the one any more that a job was started with. */
export const scanHasChanged = (): StudioError =>
  new StudioError('The scan has changed since this was started.', 'Start it again.');

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

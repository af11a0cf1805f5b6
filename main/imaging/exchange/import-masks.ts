import { hasPreamble, openDicom } from '../dicom/file';
import { asImagingError } from '../error';
import { isSeg, readSeg } from '../seg/read';
import { masksOfNifti } from './from-nifti';
import { masksOfRtStruct } from './from-rtstruct';
import { masksOfSeg } from './from-seg';
import { readRtStruct } from '../rtstruct/read';
import type { ImportedMasks, ImportOptions, ImportTarget } from './import-target';

/**
 * Reads masks of any format that we know onto the grid of a scan; the format is told by the content.
 * @throws ImagingError if the file is no such file, is of another patient or another frame of reference, or lies on another
 *   grid and `resample` was not asked for.
 */
export async function importMasks(
  bytes: Uint8Array,
  target: ImportTarget,
  options: ImportOptions = {},
): Promise<ImportedMasks> {
  if (!hasPreamble(bytes)) return masksOfNifti(bytes, target, options);
  if (holdsSeg(bytes)) return masksOfSeg(await readSeg(bytes, target.geometry.spacing[2]), target, options);
  return masksOfRtStruct(readRtStruct(bytes), target, options);
}

function holdsSeg(bytes: Uint8Array): boolean {
  try {
    return isSeg(openDicom(bytes));
  } catch (thrown) {
    throw asImagingError(thrown, 'The file cannot be read; it is damaged.');
  }
}

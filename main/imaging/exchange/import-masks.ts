import { hasPreamble, openDicom } from '../dicom/file';
import { asImagingError } from '../error';
import type { Segment } from '../mask/label-map';
import { readRtStruct } from '../rtstruct/read';
import { isSeg, readSeg } from '../seg/read';
import { masksOfNifti } from './from-nifti';
import { masksOfRtStruct } from './from-rtstruct';
import { masksOfSeg } from './from-seg';
import type { ImportedMasks, ImportOptions, ImportTarget, MaskFile } from './import-target';

/**
 * Opens a file of masks of any format that we know, to be read onto the grid of a scan; the format is told by the content.
 * @throws ImagingError if the file is no such file, or is of another patient or another frame of reference.
 */
export async function openMasks(
  bytes: Uint8Array,
  target: ImportTarget,
  options: ImportOptions = {},
): Promise<MaskFile> {
  if (!hasPreamble(bytes)) return masksOfNifti(bytes, target, options);
  if (holdsSeg(bytes)) return masksOfSeg(readSeg(bytes, target.geometry.spacing[2]), target, options);
  return masksOfRtStruct(readRtStruct(bytes), target, options);
}

/**
 * All masks of a file at once; see {@link openMasks}.
 * @throws ImagingError also if a mask lies on another grid and `resample` was not asked for.
 */
export async function importMasks(
  bytes: Uint8Array,
  target: ImportTarget,
  options: ImportOptions = {},
): Promise<ImportedMasks> {
  const file = await openMasks(bytes, target, options);
  const segments: Segment[] = [];
  for (let n = 0; n < file.names.length; n++) segments.push(await file.read(n));
  return { segments, warnings: file.warnings };
}

function holdsSeg(bytes: Uint8Array): boolean {
  try {
    return isSeg(openDicom(bytes));
  } catch (thrown) {
    throw asImagingError(thrown, 'The file cannot be read; it is damaged.');
  }
}

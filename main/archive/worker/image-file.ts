/** NIfTI, NRRD and MetaImage files of the archive, with the voxel files that their headers may name. */
import { createReadStream } from 'node:fs';
import { open, readFile, stat } from 'node:fs/promises';
import { posix } from 'node:path';
import {
  ImagingError,
  isStreamable,
  niftiGeometry,
  readMetaImage,
  readMetaImageHeader,
  readNifti,
  readNiftiHeader,
  readNiftiStream,
  readNrrd,
  readNrrdHeader,
} from '../../imaging';
import type { VolumeGeometry } from '../../imaging/space/geometry';
import type { Volume, VoxelArray } from '../../imaging/volume';
import { fileOfArchive } from '../listing';
import type { Outlook } from './arrival';

export type ImageFormat = 'nifti' | 'nrrd' | 'meta';

/** Enough of a file for its header, compressed or not. */
const HEADER_BYTES = 128 * 1024;
const READ_CHUNK = 1 << 20;

/** What the header of an image file says of its volumes. */
export interface ImageFileHeader {
  readonly format: ImageFormat;
  readonly geometry: VolumeGeometry;
  /** Volumes in the file: more than one in a time series. */
  readonly count: number;
  /** Whether the stored numbers are small integers, as masks and scans may have. */
  readonly integers: boolean;
  readonly remarks: readonly string[];
}

const isInteger = (dataType: string): boolean => /^u?int(8|16)$/.test(dataType);

async function headOf(root: string, path: string): Promise<Uint8Array> {
  const handle = await open(await fileOfArchive(root, path), 'r');
  try {
    const bytes = new Uint8Array(HEADER_BYTES);
    const { bytesRead } = await handle.read(bytes, 0, HEADER_BYTES, 0);
    return bytes.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** Reads the header alone. @throws ImagingError with a sentence */
export async function readImageFileHeader(
  root: string,
  path: string,
  format: ImageFormat,
): Promise<ImageFileHeader> {
  const bytes = await headOf(root, path);
  if (format === 'nifti') {
    const header = readNiftiHeader(bytes);
    if (!/^(u?int|float)/.test(header.dataType))
      throw new ImagingError(
        'unsupported',
        'The file holds complex numbers or colours; only greyscale volumes are read.',
      );
    return {
      format,
      geometry: niftiGeometry(header),
      count: header.shape.slice(3).reduce((n, d) => n * d, 1),
      integers: isInteger(header.dataType),
      remarks: header.remarks,
    };
  }
  if (format === 'nrrd') {
    const { geometry, count, dataType, remarks } = readNrrdHeader(bytes);
    return { format, geometry, count, integers: isInteger(dataType), remarks };
  }
  const { geometry, count, dataType } = readMetaImageHeader(bytes);
  return { format, geometry, count, integers: isInteger(dataType), remarks: [] };
}

/**
 * Reads one volume of the file.
 * @param part which volume of a time series, from 0
 * @param onSlice hears of slices while the file is read, where its kind allows that
 * @throws ImagingError with a sentence
 */
export async function readImageFile(
  root: string,
  path: string,
  format: ImageFormat,
  part = 0,
  onSlice?: (k: number, outlook: Outlook, voxels: VoxelArray) => void,
): Promise<Volume> {
  if (onSlice && format === 'nifti' && part === 0) {
    const header = readNiftiHeader(await headOf(root, path));
    if (isStreamable(header)) {
      const file = await fileOfArchive(root, path);
      const { size } = await stat(file);
      const bytes = createReadStream(file, { highWaterMark: READ_CHUNK });
      return readNiftiStream({ header, size, bytes }, onSlice);
    }
  }
  const bytes = await readFile(await fileOfArchive(root, path));
  if (format === 'nifti') {
    const { volumes } = await readNifti(bytes, await pairedImage(root, path), { only: part });
    return volumes[0];
  }
  const { dataFile } = format === 'nrrd' ? readNrrdHeader(bytes) : readMetaImageHeader(bytes);
  const data = dataFile === null ? undefined : await beside(root, path, dataFile);
  const { volumes } = format === 'nrrd' ? await readNrrd(bytes, data) : await readMetaImage(bytes, data);
  if (!volumes[part])
    throw new ImagingError('changed', 'The file no longer holds this volume; scan the folder again.');
  return volumes[part];
}

/** A file that a header names: one beside it, never a path. */
async function beside(root: string, path: string, name: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(await fileOfArchive(root, posix.join(posix.dirname(path), posix.basename(name))));
  } catch {
    // The reader says that it is missing.
    return undefined;
  }
}

/** The `.img` beside a `.hdr`. */
async function pairedImage(root: string, path: string): Promise<Uint8Array | undefined> {
  if (!/\.hdr(\.gz)?$/i.test(path)) return undefined;
  const stem = posix.basename(path).replace(/\.hdr(\.gz)?$/i, '');
  for (const ending of ['.img', '.img.gz', '.IMG']) {
    const found = await beside(root, path, stem + ending);
    if (found) return found;
  }
  return undefined;
}

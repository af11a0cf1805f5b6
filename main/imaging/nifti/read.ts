import { asImagingError, ImagingError } from '../error';
import type { Volume } from '../volume';
import { finite } from '../voxels/finite';
import { inflateExpected, isGzip } from '../voxels/gzip';
import { rawBytes, rawVoxels, type RawType } from '../voxels/raw';
import { niftiBytes, niftiGeometry, readNiftiHeader, type NiftiHeader } from './header';

export interface NiftiImage {
  readonly header: NiftiHeader;
  /** One volume for each point of the dimensions above the third, the fourth fastest. */
  readonly volumes: Volume[];
}

export interface ReadNiftiOptions {
  /** Read this volume of a time series only, from 0. */
  readonly only?: number;
}

/**
 * Reads a NIfTI-1 or NIfTI-2 image: .nii, .nii.gz, or .hdr with its .img (either compressed).
 * @param pairedImage the .img where `bytes` is a .hdr.
 * @returns volumes in patient space; unit 'stored' and modality 'OT', since the format names neither.
 * @throws ImagingError: see {@link readNiftiHeader}; 'irregular' for a sheared placement; 'unsupported' for complex
 *   numbers and colours; 'truncated' where voxels are missing.
 */
export async function readNifti(
  bytes: Uint8Array,
  pairedImage?: Uint8Array,
  options: ReadNiftiOptions = {},
): Promise<NiftiImage> {
  try {
    const header = readNiftiHeader(bytes);
    const { dataType } = header;
    if (!(dataType in rawBytes))
      throw new ImagingError(
        'unsupported',
        dataType.startsWith('complex')
          ? 'The file holds complex numbers; save magnitude or phase as a volume of its own.'
          : 'The file holds colours; only greyscale volumes are read.',
      );
    const geometry = niftiGeometry(header);
    const stored = niftiVoxelBytes(header, bytes, pairedImage);
    const count = header.shape.slice(3).reduce((n, d) => n * d, 1);
    const length = stored.length / count;
    const which = options.only === undefined ? Array.from({ length: count }, (_, n) => n) : [options.only];
    const volumes = which.map((n): Volume => {
      if (n < 0 || n >= count) throw new RangeError(`The file has ${count} volumes, number ${n} is not one.`);
      const part = stored.subarray(n * length, (n + 1) * length);
      const voxels = rawVoxels(
        part,
        dataType as RawType,
        header.littleEndian,
        header.slope,
        header.intercept,
      );
      return finite({
        geometry,
        voxels,
        unit: 'stored',
        modality: 'OT',
        frameOfReference: null,
        remarks: header.remarks,
      });
    });
    return { header, volumes };
  } catch (thrown) {
    if (thrown instanceof RangeError && options.only !== undefined) throw thrown;
    throw asImagingError(thrown, 'The NIfTI file cannot be read; it is damaged.');
  }
}

/** The stored numbers of all volumes, in the file's byte order. */
export function niftiVoxelBytes(
  header: NiftiHeader,
  bytes: Uint8Array,
  pairedImage?: Uint8Array,
): Uint8Array {
  if (header.paired && !pairedImage)
    throw new ImagingError('unreadable', 'The voxels are in a second file (.img), which is not there.');
  const file = header.paired && pairedImage ? pairedImage : bytes;
  const end = header.voxelOffset + niftiBytes(header);
  const whole = isGzip(file) ? inflateExpected(file, end) : file;
  if (whole.length < end)
    throw new ImagingError(
      'truncated',
      `The voxels are incomplete: ${Math.max(0, whole.length - header.voxelOffset)} of ${niftiBytes(header)} bytes.`,
    );
  return whole.subarray(header.voxelOffset, end);
}

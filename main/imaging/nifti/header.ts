import { asImagingError, ImagingError } from '../error';
import { limits } from '../dicom/limits';
import type { VolumeGeometry } from '../space/geometry';
import { gunzipStart } from '../voxels/gzip';
import { gridOfAffine } from '../voxels/affine';
import { rawBytes, type RawType } from '../voxels/raw';
import { placeOf, type Affine } from './place';

/** What a NIfTI file says of its voxels (nifti1.h, nifti2.h). */
export interface NiftiHeader {
  readonly version: 1 | 2;
  readonly littleEndian: boolean;
  /** Sizes of all dimensions that the file names, 1 to 7 of them. */
  readonly shape: readonly number[];
  /** Voxel sizes as pixdim[1…] gives them, in the units of the file. */
  readonly zooms: readonly number[];
  readonly dataType: RawType | 'complex64' | 'complex128' | 'rgb24' | 'rgba32';
  /** Value = stored × slope + intercept; 1 and 0 where the file gives no valid scale. */
  readonly slope: number;
  readonly intercept: number;
  /** Offset of the voxels in the file that holds them. */
  readonly voxelOffset: number;
  /** Whether the voxels are in a second file (.img). */
  readonly paired: boolean;
  readonly qformCode: number;
  readonly sformCode: number;
  /** Voxel index → RAS, mm (rows x, y, z), as the rule of SEMANTICS.md chooses it. */
  readonly affine: Affine;
  /** Which of the file's ways of saying the place was used. */
  readonly placedBy: 'sform' | 'qform' | 'nothing';
  readonly remarks: readonly string[];
}

const types: Readonly<Record<number, NiftiHeader['dataType']>> = {
  2: 'uint8',
  4: 'int16',
  8: 'int32',
  16: 'float32',
  32: 'complex64',
  64: 'float64',
  128: 'rgb24',
  256: 'int8',
  512: 'uint16',
  768: 'uint32',
  1024: 'int64',
  1280: 'uint64',
  1792: 'complex128',
  2304: 'rgba32',
};

/**
 * Reads the header of a NIfTI-1 or NIfTI-2 file, compressed or not.
 * @param bytes the file or its start (a few kilobytes suffice).
 * @throws ImagingError 'not-recognised' for other files, 'unsupported' for Analyze 7.5 and unknown data types.
 */
export function readNiftiHeader(bytes: Uint8Array): NiftiHeader {
  try {
    return headerOf(gunzipStart(bytes));
  } catch (thrown) {
    throw asImagingError(thrown, 'The header of the NIfTI file is damaged.');
  }
}

export function headerOf(b: Uint8Array): NiftiHeader {
  const view = new DataView(b.buffer, b.byteOffset, b.byteLength);
  const sizes = b.length >= 4 ? [view.getInt32(0, true), view.getInt32(0, false)] : [];
  const version = sizes.includes(348) ? 1 : sizes.includes(540) ? 2 : null;
  if (version === null) throw new ImagingError('not-recognised', 'The file is not a NIfTI file.');
  const littleEndian = sizes[0] === 348 || sizes[0] === 540;
  if (b.length < sizes[littleEndian ? 0 : 1])
    throw new ImagingError('truncated', 'The NIfTI file ends in its header; it is incomplete.');
  const magic = ascii(b, version === 1 ? 344 : 4, 3);
  const single = magic === `n+${version}`;
  if (!single && magic !== `ni${version}`) {
    if (version === 1 && plausibleAnalyze(view, littleEndian))
      throw new ImagingError(
        'unsupported',
        'The file is Analyze 7.5, which does not say which side is left; convert it to NIfTI.',
      );
    throw new ImagingError('not-recognised', 'The file is not a NIfTI file.');
  }
  const fields = version === 1 ? fields1(view, littleEndian) : fields2(view, littleEndian);
  const dataType = types[fields.dataType];
  if (!dataType) throw new ImagingError('unsupported', `NIfTI data type ${fields.dataType} is not read.`);
  const shape = shapeOf(fields.dim);
  const place = placeOf(fields, shape);
  const scaled = Number.isFinite(fields.slope) && fields.slope !== 0 && Number.isFinite(fields.intercept);
  return {
    version,
    littleEndian,
    shape,
    zooms: fields.pixdim.slice(1, shape.length + 1),
    dataType,
    slope: scaled ? fields.slope : 1,
    intercept: scaled ? fields.intercept : 0,
    voxelOffset: voxelOffset(fields.voxelOffset, single, version),
    paired: !single,
    qformCode: fields.qformCode,
    sformCode: fields.sformCode,
    ...place,
  };
}

/** The grid of the first three dimensions, in patient space (RAS → LPS). @throws ImagingError, see gridOfAffine. */
export function niftiGeometry(header: NiftiHeader): VolumeGeometry {
  const { affine: m, shape } = header;
  const step = (c: 0 | 1 | 2) => [-m[0][c], -m[1][c], m[2][c]] as const;
  return gridOfAffine(
    [step(0), step(1), step(2)],
    [-m[0][3], -m[1][3], m[2][3]],
    [shape[0], shape[1] ?? 1, shape[2] ?? 1],
  );
}

/** Number of bytes of all voxels. */
export function niftiBytes(header: NiftiHeader): number {
  const other = { complex64: 8, complex128: 16, rgb24: 3, rgba32: 4 } as const;
  const type = header.dataType;
  const width = type in other ? other[type as keyof typeof other] : rawBytes[type as RawType];
  return header.shape.reduce((n, d) => n * d, 1) * width;
}

/** The fields that both versions have, at different places and widths. */
export interface NiftiFields {
  readonly dim: readonly number[];
  readonly dataType: number;
  readonly pixdim: readonly number[];
  readonly voxelOffset: number;
  readonly slope: number;
  readonly intercept: number;
  readonly units: number;
  readonly qformCode: number;
  readonly sformCode: number;
  /** Quaternion b, c, d and offset x, y, z. */
  readonly quaternion: readonly number[];
  /** Rows x, y, z of the sform. */
  readonly sform: readonly (readonly number[])[];
}

const list = (n: number, read: (i: number) => number): number[] =>
  Array.from({ length: n }, (_, i) => read(i));

function fields1(v: DataView, le: boolean): NiftiFields {
  return {
    dim: list(8, (i) => v.getInt16(40 + 2 * i, le)),
    dataType: v.getInt16(70, le),
    pixdim: list(8, (i) => v.getFloat32(76 + 4 * i, le)),
    voxelOffset: v.getFloat32(108, le),
    slope: v.getFloat32(112, le),
    intercept: v.getFloat32(116, le),
    units: v.getUint8(123),
    qformCode: v.getInt16(252, le),
    sformCode: v.getInt16(254, le),
    quaternion: list(6, (i) => v.getFloat32(256 + 4 * i, le)),
    sform: list(3, (r) => r).map((r) => list(4, (c) => v.getFloat32(280 + 16 * r + 4 * c, le))),
  };
}

function fields2(v: DataView, le: boolean): NiftiFields {
  const big = (at: number): number => Number(v.getBigInt64(at, le));
  return {
    dim: list(8, (i) => big(16 + 8 * i)),
    dataType: v.getInt16(12, le),
    pixdim: list(8, (i) => v.getFloat64(104 + 8 * i, le)),
    voxelOffset: big(168),
    slope: v.getFloat64(176, le),
    intercept: v.getFloat64(184, le),
    units: v.getInt32(500, le),
    qformCode: v.getInt32(344, le),
    sformCode: v.getInt32(348, le),
    quaternion: list(6, (i) => v.getFloat64(352 + 8 * i, le)),
    sform: list(3, (r) => r).map((r) => list(4, (c) => v.getFloat64(400 + 32 * r + 8 * c, le))),
  };
}

function shapeOf(dim: readonly number[]): number[] {
  const [rank] = dim;
  if (!Number.isInteger(rank) || rank < 1 || rank > 7)
    throw new ImagingError('malformed', 'The NIfTI file names no valid number of dimensions.');
  const shape = dim.slice(1, rank + 1);
  if (shape.some((n) => !Number.isSafeInteger(n) || n < 1))
    throw new ImagingError('malformed', 'The NIfTI file names a dimension without voxels.');
  if (shape.reduce((n, d) => n * d, 1) > limits.fileVoxels)
    throw new ImagingError('over-limit', 'The NIfTI file announces more voxels than we agree to read.');
  return shape;
}

/** Single files have their voxels behind header and extension flag, whatever a zero says. */
function voxelOffset(offset: number, single: boolean, version: 1 | 2): number {
  const least = single ? (version === 1 ? 352 : 544) : 0;
  if (!Number.isFinite(offset) || offset < 0 || offset > limits.headerBytes)
    throw new ImagingError('malformed', 'The NIfTI file gives no valid place for its voxels.');
  return Math.max(least, Math.floor(offset));
}

function plausibleAnalyze(v: DataView, le: boolean): boolean {
  const rank = v.getInt16(40, le);
  return rank >= 1 && rank <= 7;
}

const ascii = (b: Uint8Array, at: number, n: number): string =>
  String.fromCharCode(...b.subarray(at, at + n));

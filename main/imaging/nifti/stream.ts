import { createGunzip } from 'node:zlib';
import { Readable } from 'node:stream';
import { asImagingError, ImagingError } from '../error';
import type { Volume, VoxelArray } from '../volume';
import { finite } from '../voxels/finite';
import { inflateFailure, isGzip, slack } from '../voxels/gzip';
import { rawBytes, rawVoxels, type RawType } from '../voxels/raw';
import { niftiBytes, niftiGeometry, type NiftiHeader } from './header';

/** Inflated bytes at a time: larger chunks were no faster. */
const chunkSize = 1 << 20;
/** Deflate holds at most so many times its size. */
const mostInflation = 1032;
/** Stored types whose voxels have one type whatever their values are. */
const plainTypes: readonly string[] = ['int8', 'uint8', 'int16', 'uint16', 'int32', 'float32', 'float64'];

/** Whether the file can be read by {@link readNiftiStream}: one volume, in the header's own file, of a plain type. */
export const isStreamable = (header: NiftiHeader): boolean =>
  !header.paired &&
  plainTypes.includes(header.dataType) &&
  header.shape.slice(3).every((n) => n === 1) &&
  header.shape.length >= 3;

export interface NiftiStream {
  readonly header: NiftiHeader;
  /** Bytes of the file, compressed or not. */
  readonly size: number;
  /** The file from its start, in pieces of any size. */
  readonly bytes: AsyncIterable<Uint8Array>;
}

/**
 * Reads a NIfTI file slice by slice while it is read and inflated; for files that are {@link isStreamable}.
 * @param onSlice called after each slice, ascending, with all voxels as far as they are in place
 * @returns what `readNifti` returns for the file
 * @throws ImagingError: 'truncated', 'over-limit' where more is inflated than announced, 'malformed'
 */
export async function readNiftiStream(
  { header, size, bytes }: NiftiStream,
  onSlice: (k: number, volume: Omit<Volume, 'voxels'>, voxels: VoxelArray) => void,
): Promise<Volume> {
  const geometry = niftiGeometry(header);
  const type = header.dataType as RawType;
  const [columns, rows, slices] = geometry.size;
  const perSlice = columns * rows;
  const end = header.voxelOffset + niftiBytes(header);
  const outlook = {
    geometry,
    unit: 'stored',
    modality: 'OT',
    frameOfReference: null,
    remarks: header.remarks,
  } as const;
  // Before anything is allocated that the file cannot hold.
  if (size * mostInflation < end) throw incomplete(0, header);

  let target: VoxelArray | null = null;
  const slice = new Uint8Array(perSlice * rawBytes[type]);
  let filled = 0;
  let k = 0;
  let position = 0;
  for await (const chunk of inflated(bytes)) {
    let at = Math.min(chunk.length, Math.max(0, header.voxelOffset - position));
    position += chunk.length;
    if (position > end + slack)
      throw new ImagingError('over-limit', 'The file inflates to more than its header announces.');
    while (at < chunk.length && k < slices) {
      const part = chunk.subarray(at, at + slice.length - filled);
      slice.set(part, filled);
      filled += part.length;
      at += part.length;
      if (filled < slice.length) continue;
      const voxels = rawVoxels(slice, type, header.littleEndian, header.slope, header.intercept);
      target ??= emptyLike(voxels, perSlice * slices);
      target.set(voxels, k * perSlice);
      onSlice(k++, outlook, target);
      filled = 0;
    }
  }
  if (target === null || k < slices) throw incomplete(position - header.voxelOffset, header);
  return finite({ ...outlook, voxels: target });
}

const incomplete = (there: number, header: NiftiHeader): ImagingError =>
  new ImagingError(
    'truncated',
    `The voxels are incomplete: ${Math.max(0, there)} of ${niftiBytes(header)} bytes.`,
  );

function emptyLike(voxels: VoxelArray, length: number): VoxelArray {
  const type = voxels.constructor as new (length: number) => VoxelArray;
  return new type(length);
}

/** The bytes, inflated where they are a gzip file. */
async function* inflated(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const source = bytes[Symbol.asyncIterator]();
  const first = await source.next();
  if (first.done) return;
  const all = async function* (): AsyncGenerator<Uint8Array> {
    yield first.value;
    for (let next = await source.next(); !next.done; next = await source.next()) yield next.value;
  };
  if (!isGzip(first.value)) {
    yield* all();
    return;
  }
  const from = Readable.from(all(), { objectMode: false });
  const gunzip = createGunzip({ chunkSize });
  from.once('error', (error) => gunzip.destroy(error));
  try {
    for await (const chunk of from.pipe(gunzip)) yield chunk as Uint8Array;
  } catch (cause) {
    throw cause instanceof Error && 'code' in cause && String(cause.code).startsWith('Z_')
      ? inflateFailure(cause)
      : asImagingError(cause, 'The NIfTI file cannot be read; it is damaged.');
  } finally {
    from.destroy();
  }
}

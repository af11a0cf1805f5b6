import { constants, gunzipSync, inflateSync } from 'node:zlib';
import { ImagingError } from '../error';

export const isGzip = (b: Uint8Array): boolean => b.length > 2 && b[0] === 0x1f && b[1] === 0x8b;

/** Bytes behind the voxels that a file may carry without being called a bomb. */
export const slack = 2 ** 20;

/**
 * Inflates the start of a gzip file: deflate holds at most 1032 times its size, so 8 kB of it make 8 MB at most.
 * The argument is returned as it is where it is no gzip.
 */
export function gunzipStart(bytes: Uint8Array): Uint8Array {
  if (!isGzip(bytes)) return bytes;
  try {
    return gunzipSync(bytes.subarray(0, 8192), { finishFlush: constants.Z_SYNC_FLUSH });
  } catch (cause) {
    throw new ImagingError('malformed', 'The compressed file cannot be inflated; it is damaged.', { cause });
  }
}

/** Inflates gzip or zlib data of which `expected` bytes are needed. @throws ImagingError if it holds far more. */
export function inflateExpected(bytes: Uint8Array, expected: number): Uint8Array {
  try {
    const options = { maxOutputLength: expected + slack };
    return isGzip(bytes) ? gunzipSync(bytes, options) : inflateSync(bytes, options);
  } catch (cause) {
    throw inflateFailure(cause);
  }
}

/** What went wrong while voxels were inflated. */
export function inflateFailure(cause: unknown): ImagingError {
  const code = cause instanceof Error && 'code' in cause ? cause.code : '';
  if (code === 'ERR_BUFFER_TOO_LARGE')
    return new ImagingError('over-limit', 'The file inflates to more than its header announces.', { cause });
  if (code === 'Z_BUF_ERROR')
    return new ImagingError('truncated', 'The compressed voxels end early; the file is incomplete.', {
      cause,
    });
  return new ImagingError('malformed', 'The compressed file cannot be inflated; it is damaged.', { cause });
}

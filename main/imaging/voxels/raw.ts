import { ImagingError } from '../error';
import type { VoxelArray } from '../volume';

/** How numbers are stored in NIfTI, NRRD and MetaImage files. */
export type RawType =
  'int8' | 'uint8' | 'int16' | 'uint16' | 'int32' | 'uint32' | 'int64' | 'uint64' | 'float32' | 'float64';

export const rawBytes: Readonly<Record<RawType, number>> = {
  int8: 1,
  uint8: 1,
  int16: 2,
  uint16: 2,
  int32: 4,
  uint32: 4,
  int64: 8,
  uint64: 8,
  float32: 4,
  float64: 8,
};

/**
 * Stored numbers as voxels, `slope` × stored + `intercept`. Without a rescale the narrowest type that holds the stored
 * one is kept, as a view of `bytes` where order and alignment allow it; otherwise Float32.
 * @param bytes exactly the numbers, in the byte order told.
 */
export function rawVoxels(
  bytes: Uint8Array,
  type: RawType,
  littleEndian: boolean,
  slope = 1,
  intercept = 0,
): VoxelArray {
  const stored = storedNumbers(ordered(bytes, type, littleEndian), type);
  if (slope === 1 && intercept === 0) return unscaled(stored);
  const out = new Float32Array(stored.length);
  for (let v = 0; v < out.length; v++) out[v] = Number(stored[v]) * slope + intercept;
  return out;
}

/** The bytes in little-endian order; the argument itself where it is so already. */
export function ordered(bytes: Uint8Array, type: RawType, littleEndian: boolean): Uint8Array {
  const width = rawBytes[type];
  if (littleEndian || width === 1) return bytes;
  const out = Buffer.from(bytes);
  if (width === 2) out.swap16();
  else if (width === 4) out.swap32();
  else out.swap64();
  return out;
}

type Stored =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | Float32Array
  | Float64Array;

const views: Readonly<Record<RawType, new (buffer: ArrayBufferLike, at: number, length: number) => Stored>> =
  {
    int8: Int8Array,
    uint8: Uint8Array,
    int16: Int16Array,
    uint16: Uint16Array,
    int32: Int32Array,
    uint32: Uint32Array,
    int64: BigInt64Array,
    uint64: BigUint64Array,
    float32: Float32Array,
    float64: Float64Array,
  };

function storedNumbers(bytes: Uint8Array, type: RawType): Stored {
  const width = rawBytes[type];
  if (bytes.length % width !== 0)
    throw new ImagingError('truncated', 'The voxels end in the middle of a number.');
  const aligned = bytes.byteOffset % width === 0 ? bytes : new Uint8Array(bytes);
  return new views[type](aligned.buffer, aligned.byteOffset, aligned.length / width);
}

function unscaled(stored: Stored): VoxelArray {
  if (stored instanceof Int8Array) return Int16Array.from(stored);
  if (stored instanceof Float64Array) return Float32Array.from(stored);
  if (stored instanceof Uint32Array) {
    const fits = stored.every((v) => v <= 0x7fffffff);
    return fits ? Int32Array.from(stored) : Float32Array.from(stored);
  }
  if (stored instanceof BigInt64Array || stored instanceof BigUint64Array) {
    const numbers = Array.from(stored as Iterable<bigint>, Number);
    const fits = numbers.every((v) => v >= -0x80000000 && v <= 0x7fffffff);
    return fits ? Int32Array.from(numbers) : Float32Array.from(numbers);
  }
  return stored;
}

import { ImagingError, asImagingError } from '../error';
import { encapsulatedFrames } from './encapsulated';
import type { DicomFile } from './file';
import { syntaxName, type ImageHeader } from './header';
import { syntaxes } from './transfer-syntax';

/** Stored values of one frame, before any rescale; samples of colour images follow each other voxel by voxel. */
export type StoredValues =
  Uint8Array | Int8Array | Uint16Array | Int16Array | Uint32Array | Int32Array | Float32Array | Float64Array;

/** Gives the stored values of frames. */
export interface FrameReader {
  /**
   * Stored values of frame `n`, from 0. May be a view of the file's bytes: do not write to it.
   * @throws ImagingError where the frame is truncated, damaged or in an encoding that we do not read.
   */
  frame(n: number): Promise<StoredValues>;
}

/** @throws ImagingError 'unsupported' where nothing can decode the transfer syntax. */
export function readFrames(file: DicomFile, image: ImageHeader): FrameReader {
  const codec = syntaxes.get(file.transferSyntax)?.codec ?? null;
  const { pixels } = file;
  if (codec === null || pixels === null)
    throw new ImagingError(
      'unsupported',
      `The transfer syntax ${syntaxName(file.transferSyntax)} is not read; convert the file to an uncompressed one.`,
    );
  const perFrame = image.rows * image.columns * image.samplesPerPixel;
  if (codec === 'native' && !pixels.undefinedLength) {
    const available = file.bytes.length - pixels.offset;
    const bits = image.floatBits || image.bitsAllocated;
    const need = Math.ceil((perFrame * bits * image.storedFrames) / 8);
    if (pixels.length < need || available < need)
      throw new ImagingError(
        'truncated',
        `The pixel data are incomplete: ${Math.min(pixels.length, available)} of ${need} bytes.`,
      );
    const bigEndian = syntaxes.get(file.transferSyntax)?.bigEndian === true;
    return {
      frame: async (n) => native(file.bytes, pixels.offset, n, perFrame, image, bigEndian, pixels.vr),
    };
  }
  if (!pixels.undefinedLength)
    throw new ImagingError('malformed', 'The file is compressed, but its pixel data are not in fragments.');
  const frames = encapsulatedFrames(file, pixels, image.storedFrames);
  return {
    async frame(n) {
      try {
        // Megabytes of WASM, which most archives never need: loaded with the first compressed frame.
        const { decodeFrame } = await import('./codecs');
        return await decodeFrame(codec === 'native' ? 'rle' : codec, frames(n), image);
      } catch (thrown) {
        throw asImagingError(
          thrown,
          `Frame ${n + 1} cannot be decoded (${syntaxName(file.transferSyntax)}); it is damaged.`,
        );
      }
    },
  };
}

/** Frame `n` of uncompressed pixel data. */
function native(
  bytes: Uint8Array,
  offset: number,
  n: number,
  perFrame: number,
  image: ImageHeader,
  bigEndian: boolean,
  vr: string,
): StoredValues {
  const bits = image.floatBits || image.bitsAllocated;
  if (bits === 1) return unpackBits(bytes.subarray(offset), n * perFrame, perFrame);
  const width = bits / 8;
  if (![1, 2, 4, 8].includes(width))
    throw new ImagingError('unsupported', `Voxels of ${bits} bits are not read.`);
  const start = offset + n * perFrame * width;
  let part = bytes.subarray(start, start + perFrame * width);
  // In big endian files of VR OW, bytes come in swapped words of two (PS3.5, A.3 and 7.3); OB is never swapped.
  const word = width === 1 ? (bigEndian && vr === 'OW' ? 2 : 1) : bigEndian ? width : 1;
  if (word > 1) part = swapped(part, word);
  return masked(typed(interleaved(part, image, width), image), image);
}

/** Colour by plane → colour by pixel (PS3.3 C.7.6.3.1.3). */
function interleaved(part: Uint8Array, image: ImageHeader, width: number): Uint8Array {
  const { samplesPerPixel: samples } = image;
  if (samples === 1 || !image.planar) return part;
  const plane = part.length / samples / width;
  const out = new Uint8Array(part.length);
  for (let s = 0; s < samples; s++)
    for (let v = 0; v < plane; v++)
      for (let b = 0; b < width; b++) out[(v * samples + s) * width + b] = part[(s * plane + v) * width + b];
  return out;
}

function swapped(part: Uint8Array, word: number): Uint8Array {
  const out = new Uint8Array(part.length);
  for (let at = 0; at < part.length; at += word)
    for (let b = 0; b < word; b++) out[at + b] = part[at + word - 1 - b];
  return out;
}

/** Little-endian bytes as numbers; a view where the alignment allows it. */
export function typed(
  part: Uint8Array,
  image: Pick<ImageHeader, 'floatBits' | 'bitsAllocated' | 'signed'>,
): StoredValues {
  const width = (image.floatBits || image.bitsAllocated) / 8;
  const aligned = part.byteOffset % width === 0 ? part : new Uint8Array(part);
  const { buffer, byteOffset } = aligned;
  const length = Math.floor(aligned.byteLength / width);
  if (image.floatBits === 32) return new Float32Array(buffer, byteOffset, length);
  if (image.floatBits === 64) return new Float64Array(buffer, byteOffset, length);
  switch (width) {
    case 1:
      return image.signed
        ? new Int8Array(buffer, byteOffset, length)
        : new Uint8Array(buffer, byteOffset, length);
    case 2:
      return image.signed
        ? new Int16Array(buffer, byteOffset, length)
        : new Uint16Array(buffer, byteOffset, length);
    case 4:
      return image.signed
        ? new Int32Array(buffer, byteOffset, length)
        : new Uint32Array(buffer, byteOffset, length);
    default:
      throw new ImagingError('unsupported', `Voxels of ${image.bitsAllocated} bits are not read.`);
  }
}

/**
 * Takes the stored bits out of the allocated ones (PS3.5, 8.1.1): files may keep overlays or rubbish in the others.
 * Returns the argument where there is nothing to take out.
 */
export function masked(values: StoredValues, image: ImageHeader): StoredValues {
  const { bitsAllocated, bitsStored, highBit, signed, floatBits } = image;
  if (floatBits !== 0 || bitsStored === bitsAllocated || bitsAllocated === 1) return values;
  const low = highBit - bitsStored + 1;
  if (low < 0) throw new ImagingError('malformed', 'High Bit lies below Bits Stored.');
  const up = 32 - bitsStored - low;
  const down = 32 - bitsStored;
  if (low === 0 && fits(values, bitsStored, signed)) return values;
  return signed ? values.map((v) => (v << up) >> down) : values.map((v) => (v << up) >>> down);
}

/** Whether every value is one of `bits` bits already, as nearly all files have it. */
function fits(values: StoredValues, bits: number, signed: boolean): boolean {
  const least = signed ? -(2 ** (bits - 1)) : 0;
  const most = signed ? 2 ** (bits - 1) - 1 : 2 ** bits - 1;
  for (let v = 0; v < values.length; v++) if (values[v] < least || values[v] > most) return false;
  return true;
}

/** One bit a voxel, first voxel in the lowest bit; frames follow each other without padding (PS3.5, 8.1.1). */
function unpackBits(bytes: Uint8Array, start: number, count: number): Uint8Array {
  const out = new Uint8Array(count);
  for (let v = 0; v < count; v++) out[v] = (bytes[(start + v) >> 3] >> ((start + v) & 7)) & 1;
  return out;
}

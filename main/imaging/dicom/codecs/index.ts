import { Decoder as JpegLosslessDecoder } from '@cornerstonejs/jpeg-lossless-decoder-js';
import { ImagingError } from '../../error';
import { inflateUpTo } from '../file';
import type { ImageHeader } from '../header';
import { masked, typed, type StoredValues } from '../pixels';
import type { Codec } from '../transfer-syntax';
import { codeStreamFrame } from './code-stream';
import { decodeJpegExtended } from './jpeg-extended';
import { decodeRle } from './rle';
import { charls, jpegTurbo, openJpeg, openJph, type WasmCodec } from './wasm';

type Compressed = Exclude<Codec, 'native'>;

/**
 * Decodes one compressed frame to its stored values.
 * @throws ImagingError, or whatever a codec throws on damaged bytes: the caller classifies.
 */
export async function decodeFrame(
  codec: Compressed,
  bytes: Uint8Array,
  image: ImageHeader,
): Promise<StoredValues> {
  switch (codec) {
    case 'rle':
      return masked(typed(decodeRle(bytes, image), image), image);
    case 'deflated-frame':
      return masked(typed(inflateUpTo(bytes, frameBytes(image) + 1), image), image);
    case 'jpeg-lossless':
      return lossless(bytes, image);
    case 'jpeg':
      return codeStreamFrame(bytes).bits > 8 ? extended(bytes, image) : byWasm(jpegTurbo, bytes, image);
    case 'jpeg-ls':
      return byWasm(charls, bytes, image);
    case 'jpeg-2000':
      return byWasm(openJpeg, bytes, image);
    case 'htj2k':
      return byWasm(openJph, bytes, image);
  }
}

const samples = (image: ImageHeader): number => image.rows * image.columns * image.samplesPerPixel;
const frameBytes = (image: ImageHeader): number => (samples(image) * image.bitsAllocated) / 8;

/**
 * Refuses a code stream that announces another image than the header, before a codec makes room for it.
 * Compressed in few bytes, a frame of 65,535 × 65,535 voxels would fill the memory.
 */
function assertAnnounced(bytes: Uint8Array, image: ImageHeader): void {
  const { width, height, components } = codeStreamFrame(bytes);
  if (width !== image.columns || height !== image.rows || components !== image.samplesPerPixel)
    throw new ImagingError(
      'malformed',
      `A frame holds ${width} × ${height} × ${components} values, the header says ${image.columns} × ${image.rows} × ${image.samplesPerPixel}.`,
    );
}

async function byWasm(codec: WasmCodec, bytes: Uint8Array, image: ImageHeader): Promise<StoredValues> {
  assertAnnounced(bytes, image);
  const { pixels, info } = await codec(bytes, samples(image) * 4);
  const width = info.bitsPerSample <= 8 ? 8 : 16;
  return adjusted(pixels, { bits: width, stored: info.bitsPerSample }, image);
}

function extended(bytes: Uint8Array, image: ImageHeader): StoredValues {
  const { samples: pixels, width, height, bits } = decodeJpegExtended(bytes, samples(image));
  if (width !== image.columns || height !== image.rows)
    throw new ImagingError('malformed', 'A frame decodes to another size than the header says.');
  return adjusted(new Uint8Array(pixels.buffer), { bits: 16, stored: bits }, image);
}

function lossless(bytes: Uint8Array, image: ImageHeader): StoredValues {
  assertAnnounced(bytes, image);
  const width = image.bitsAllocated <= 8 ? 8 : 16;
  const whole = new Uint8Array(bytes);
  const decoder = new JpegLosslessDecoder();
  const pixels = decoder.decode(whole.buffer, 0, whole.length, width / 8);
  const { dimX, dimY } = decoder.frame;
  if (dimX !== image.columns || dimY !== image.rows)
    throw new ImagingError('malformed', 'A frame decodes to another size than the header says.');
  return adjusted(
    new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.byteLength),
    { bits: width, stored: image.bitsStored },
    image,
  );
}

/**
 * Decoded bytes as the values that the header announces. Codecs deliver two's complement or unsigned values of their
 * own precision; the sign comes from Pixel Representation (PS3.5, 8.2), so the stored bits are extended.
 */
function adjusted(
  pixels: Uint8Array,
  decoded: { readonly bits: number; readonly stored: number },
  image: ImageHeader,
): StoredValues {
  const need = (samples(image) * decoded.bits) / 8;
  if (pixels.length < need)
    throw new ImagingError(
      'truncated',
      `A frame decodes to ${pixels.length} of ${need} bytes; it is damaged.`,
    );
  const shape = { floatBits: 0, bitsAllocated: decoded.bits, signed: image.signed } as const;
  const bitsStored = Math.min(decoded.stored, decoded.bits);
  return masked(typed(pixels.subarray(0, need), shape), {
    ...image,
    ...shape,
    bitsStored,
    highBit: bitsStored - 1,
  });
}

import { ImagingError } from '../../error';
import type { ImageHeader } from '../header';

/**
 * RLE Lossless (PS3.5, annex G): a header of 64 bytes names up to 15 segments, each one byte plane (most significant
 * first) of one sample, packed by PackBits.
 * @returns little-endian voxels, samples of a voxel together.
 */
export function decodeRle(bytes: Uint8Array, image: ImageHeader): Uint8Array {
  const width = image.bitsAllocated / 8;
  if (!Number.isInteger(width))
    throw new ImagingError('unsupported', `RLE with ${image.bitsAllocated} bits a voxel is not read.`);
  const planes = width * image.samplesPerPixel;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 64 || view.getUint32(0, true) !== planes)
    throw new ImagingError('malformed', 'The RLE header of a frame does not fit its image; it is damaged.');
  const voxels = image.rows * image.columns;
  const out = new Uint8Array(voxels * planes);
  for (let plane = 0; plane < planes; plane++) {
    const start = view.getUint32(4 + 4 * plane, true);
    const end = plane + 1 < planes ? view.getUint32(8 + 4 * plane, true) : bytes.length;
    if (start < 64 || end > bytes.length || start > end)
      throw new ImagingError('malformed', 'The RLE segments of a frame overlap or leave it; it is damaged.');
    const sample = Math.floor(plane / width);
    const byte = width - 1 - (plane % width);
    unpack(bytes, start, end, out, sample * width + byte, planes, voxels);
  }
  return out;
}

/** PackBits of [start, end) into every `step`-th byte of `out`. */
function unpack(
  bytes: Uint8Array,
  start: number,
  end: number,
  out: Uint8Array,
  offset: number,
  step: number,
  count: number,
): void {
  let at = start;
  let v = 0;
  while (v < count) {
    if (at >= end) throw new ImagingError('truncated', 'An RLE segment ends before its last voxel.');
    const code = bytes[at++];
    if (code === 128) continue;
    const run = Math.min(code < 128 ? code + 1 : 257 - code, count - v);
    if (code < 128) {
      if (at + run > end) throw new ImagingError('truncated', 'An RLE segment ends before its last voxel.');
      for (let r = 0; r < run; r++) out[offset + (v + r) * step] = bytes[at + r];
      at += run;
    } else {
      if (at >= end) throw new ImagingError('truncated', 'An RLE segment ends before its last voxel.');
      const value = bytes[at++];
      for (let r = 0; r < run; r++) out[offset + (v + r) * step] = value;
    }
    v += run;
  }
}

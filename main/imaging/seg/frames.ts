import { strides } from '../mask/plane';
import type { LabelMap } from '../mask/label-map';

/** One frame of a segmentation: a slice of one segment, or of all of them in a label map. */
export interface SegFrame {
  /** From 1; null in a label map. */
  readonly segment: number | null;
  readonly slice: number;
  readonly pixels: Uint8Array;
}

/** The slices of each segment that hold a voxel, segment by segment; one empty slice where nothing is drawn at all. */
export function binaryFrames(map: LabelMap): SegFrame[] {
  const plane = strides(map.geometry.size)[2];
  const frames: SegFrame[] = [];
  map.segments.forEach(({ mask }, n) => {
    for (let slice = 0; slice < map.geometry.size[2]; slice++) {
      const pixels = mask.subarray(slice * plane, (slice + 1) * plane);
      if (pixels.includes(1)) frames.push({ segment: n + 1, slice, pixels });
    }
  });
  return frames.length > 0 ? frames : [{ segment: 1, slice: 0, pixels: new Uint8Array(plane) }];
}

/**
 * The slices that hold a voxel of any segment, each voxel the number of its segment.
 * @returns null where segments overlap: a label map has one number a voxel.
 */
export function labelMapFrames(map: LabelMap): SegFrame[] | null {
  const plane = strides(map.geometry.size)[2];
  const frames: SegFrame[] = [];
  for (let slice = 0; slice < map.geometry.size[2]; slice++) {
    const pixels = new Uint8Array(plane);
    for (let n = 0; n < map.segments.length; n++) {
      const mask = map.segments[n].mask.subarray(slice * plane, (slice + 1) * plane);
      for (let p = mask.indexOf(1); p >= 0; p = mask.indexOf(1, p + 1)) {
        if (pixels[p] !== 0) return null;
        pixels[p] = n + 1;
      }
    }
    if (pixels.some((x) => x !== 0)) frames.push({ segment: null, slice, pixels });
  }
  return frames.length > 0 ? frames : [{ segment: null, slice: 0, pixels: new Uint8Array(plane) }];
}

/** Whether any voxel belongs to two segments. */
export function segmentsOverlap(map: LabelMap): boolean {
  const taken = new Uint8Array(map.segments[0]?.mask.length ?? 0);
  for (const { mask } of map.segments)
    for (let v = mask.indexOf(1); v >= 0; v = mask.indexOf(1, v + 1)) {
      if (taken[v] === 1) return true;
      taken[v] = 1;
    }
  return false;
}

/** Frames of single bits, packed without gaps, the first pixel in the lowest bit (PS3.5 8.1.1). */
export function packedBits(frames: readonly SegFrame[]): Uint8Array {
  const perFrame = frames[0].pixels.length;
  const bytes = new Uint8Array(Math.ceil((frames.length * perFrame) / 8));
  frames.forEach(({ pixels }, n) => {
    const start = n * perFrame;
    for (let p = pixels.indexOf(1); p >= 0; p = pixels.indexOf(1, p + 1))
      bytes[(start + p) >> 3] |= 1 << ((start + p) & 7);
  });
  return bytes;
}

/** One frame out of packed bits, 0 or 1 a pixel. */
export function unpackedFrame(bytes: Uint8Array, frame: number, perFrame: number): Uint8Array {
  const pixels = new Uint8Array(perFrame);
  for (let p = 0, bit = frame * perFrame; p < perFrame; p++, bit++)
    pixels[p] = (bytes[bit >> 3] >> (bit & 7)) & 1;
  return pixels;
}

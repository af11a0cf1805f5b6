import type { Random } from '../random';
import type { PatchGrid } from './patches';
import type { PatchSelection } from './reading';

/** A square of a full slice that becomes one training sample. Pixels of the full slice; edges, not centres. */
export interface Crop {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** Whether the sample is mirrored left to right. */
  readonly mirrored: boolean;
}

/** RandomResizedCrop (Szegedy et al. 2015): share of the area and aspect ratio are drawn, then the place. */
export interface CropRange {
  /** Share of the slice's area, e.g. [0.2, 1]. */
  readonly area: readonly [number, number];
  /** Width over height, e.g. [3/4, 4/3]. */
  readonly aspect: readonly [number, number];
  readonly mirror: boolean;
}

export const wholeSlice = (size: number): Crop => ({
  x: 0,
  y: 0,
  width: size,
  height: size,
  mirrored: false,
});

export function randomCrop(size: number, range: CropRange, random: Random): Crop {
  const mirrored = random.chance(0.5) && range.mirror;
  for (let attempt = 0; attempt < 10; attempt++) {
    const area = size * size * random.between(...range.area);
    const aspect = Math.exp(random.between(Math.log(range.aspect[0]), Math.log(range.aspect[1])));
    const width = Math.round(Math.sqrt(area * aspect));
    const height = Math.round(Math.sqrt(area / aspect));
    if (width < 1 || height < 1 || width > size || height > size) continue;
    return { x: random.below(size - width + 1), y: random.below(size - height + 1), width, height, mirrored };
  }
  return { ...wholeSlice(size), mirrored };
}

/** Cuts a crop out of [size, size, channels] and resizes it to [to, to, channels], bilinear on pixel centres. */
export function cropSlice(
  slice: Float32Array,
  size: number,
  channels: number,
  crop: Crop,
  to: number,
  into: Float32Array,
): void {
  const clamp = (v: number, low: number, high: number): number => (v < low ? low : v > high ? high : v);
  const x0 = new Int32Array(to);
  const x1 = new Int32Array(to);
  const fx = new Float32Array(to);
  for (let i = 0; i < to; i++) {
    const column = crop.mirrored ? to - 1 - i : i;
    const x = clamp(crop.x + ((column + 0.5) * crop.width) / to - 0.5, crop.x, crop.x + crop.width - 1);
    x0[i] = Math.floor(x);
    x1[i] = Math.min(x0[i] + 1, crop.x + crop.width - 1);
    fx[i] = x - x0[i];
  }
  for (let j = 0; j < to; j++) {
    const y = clamp(crop.y + ((j + 0.5) * crop.height) / to - 0.5, crop.y, crop.y + crop.height - 1);
    const y0 = Math.floor(y);
    const y1 = Math.min(y0 + 1, crop.y + crop.height - 1);
    const fy = y - y0;
    for (let i = 0; i < to; i++)
      for (let c = 0; c < channels; c++) {
        const a = slice[(y0 * size + x0[i]) * channels + c];
        const b = slice[(y0 * size + x1[i]) * channels + c];
        const d = slice[(y1 * size + x0[i]) * channels + c];
        const e = slice[(y1 * size + x1[i]) * channels + c];
        const top = a + (b - a) * fx[i];
        into[(j * to + i) * channels + c] = top + (d + (e - d) * fx[i] - top) * fy;
      }
  }
}

/**
 * Which patch of the full slice lies under the centre of each patch of the crop (nearest): labels go out to the
 * crop through it, and losses come back through it, so that neither grid's labels ever meet the other's losses.
 * @returns one patch index of `full` for each patch of `cropped`
 */
export function patchesUnderCrop(full: PatchGrid, cropped: PatchGrid, crop: Crop): Uint32Array {
  const under = new Uint32Array(cropped.count);
  const nearest = (pixel: number): number =>
    Math.min(full.side - 1, Math.max(0, Math.floor(pixel / full.patch)));
  for (let q = 0; q < cropped.count; q++) {
    const column = q % cropped.side;
    const u = crop.mirrored ? cropped.side - 1 - column : column;
    const v = Math.floor(q / cropped.side);
    const x = crop.x + ((u + 0.5) / cropped.side) * crop.width;
    const y = crop.y + ((v + 0.5) / cropped.side) * crop.height;
    under[q] = nearest(y) * full.side + nearest(x);
  }
  return under;
}

/** The selection and labels of a full slice, as its crop sees them. */
export function carryToCrop(
  selection: PatchSelection,
  labels: Uint8Array,
  under: Uint32Array,
): { selection: PatchSelection; labels: Uint8Array } {
  const carried = Uint8Array.from(under, (p) => labels[p]);
  return {
    labels: carried,
    selection: {
      label: carried,
      score: Float32Array.from(under, (p) => selection.score[p]),
      takesPart: Uint8Array.from(under, (p) => selection.takesPart[p]),
    },
  };
}

import type { Random } from '../../random';
import type { Augmentation } from './options';

/** Where a pixel of the sample lies in the slice: slice = matrix · (sample − centre of sample) + centre, in pixels. */
export interface Placement {
  /** Centre of the sample in the slice, continuous pixel index. */
  readonly centre: readonly [x: number, y: number];
  /** [xx, xy, yx, yy] */
  readonly matrix: readonly [number, number, number, number];
}

/** Draws rotation, scale and mirroring of a sample about `centre`. */
export function randomPlacement(
  centre: readonly [number, number],
  { rotate, scale, mirror }: Augmentation,
  random: Random,
): Placement {
  const angle = random.chance(rotate.probability)
    ? (random.between(-rotate.degrees, rotate.degrees) * Math.PI) / 180
    : 0;
  const zoom = random.chance(scale.probability) ? random.between(...scale.range) : 1;
  const fx = mirror.horizontal && random.chance(0.5) ? -1 : 1;
  const fy = mirror.vertical && random.chance(0.5) ? -1 : 1;
  const c = Math.cos(angle) * zoom;
  const s = Math.sin(angle) * zoom;
  return { centre, matrix: [c * fx, -s * fy, s * fx, c * fy] };
}

/** Reads an image [size, size, channels] at a placement, bilinear; off the slice its border pixels continue. */
export function sampleImage(
  slice: Float32Array,
  size: number,
  channels: number,
  { centre, matrix }: Placement,
  to: number,
  into: Float32Array,
): void {
  const half = (to - 1) / 2;
  const last = size - 1;
  for (let j = 0, v = 0; j < to; j++)
    for (let i = 0; i < to; i++) {
      let x = centre[0] + matrix[0] * (i - half) + matrix[1] * (j - half);
      let y = centre[1] + matrix[2] * (i - half) + matrix[3] * (j - half);
      x = x < 0 ? 0 : x > last ? last : x;
      y = y < 0 ? 0 : y > last ? last : y;
      const x0 = Math.floor(x);
      const y0 = Math.floor(y);
      const fx = x - x0;
      const fy = y - y0;
      const dx = x0 < last ? channels : 0;
      const dy = y0 < last ? size * channels : 0;
      let at = (y0 * size + x0) * channels;
      for (let c = 0; c < channels; c++, v++, at++) {
        const top = slice[at] + (slice[at + dx] - slice[at]) * fx;
        const bottom = slice[at + dy] + (slice[at + dx + dy] - slice[at + dy]) * fx;
        into[v] = top + (bottom - top) * fy;
      }
    }
}

/**
 * Reads labels at a placement: bilinear and cut at one half, so that borders stay where they are. Unknown (-1) where
 * the nearest pixel is unknown, and off the slice, where the image only continues its border.
 */
export function sampleLabel(
  label: Float32Array,
  size: number,
  labels: number,
  { centre, matrix }: Placement,
  to: number,
  into: Float32Array,
): void {
  const half = (to - 1) / 2;
  const last = size - 1;
  const at = (x: number, y: number, c: number): number => label[(y * size + x) * labels + c];
  const clamp = (v: number): number => (v < 0 ? 0 : v > last ? last : v);
  for (let j = 0, v = 0; j < to; j++)
    for (let i = 0; i < to; i++) {
      const px = centre[0] + matrix[0] * (i - half) + matrix[1] * (j - half);
      const py = centre[1] + matrix[2] * (i - half) + matrix[3] * (j - half);
      const off = px < -0.5 || py < -0.5 || px > last + 0.5 || py > last + 0.5;
      const x = clamp(px);
      const y = clamp(py);
      const x0 = Math.floor(x);
      const y0 = Math.floor(y);
      const x1 = Math.min(last, x0 + 1);
      const y1 = Math.min(last, y0 + 1);
      for (let c = 0; c < labels; c++, v++) {
        if (off || at(Math.round(x), Math.round(y), c) < 0) {
          into[v] = -1;
          continue;
        }
        const top = known(at(x0, y0, c)) * (1 - x + x0) + known(at(x1, y0, c)) * (x - x0);
        const bottom = known(at(x0, y1, c)) * (1 - x + x0) + known(at(x1, y1, c)) * (x - x0);
        into[v] = top * (1 - y + y0) + bottom * (y - y0) >= 0.5 ? 1 : 0;
      }
    }
}

const known = (value: number): number => (value < 0 ? 0 : value);

/** Where tiles of one side lie on a slice. A slice smaller than a tile gets one tile about its middle. */
export interface TilePlan {
  readonly width: number;
  readonly height: number;
  /** Side of a tile. */
  readonly size: number;
  /** Top left corner of each tile; negative where the slice is smaller than the tile. */
  readonly corners: readonly (readonly [x: number, y: number])[];
  /** Importance of each pixel of a tile, [size, size], greater than 0; flat where tiles do not overlap. */
  readonly importance: Float32Array;
}

/** @param overlap share of a tile that its neighbour covers as well, 0 to below 1; nnU-Net uses 0.5 */
export function planTiles(width: number, height: number, size: number, overlap = 0.5): TilePlan {
  const xs = starts(width, size, overlap);
  const ys = starts(height, size, overlap);
  const corners = ys.flatMap((y) => xs.map((x) => [x, y] as const));
  return { width, height, size, corners, importance: importance(size, corners.length > 1) };
}

function starts(length: number, size: number, overlap: number): number[] {
  if (length <= size) return [Math.floor((length - size) / 2)];
  const steps = Math.ceil((length - size) / Math.max(1, size * (1 - overlap)));
  return Array.from({ length: steps + 1 }, (_, i) => Math.round((i * (length - size)) / steps));
}

/** A Gaussian of σ = size / 8 about the middle (Isensee et al. 2021), with a floor that keeps sums away from 0. */
function importance(size: number, gaussian: boolean): Float32Array {
  const out = new Float32Array(size * size).fill(1);
  if (!gaussian) return out;
  const middle = (size - 1) / 2;
  const sigma = size / 8;
  for (let y = 0; y < size; y++)
    for (let x = 0; x < size; x++)
      out[y * size + x] = Math.max(
        1e-3,
        Math.exp(-((x - middle) ** 2 + (y - middle) ** 2) / (2 * sigma * sigma)),
      );
  return out;
}

/** Copies a tile out of a slice [height, width, channels]; off the slice its border pixels continue. */
export function cutTile(
  slice: Float32Array,
  { width, height, size }: TilePlan,
  [x0, y0]: readonly [number, number],
  channels: number,
  into: Float32Array,
): void {
  const clamp = (v: number, n: number): number => (v < 0 ? 0 : v >= n ? n - 1 : v);
  for (let y = 0, v = 0; y < size; y++) {
    const row = clamp(y + y0, height) * width;
    for (let x = 0; x < size; x++) {
      const from = (row + clamp(x + x0, width)) * channels;
      for (let c = 0; c < channels; c++, v++) into[v] = slice[from + c];
    }
  }
}

/** Mirrors an image [size, size, channels], its own inverse. */
export function mirrored(
  image: Float32Array,
  size: number,
  channels: number,
  horizontal: boolean,
  vertical: boolean,
): Float32Array {
  if (!horizontal && !vertical) return image;
  const out = new Float32Array(image.length);
  for (let y = 0; y < size; y++)
    for (let x = 0; x < size; x++) {
      const from = ((vertical ? size - 1 - y : y) * size + (horizontal ? size - 1 - x : x)) * channels;
      const to = (y * size + x) * channels;
      for (let c = 0; c < channels; c++) out[to + c] = image[from + c];
    }
  return out;
}

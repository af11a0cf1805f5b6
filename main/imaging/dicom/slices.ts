import { ImagingError } from '../error';
import { limits } from './limits';
import type { VoxelArray } from '../volume';
import type { ImageHeader } from './header';
import type { StoredValues } from './pixels';

interface Rescale {
  readonly slope: number;
  readonly intercept: number;
}

/**
 * The voxels of a volume while its slices arrive in any order. Whole-number rescales stay whole numbers, in 16 bits
 * as long as every voxel fits and in 32 bits from the first that does not; others become Float32.
 */
export class Slices {
  private whole: boolean;
  private target: VoxelArray | null = null;

  /** @param rescales one for each slice, in order. */
  constructor(
    private readonly perSlice: number,
    private readonly rescales: readonly Rescale[],
  ) {
    if (perSlice * rescales.length > limits.fileVoxels)
      throw new ImagingError('over-limit', 'The volume has more voxels than we agree to read.');
    this.whole = rescales.every((r) => Number.isInteger(r.slope) && Number.isInteger(r.intercept));
  }

  get voxels(): VoxelArray {
    return this.target ?? new Int16Array(0);
  }

  /** Puts stored values in place as slice `k`; `tile` is the part of the frame that makes the slice. */
  put(
    k: number,
    stored: StoredValues,
    image: ImageHeader,
    tile?: readonly [column: number, row: number, columns: number, rows: number],
  ): void {
    const slice = tile ? cut(stored, image.columns, tile) : stored;
    if (slice.length < this.perSlice)
      throw new ImagingError('truncated', `The slice has ${slice.length} of ${this.perSlice} voxels.`);
    const isFloat = slice instanceof Float32Array || slice instanceof Float64Array;
    if (isFloat && this.whole) this.becomeFloat();
    const out = (this.target ??= this.allocate(slice));
    const { slope, intercept } = this.rescales[k];
    const start = k * this.perSlice;
    if (out instanceof Float32Array) rescaleFloat(out, start, slice, this.perSlice, slope, intercept);
    else if (!rescaleWhole(out, start, slice, this.perSlice, slope, intercept)) {
      this.widen();
      this.put(k, stored, image, tile);
    }
  }

  private get length(): number {
    return this.perSlice * this.rescales.length;
  }

  private allocate(first: StoredValues): VoxelArray {
    if (!this.whole) return new Float32Array(this.length);
    const raw = this.rescales.every((r) => r.slope === 1 && r.intercept === 0);
    if (raw && first instanceof Uint8Array) return new Uint8Array(this.length);
    if (raw && first instanceof Uint16Array) return new Uint16Array(this.length);
    return new Int16Array(this.length);
  }

  /** 8 or 16 bits do not hold a value: go on with 32, or with floating point where even those do not. */
  private widen(): void {
    if (this.target instanceof Int32Array) this.becomeFloat();
    else this.target = Int32Array.from(this.voxels);
  }

  private becomeFloat(): void {
    this.whole = false;
    this.target = this.target ? Float32Array.from(this.target) : null;
  }
}

/** The voxels of a tile of a mosaic. */
function cut(
  stored: StoredValues,
  width: number,
  [column, row, columns, rows]: readonly [number, number, number, number],
): StoredValues {
  const out = stored.slice(0, columns * rows);
  for (let r = 0; r < rows; r++) {
    const from = (row + r) * width + column;
    out.set(stored.subarray(from, from + columns), r * columns);
  }
  return out;
}

function rescaleFloat(
  out: Float32Array,
  start: number,
  stored: StoredValues,
  count: number,
  slope: number,
  intercept: number,
): void {
  for (let v = 0; v < count; v++) out[start + v] = stored[v] * slope + intercept;
}

const ranges: readonly (readonly [new (n: number) => VoxelArray, number, number])[] = [
  [Uint8Array, 0, 255],
  [Uint16Array, 0, 65_535],
  [Int16Array, -32_768, 32_767],
  [Int32Array, -2_147_483_648, 2_147_483_647],
];

/** Returns false, having written rubbish, where a value does not fit. */
function rescaleWhole(
  out: VoxelArray,
  start: number,
  stored: StoredValues,
  count: number,
  slope: number,
  intercept: number,
): boolean {
  const [, least, most] = ranges.find(([type]) => out instanceof type) ?? ranges[3];
  const sameType = slope === 1 && intercept === 0 && stored.constructor === out.constructor;
  if (sameType) {
    out.set(stored.length === count ? stored : stored.subarray(0, count), start);
    return true;
  }
  let lowest = 0;
  let highest = 0;
  for (let v = 0; v < count; v++) {
    const value = stored[v] * slope + intercept;
    out[start + v] = value;
    if (value < lowest) lowest = value;
    else if (value > highest) highest = value;
  }
  return lowest >= least && highest <= most;
}

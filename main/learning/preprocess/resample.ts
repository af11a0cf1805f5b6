import type { VoxelArray } from '../../imaging/volume';
import type { GridAxis, LearningGrid } from './grid';

/** For each position of an axis, which samples of the scan it is made of: `width` of them, weights sum to 1. */
interface Taps {
  readonly width: number;
  readonly index: Int32Array;
  readonly weight: Float32Array;
}

const clamp = (i: number, n: number): number => (i < 0 ? 0 : i >= n ? n - 1 : i);

/**
 * Nearest: one sample. Linear: a triangle as wide as the coarser of both grids, which is plain linear
 * interpolation when refining and keeps from aliasing when coarsening. Beyond the border the border's voxel holds.
 */
function taps(axis: GridAxis, n: number, interpolation: 'linear' | 'nearest'): Taps {
  const reach = Math.max(1, Math.abs(axis.step));
  const width = interpolation === 'nearest' ? 1 : Math.floor(2 * reach) + 1;
  const index = new Int32Array(axis.length * width);
  const weight = new Float32Array(axis.length * width);
  for (let p = 0; p < axis.length; p++) {
    const centre = axis.start + axis.step * p;
    if (interpolation === 'nearest') {
      index[p] = clamp(Math.round(centre), n);
      weight[p] = 1;
      continue;
    }
    const first = Math.ceil(centre - reach);
    let sum = 0;
    for (let t = 0; t < width; t++) {
      const w = Math.max(0, 1 - Math.abs(first + t - centre) / reach);
      index[p * width + t] = clamp(first + t, n);
      weight[p * width + t] = w;
      sum += w;
    }
    for (let t = 0; t < width; t++) weight[p * width + t] /= sum;
  }
  return { width, index, weight };
}

/** Resamples slices of one scan, one at a time, into planes of `columns.length` × `rows.length`. */
export class PlaneSampler {
  readonly width: number;
  readonly height: number;
  private readonly across: Taps;
  private readonly down: Taps;
  private readonly through: Taps;
  private readonly strideAcross: number;
  private readonly strideDown: number;
  private readonly strideThrough: number;
  private readonly rowsOfSource: number;
  private readonly squeezed: Float32Array;

  constructor(grid: LearningGrid, interpolation: 'linear' | 'nearest') {
    const { size } = grid.native;
    const strides = [1, size[0], size[0] * size[1]];
    this.width = grid.columns.length;
    this.height = grid.rows.length;
    this.across = taps(grid.columns, size[grid.columns.source], interpolation);
    this.down = taps(grid.rows, size[grid.rows.source], interpolation);
    this.through = taps(grid.slices, size[2], interpolation);
    this.strideAcross = strides[grid.columns.source];
    this.strideDown = strides[grid.rows.source];
    this.strideThrough = strides[2];
    this.rowsOfSource = size[grid.rows.source];
    this.squeezed = new Float32Array(this.width * this.rowsOfSource);
  }

  /** Plane `s` of the slice axis. @param into width · height, overwritten; @param scale added weight of every voxel */
  sample(voxels: VoxelArray, s: number, into: Float32Array): void {
    into.fill(0);
    for (let t = 0; t < this.through.width; t++) {
      const share = this.through.weight[s * this.through.width + t];
      if (share !== 0) this.addSlice(voxels, this.through.index[s * this.through.width + t], share, into);
    }
  }

  private addSlice(voxels: VoxelArray, k: number, share: number, into: Float32Array): void {
    const { width, height, across, down, squeezed } = this;
    const base = k * this.strideThrough;
    for (let row = 0; row < this.rowsOfSource; row++)
      for (let x = 0; x < width; x++) {
        let sum = 0;
        for (let t = x * across.width; t < (x + 1) * across.width; t++) {
          const w = across.weight[t];
          if (w === 0) continue;
          const v = voxels[base + row * this.strideDown + across.index[t] * this.strideAcross];
          // A voxel that is not a number (outside the field of view of some PET) counts as nothing.
          if (v === v) sum += w * v;
        }
        squeezed[row * width + x] = sum;
      }
    for (let y = 0; y < height; y++)
      for (let t = y * down.width; t < (y + 1) * down.width; t++) {
        const w = down.weight[t] * share;
        if (w === 0) continue;
        const from = down.index[t] * width;
        const to = y * width;
        for (let x = 0; x < width; x++) into[to + x] += w * squeezed[from + x];
      }
  }
}

/** Where each voxel of a scan's axis lies between positions of the learning grid: lower position and fraction. */
interface Places {
  readonly lower: Int32Array;
  readonly upper: Int32Array;
  readonly fraction: Float32Array;
}

function places(axis: GridAxis, n: number): Places {
  const lower = new Int32Array(n);
  const upper = new Int32Array(n);
  const fraction = new Float32Array(n);
  for (let i = 0; i < n; i++) {
    const p = (i - axis.start) / axis.step;
    const near = Math.round(p);
    // Exactly on a position (both grids alike): no neighbour may seep in by rounding.
    const floor = Math.abs(p - near) < 1e-6 ? near : Math.floor(p);
    lower[i] = clamp(floor, axis.length);
    upper[i] = clamp(floor + 1, axis.length);
    fraction[i] = floor === near && Math.abs(p - near) < 1e-6 ? 0 : p - floor;
  }
  return { lower, upper, fraction };
}

/**
 * The way back: planes of the learning grid, sampled at the centres of the scan's own voxels (linear along each
 * axis). Give planes in any way that can be asked again by number; the scan's slices come one at a time.
 */
export class NativeSampler {
  private readonly across: Places;
  private readonly down: Places;
  private readonly through: Places;
  private readonly grid: LearningGrid;

  constructor(grid: LearningGrid) {
    const { size } = grid.native;
    this.grid = grid;
    this.across = places(grid.columns, size[grid.columns.source]);
    this.down = places(grid.rows, size[grid.rows.source]);
    this.through = places(grid.slices, size[2]);
  }

  /** The planes that slice k of the scan lies between, and the share of the second. */
  planesOf(k: number): { readonly lower: number; readonly upper: number; readonly fraction: number } {
    return {
      lower: this.through.lower[k],
      upper: this.through.upper[k],
      fraction: this.through.fraction[k],
    };
  }

  /** Adds `share` of a plane to one slice of the scan. @param into nx · ny of the scan, i fastest */
  add(plane: Float32Array, share: number, into: Float32Array): void {
    const { grid, across, down } = this;
    const width = grid.columns.length;
    const [nx, ny] = grid.native.size;
    const swapped = grid.columns.source === 1;
    for (let j = 0; j < ny; j++)
      for (let i = 0; i < nx; i++) {
        const a = swapped ? j : i;
        const b = swapped ? i : j;
        const fx = across.fraction[a];
        const fy = down.fraction[b];
        const top = down.lower[b] * width;
        const bottom = down.upper[b] * width;
        const x0 = across.lower[a];
        const x1 = across.upper[a];
        into[j * nx + i] +=
          share *
          ((1 - fy) * ((1 - fx) * plane[top + x0] + fx * plane[top + x1]) +
            fy * ((1 - fx) * plane[bottom + x0] + fx * plane[bottom + x1]));
      }
  }
}

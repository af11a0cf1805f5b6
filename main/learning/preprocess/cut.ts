import { sameGrid } from '../../imaging/space/geometry';
import type { Volume } from '../../imaging/volume';
import { StudioError } from '../store/failure';
import { learningGrid, tilesOf, type BodyBox, type LearningGrid, type Slicing, type Tile } from './grid';
import { normalise, type Intensity } from './intensity';
import { PlaneSampler } from './resample';

/** A slice of a case as the network sees it. */
export interface SlicePlace {
  /** Position along the slice axis of the learning grid. */
  readonly s: number;
  readonly tile: Tile;
}

/** A case, resampled and scaled, ready to be read slice by slice. */
export interface CutCase {
  readonly grid: LearningGrid;
  readonly size: number;
  readonly channels: number;
  readonly intensities: readonly Intensity[];
  readonly places: readonly SlicePlace[];
  /** Writes slice `index` into `into`: size · size · channels, row by row, channels fastest. */
  read(index: number, into: Float32Array): void;
  /** Width and height of the whole planes that the slices are windows of. */
  readonly plane: { readonly width: number; readonly height: number };
  /** Writes a window of plane `s`, of any size; beyond the border stands the background. */
  readWindow(s: number, tile: Tile, width: number, height: number, into: Float32Array): void;
}

/** Lets other work in between slices; throws where the job is to stop. */
export type Breathe = () => Promise<void>;

/**
 * Cuts a case into the slices that the network sees: resampled, clipped and z-scored per volume.
 * @param channels volumes on one grid, the first is the one that contours are drawn on
 * @throws StudioError if a channel lies on another grid or holds nothing
 */
export async function cutCase(
  channels: readonly Volume[],
  slicing: Slicing,
  breathe: Breathe,
): Promise<CutCase> {
  const native = channels[0].geometry;
  const grid = learningGrid(native, slicing);
  const sampler = new PlaneSampler(grid, slicing.interpolation);
  const plane = sampler.width * sampler.height;
  const stacks: Float32Array[] = [];
  const intensities: Intensity[] = [];
  for (const [c, volume] of channels.entries()) {
    if (!sameGrid(native, volume.geometry))
      throw new StudioError(
        `Channel ${c + 1} lies on another grid than the first one.`,
        'Resample it to the grid of the first channel.',
      );
    const stack = new Float32Array(plane * grid.slices.length);
    for (let s = 0; s < grid.slices.length; s++) {
      sampler.sample(volume.voxels, s, stack.subarray(s * plane, (s + 1) * plane));
      if (s % 8 === 7) await breathe();
    }
    if (slicing.window && volume.modality === 'CT') clip(stack, slicing.window);
    const intensity = normalise(stack);
    if (intensity === null)
      throw new StudioError(
        `Channel ${c + 1} holds one value only, so there is nothing to see in it.`,
        'Leave this scan out.',
      );
    stacks.push(stack);
    intensities.push(intensity);
    await breathe();
  }
  const tiles = tilesOf(grid, slicing.size, bodyBox(stacks[0], sampler.width, sampler.height));
  const places = Array.from({ length: grid.slices.length }, (_, s) =>
    tiles.map((tile) => ({ s, tile })),
  ).flat();
  const { size } = slicing;
  const readWindow: CutCase['readWindow'] = (s, tile, width, height, into) => {
    for (const [c, stack] of stacks.entries())
      copyWindow(
        { pixels: stack.subarray(s * plane, (s + 1) * plane), width: sampler.width, height: sampler.height },
        tile,
        { into, width, height, stride: stacks.length, offset: c, outside: intensities[c].background },
      );
  };
  return {
    grid,
    size,
    channels: channels.length,
    intensities,
    places,
    plane: { width: sampler.width, height: sampler.height },
    readWindow,
    read: (index, into) => readWindow(places[index].s, places[index].tile, size, size, into),
  };
}

function clip(values: Float32Array, [low, high]: readonly [number, number]): void {
  for (let i = 0; i < values.length; i++) values[i] = Math.min(high, Math.max(low, values[i]));
}

/** A resampled slice. */
export interface Plane {
  readonly pixels: Float32Array;
  readonly width: number;
  readonly height: number;
}

/** Where a window of a plane goes: every `stride`-th value from `offset`, row by row. */
export interface WindowTarget {
  readonly into: Float32Array;
  readonly width: number;
  readonly height: number;
  readonly stride: number;
  readonly offset: number;
  /** What stands beyond the border of the plane. */
  readonly outside: number;
}

/** Copies a window of a plane. */
export function copyWindow(plane: Plane, { x: x0, y: y0 }: Tile, target: WindowTarget): void {
  const { into, width, height, stride, offset, outside } = target;
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const px = x0 + x;
      const py = y0 + y;
      const inside = px >= 0 && px < plane.width && py >= 0 && py < plane.height;
      into[(y * width + x) * stride + offset] = inside ? plane.pixels[py * plane.width + px] : outside;
    }
}

/**
 * Where the body is in the plane: columns and rows of which, over all slices, at least one voxel in fifty stands
 * a tenth of the range above the darkest. The whole plane where nothing does.
 */
function bodyBox(stack: Float32Array, width: number, height: number): BodyBox {
  const columns = new Float64Array(width);
  const rows = new Float64Array(height);
  let low = Infinity;
  let high = -Infinity;
  for (const v of stack) {
    if (v < low) low = v;
    if (v > high) high = v;
  }
  const level = low + 0.1 * (high - low);
  const slices = stack.length / (width * height);
  for (let i = 0; i < stack.length; i++)
    if (stack[i] > level) {
      columns[i % width]++;
      rows[Math.floor(i / width) % height]++;
    }
  const span = (counts: Float64Array, others: number): readonly [number, number] => {
    const enough = (n: number): boolean => n >= (others * slices) / 50;
    const from = counts.findIndex(enough);
    return from < 0 ? [0, counts.length] : [from, counts.findLastIndex(enough) + 1];
  };
  return { x: span(columns, height), y: span(rows, width) };
}

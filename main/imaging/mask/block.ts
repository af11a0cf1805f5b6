import type { VolumeGeometry } from '../space/geometry';
import { isEmpty, type Box } from './box';
import { FlipRuns } from './flip-runs';
import type { Flips } from './flips';

/** A block of voxels cut out of a grid, to work on alone: i fastest, then j, then k. */
export interface Block {
  readonly box: Box;
  readonly size: readonly [number, number, number];
}

export const blockOf = (box: Box): Block => ({
  box,
  size: isEmpty(box)
    ? [0, 0, 0]
    : [box.to[0] - box.from[0] + 1, box.to[1] - box.from[1] + 1, box.to[2] - box.from[2] + 1],
});

export const blockVoxels = ({ size }: Block): number => size[0] * size[1] * size[2];

/** The part of a mask that lies in the block. */
export function cutOut(mask: Uint8Array, grid: VolumeGeometry['size'], block: Block): Uint8Array {
  const part = new Uint8Array(blockVoxels(block));
  forEachRow(grid, block, (start, at, length) => part.set(mask.subarray(start, start + length), at));
  return part;
}

/** The flips that give the mask the content of the block, and leave it alone elsewhere. */
export function flipsToBlock(
  mask: Uint8Array,
  grid: VolumeGeometry['size'],
  block: Block,
  content: Uint8Array,
): Flips {
  const runs = new FlipRuns();
  forEachRow(grid, block, (start, at, length) => {
    for (let x = 0; x < length; x++) if (mask[start + x] !== content[at + x]) runs.add(start + x);
  });
  return runs.flips();
}

/** Visits the rows of a block: where each starts in the grid and in the block, and how long it is. */
export function forEachRow(
  grid: VolumeGeometry['size'],
  { box, size }: Block,
  visit: (start: number, at: number, length: number) => void,
): void {
  for (let k = 0, at = 0; k < size[2]; k++)
    for (let j = 0; j < size[1]; j++, at += size[0])
      visit(((k + box.from[2]) * grid[1] + j + box.from[1]) * grid[0] + box.from[0], at, size[0]);
}

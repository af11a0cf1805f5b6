import type { VolumeGeometry } from '../space/geometry';
import { blockOf, cutOut, flipsToBlock, type Block } from './block';
import { boxOfMask, grownBox, isEmpty, type Box } from './box';
import type { Flips } from './flips';
import { labelRegions } from './regions';

/**
 * Fills what is enclosed: in space (`across` null), or plane by plane across an axis of the grid.
 * @param index with an axis: this plane alone.
 */
export function fillHoles(
  mask: Uint8Array,
  g: VolumeGeometry,
  across: 0 | 1 | 2 | null,
  index?: number,
): Flips {
  const found = boxOfMask(mask, g.size);
  if (isEmpty(found)) return new Uint32Array(0);
  // One voxel more on each side, within the grid: what reaches the block's edge there is open to the outside.
  const block = blockOf(grownBox(found, [1, 1, 1], g.size));
  const content = cutOut(mask, g.size, block);
  if (across === null) return flipsToBlock(mask, g.size, block, filled(content, block.size));
  for (let plane = 0; plane < block.size[across]; plane++) {
    if (index !== undefined && plane + block.box.from[across] !== index) continue;
    const slab = planeOfBlock(block, across, plane);
    const inner: Box = { from: slab.box.from, to: slab.box.to };
    const part = filled(cutOut(content, block.size, blockOf(inner)), slab.size);
    putBack(content, block.size, slab, part);
  }
  return flipsToBlock(mask, g.size, block, content);
}

function filled(content: Uint8Array, size: readonly [number, number, number]): Uint8Array {
  const { labels, touchesEdge } = labelRegions(content, size, 0, 'corners');
  return content.map((x, v) => (x === 1 || !touchesEdge[labels[v] - 1] ? 1 : 0));
}

/** One plane of a block, in the block's own indices. */
function planeOfBlock(block: Block, across: 0 | 1 | 2, plane: number): Block {
  const from: [number, number, number] = [0, 0, 0];
  const to: [number, number, number] = [block.size[0] - 1, block.size[1] - 1, block.size[2] - 1];
  from[across] = to[across] = plane;
  return blockOf({ from, to });
}

function putBack(
  content: Uint8Array,
  size: readonly [number, number, number],
  slab: Block,
  part: Uint8Array,
): void {
  let p = 0;
  for (let k = slab.box.from[2]; k <= slab.box.to[2]; k++)
    for (let j = slab.box.from[1]; j <= slab.box.to[1]; j++)
      for (let i = slab.box.from[0]; i <= slab.box.to[0]; i++)
        content[(k * size[1] + j) * size[0] + i] = part[p++];
}

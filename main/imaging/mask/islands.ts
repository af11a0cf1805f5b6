import { voxelMillilitres, type VolumeGeometry } from '../space/geometry';
import { boxOfMask, isEmpty } from './box';
import { blockOf, cutOut, flipsToBlock } from './block';
import { labelRegions } from './regions';
import type { Flips } from './flips';

/** Removes all islands but the largest one. */
export function keepLargestIsland(mask: Uint8Array, g: VolumeGeometry): Flips {
  return keepIslands(mask, g, (sizes) => {
    const largest = sizes.indexOf(Math.max(...sizes));
    return (island) => island === largest;
  });
}

/** Removes islands of less than `millilitres`. */
export function removeSmallIslands(mask: Uint8Array, g: VolumeGeometry, millilitres: number): Flips {
  const least = (millilitres / voxelMillilitres(g)) * (1 - 1e-9);
  return keepIslands(mask, g, (sizes) => (island) => sizes[island] >= least);
}

/** Removes all islands but those that hold one of the voxels given. */
export function keepIslandsAt(mask: Uint8Array, g: VolumeGeometry, offsets: readonly number[]): Flips {
  const box = boxOfMask(mask, g.size);
  if (isEmpty(box)) return new Uint32Array(0);
  const block = blockOf(box);
  const content = cutOut(mask, g.size, block);
  const { labels } = labelRegions(content, block.size, 1, 'faces');
  const chosen = new Set(
    offsets
      .filter((offset) => mask[offset] === 1)
      .map((offset) => {
        const i = (offset % g.size[0]) - box.from[0];
        const j = (Math.floor(offset / g.size[0]) % g.size[1]) - box.from[1];
        const k = Math.floor(offset / (g.size[0] * g.size[1])) - box.from[2];
        return labels[(k * block.size[1] + j) * block.size[0] + i];
      }),
  );
  for (let v = 0; v < content.length; v++) if (!chosen.has(labels[v])) content[v] = 0;
  return flipsToBlock(mask, g.size, block, content);
}

/** Voxels of each island, joined through faces; largest first. */
export function islandSizes(mask: Uint8Array, g: VolumeGeometry): number[] {
  const block = blockOf(boxOfMask(mask, g.size));
  return labelRegions(cutOut(mask, g.size, block), block.size, 1, 'faces').sizes.sort((a, b) => b - a);
}

function keepIslands(
  mask: Uint8Array,
  g: VolumeGeometry,
  rule: (sizes: readonly number[]) => (island: number) => boolean,
): Flips {
  const box = boxOfMask(mask, g.size);
  if (isEmpty(box)) return new Uint32Array(0);
  const block = blockOf(box);
  const content = cutOut(mask, g.size, block);
  const { labels, sizes } = labelRegions(content, block.size, 1, 'faces');
  const kept = rule(sizes);
  for (let v = 0; v < content.length; v++) if (content[v] === 1 && !kept(labels[v] - 1)) content[v] = 0;
  return flipsToBlock(mask, g.size, block, content);
}

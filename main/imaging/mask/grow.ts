import type { VolumeGeometry } from '../space/geometry';
import { blockOf, cutOut, flipsToBlock } from './block';
import { boxOfMask, grownBox, isEmpty } from './box';
import { squaredDistanceTo } from './distance';
import type { Flips } from './flips';

/**
 * Grows (mm > 0) or shrinks (mm < 0) a mask by a distance, exactly and alike in all directions of the patient
 * (SEMANTICS.md, Drawing). @returns the change; the mask is not touched.
 */
export function growMask(mask: Uint8Array, g: VolumeGeometry, mm: number): Flips {
  const box = boxOfMask(mask, g.size);
  if (isEmpty(box) || mm === 0) return new Uint32Array(0);
  const reach = Math.abs(mm) * (1 + 1e-9);
  const margin = (axis: number): number => (mm > 0 ? Math.ceil(reach / g.spacing[axis]) : 1);
  const block = blockOf(grownBox(box, [margin(0), margin(1), margin(2)], g.size));
  const content = cutOut(mask, g.size, block);
  const distance = squaredDistanceTo(content, mm > 0 ? 1 : 0, block.size, g.spacing);
  const value = mm > 0 ? 1 : 0;
  for (let v = 0; v < content.length; v++) if (distance[v] <= reach * reach) content[v] = value;
  return flipsToBlock(mask, g.size, block, content);
}

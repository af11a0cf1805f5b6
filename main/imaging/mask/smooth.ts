import type { VolumeGeometry } from '../space/geometry';
import { blockOf, cutOut, flipsToBlock } from './block';
import { boxOfMask, grownBox, isEmpty } from './box';
import type { Flips } from './flips';

/**
 * Smooths a mask: blurred by a Gaussian of `sigmaMm` along the axes given, cut at one half. Removes what is thinner than
 * about two sigma; straight borders stay where they are. Beyond the grid the outermost voxels go on.
 * @param axes default all three; [0, 1] smooths slice by slice.
 */
export function smoothMask(
  mask: Uint8Array,
  g: VolumeGeometry,
  sigmaMm: number,
  axes: readonly (0 | 1 | 2)[] = [0, 1, 2],
): Flips {
  const box = boxOfMask(mask, g.size);
  if (isEmpty(box) || sigmaMm <= 0) return new Uint32Array(0);
  const reach = [0, 1, 2].map((axis) =>
    axes.includes(axis as 0 | 1 | 2) ? Math.ceil((3 * sigmaMm) / g.spacing[axis]) : 0,
  );
  const block = blockOf(grownBox(box, [reach[0], reach[1], reach[2]], g.size));
  const content = cutOut(mask, g.size, block);
  let field = Float32Array.from(content);
  for (const axis of axes)
    field = blurred(field, block.size, axis, kernel(sigmaMm / g.spacing[axis], reach[axis]));
  for (let v = 0; v < content.length; v++) content[v] = field[v] >= 0.5 ? 1 : 0;
  return flipsToBlock(mask, g.size, block, content);
}

/** Weights from the centre outwards; they and their mirror images sum to 1. */
function kernel(sigma: number, reach: number): Float32Array {
  const weights = Float32Array.from({ length: reach + 1 }, (_, n) =>
    Math.exp(-(n * n) / (2 * sigma * sigma)),
  );
  const sum = weights.reduce((total, w, n) => total + (n === 0 ? w : 2 * w), 0);
  return weights.map((w) => w / sum);
}

function blurred(
  field: Float32Array,
  size: readonly [number, number, number],
  axis: 0 | 1 | 2,
  weights: Float32Array,
): Float32Array<ArrayBuffer> {
  const step = [1, size[0], size[0] * size[1]][axis];
  const length = size[axis];
  const out = new Float32Array(field.length);
  for (let v = 0; v < field.length; v++) {
    const at = Math.floor(v / step) % length;
    let sum = weights[0] * field[v];
    for (let n = 1; n < weights.length; n++) {
      const down = Math.min(n, at);
      const up = Math.min(n, length - 1 - at);
      sum += weights[n] * (field[v - down * step] + field[v + up * step]);
    }
    out[v] = sum;
  }
  return out;
}

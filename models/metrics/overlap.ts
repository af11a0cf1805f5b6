import { distanceTo, surfaceOf } from './distance';
import { assertMask, voxelsInside, type Grid, type Mask } from './grid';

/** Voxels that are in both, in the prediction alone and in the truth alone. */
export interface Overlap {
  readonly both: number;
  readonly predictionOnly: number;
  readonly truthOnly: number;
}

export function overlap(prediction: Mask, truth: Mask): Overlap {
  if (prediction.length !== truth.length)
    throw new RangeError('The prediction and the truth lie on different grids.');
  let both = 0;
  let predictionOnly = 0;
  let truthOnly = 0;
  for (let v = 0; v < truth.length; v++)
    if (prediction[v]) {
      if (truth[v]) both++;
      else predictionOnly++;
    } else if (truth[v]) truthOnly++;
  return { both, predictionOnly, truthOnly };
}

/** Dice similarity coefficient, 0 to 1 (eq. 6). Both empty is full agreement, 1. */
export function dice({ both, predictionOnly, truthOnly }: Overlap): number {
  const sum = 2 * both + predictionOnly + truthOnly;
  return sum === 0 ? 1 : (2 * both) / sum;
}

/** Share of the truth that was found, 0 to 1 (eq. 7); null where there was nothing to find. */
export function sensitivity({ both, truthOnly }: Overlap): number | null {
  return both + truthOnly === 0 ? null : both / (both + truthOnly);
}

/** Share of the prediction that is true, 0 to 1; null where nothing was predicted. */
export function precision({ both, predictionOnly }: Overlap): number | null {
  return both + predictionOnly === 0 ? null : both / (both + predictionOnly);
}

/**
 * Boundary IoU (eq. 8; Cheng et al. 2021): intersection over union of the voxels within `width` mm of the outside
 * of either mask, off the grid included, and at least the outermost voxels. Both empty is 1.
 * @param width mm, greater than 0
 */
export function boundaryIou(prediction: Mask, truth: Mask, grid: Grid, width: number): number {
  assertMask(prediction, grid);
  assertMask(truth, grid);
  if (voxelsInside(prediction) + voxelsInside(truth) === 0) return 1;
  const a = innerBand(prediction, grid, width);
  const b = innerBand(truth, grid, width);
  const { both, predictionOnly, truthOnly } = overlap(a, b);
  return both / (both + predictionOnly + truthOnly);
}

/** Voxels of the mask on its surface, or whose centre lies within `width` mm of the centre of a voxel outside it. */
function innerBand(mask: Mask, grid: Grid, width: number): Mask {
  // A border of outside voxels stands for what lies off the grid; a single slice has none above or below.
  const [ni, nj, nk] = grid.size;
  const rim = nk === 1 ? 0 : 1;
  const size = [ni + 2, nj + 2, nk + 2 * rim] as const;
  const outside = new Uint8Array(size[0] * size[1] * size[2]).fill(1);
  const at = (i: number, j: number, k: number): number => ((k + rim) * size[1] + j + 1) * size[0] + i + 1;
  for (let k = 0, v = 0; k < nk; k++)
    for (let j = 0; j < nj; j++) for (let i = 0; i < ni; i++, v++) if (mask[v]) outside[at(i, j, k)] = 0;
  const distance = distanceTo(outside, { size, spacing: grid.spacing });
  const band = surfaceOf(mask, grid);
  for (let k = 0, v = 0; k < nk; k++)
    for (let j = 0; j < nj; j++)
      for (let i = 0; i < ni; i++, v++) if (mask[v] && distance[at(i, j, k)] <= width + 1e-9) band[v] = 1;
  return band;
}

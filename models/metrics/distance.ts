import type { Grid, Mask } from './grid';

/**
 * Exact Euclidean distance, mm, from each voxel centre to the nearest voxel of the mask, 0 inside it (Felzenszwalb
 * and Huttenlocher 2012, one pass an axis). Infinity everywhere where the mask is empty.
 */
export function distanceTo(mask: Mask, grid: Grid): Float64Array {
  const [ni, nj, nk] = grid.size;
  const squared = new Float64Array(mask.length);
  for (let v = 0; v < mask.length; v++) squared[v] = mask[v] ? 0 : Infinity;
  const pass = lowerEnvelope(Math.max(ni, nj, nk));
  for (let k = 0; k < nk; k++)
    for (let j = 0; j < nj; j++) pass(squared, (k * nj + j) * ni, 1, ni, grid.spacing[0]);
  for (let k = 0; k < nk; k++)
    for (let i = 0; i < ni; i++) pass(squared, k * nj * ni + i, ni, nj, grid.spacing[1]);
  for (let j = 0; j < nj; j++)
    for (let i = 0; i < ni; i++) pass(squared, j * ni + i, ni * nj, nk, grid.spacing[2]);
  for (let v = 0; v < squared.length; v++) squared[v] = Math.sqrt(squared[v]);
  return squared;
}

type Pass = (values: Float64Array, start: number, step: number, count: number, spacing: number) => void;

/** The lower envelope of parabolas on one line of the grid, in place. */
function lowerEnvelope(longest: number): Pass {
  const line = new Float64Array(longest);
  const apex = new Int32Array(longest);
  const border = new Float64Array(longest + 1);
  return (values, start, step, count, spacing) => {
    for (let q = 0; q < count; q++) line[q] = values[start + q * step];
    let last = -1;
    for (let q = 0; q < count; q++) {
      if (line[q] === Infinity) continue;
      const x = q * spacing;
      let from = -Infinity;
      while (last >= 0) {
        const a = apex[last] * spacing;
        from = (line[q] + x * x - line[apex[last]] - a * a) / (2 * (x - a));
        if (from > border[last]) break;
        last--;
        from = -Infinity;
      }
      last++;
      apex[last] = q;
      border[last] = from;
    }
    if (last < 0) return;
    for (let q = 0, s = 0; q < count; q++) {
      const x = q * spacing;
      while (s < last && border[s + 1] < x) s++;
      const d = x - apex[s] * spacing;
      values[start + q * step] = line[apex[s]] + d * d;
    }
  };
}

/**
 * Voxels of the mask with a face on the outside; what lies off the grid is outside (as MedPy and SciPy erode).
 * On a single slice (size[2] = 1) only the four neighbours in the slice count.
 */
export function surfaceOf(mask: Mask, grid: Grid): Mask {
  const [ni, nj, nk] = grid.size;
  const out = new Uint8Array(mask.length);
  for (let k = 0, v = 0; k < nk; k++)
    for (let j = 0; j < nj; j++)
      for (let i = 0; i < ni; i++, v++) {
        if (!mask[v]) continue;
        const inside =
          i > 0 &&
          i < ni - 1 &&
          j > 0 &&
          j < nj - 1 &&
          mask[v - 1] &&
          mask[v + 1] &&
          mask[v - ni] &&
          mask[v + ni] &&
          (nk === 1 || (k > 0 && k < nk - 1 && mask[v - ni * nj] && mask[v + ni * nj]));
        if (!inside) out[v] = 1;
      }
  return out;
}

/** Distances, mm, from each surface voxel of `from` to the surface of `to`, unordered. Neither may be empty. */
export function surfaceDistances(from: Mask, to: Mask, grid: Grid): Float64Array {
  return distancesAt(surfaceOf(from, grid), distanceTo(surfaceOf(to, grid), grid));
}

/** The values of a distance map at the voxels of a mask. */
export function distancesAt(mask: Mask, map: Float64Array): Float64Array {
  let count = 0;
  for (let v = 0; v < mask.length; v++) if (mask[v]) count++;
  const out = new Float64Array(count);
  for (let v = 0, n = 0; v < mask.length; v++) if (mask[v]) out[n++] = map[v];
  return out;
}

import { distancesAt, distanceTo, surfaceOf } from './distance';
import { assertMask, boundingBox, cutMask, type Grid, type Mask } from './grid';

/** Surfaces of two masks and how far each surface voxel lies from the other surface, mm. */
export interface SurfacePair {
  readonly predictionToTruth: Float64Array;
  readonly truthToPrediction: Float64Array;
}

/** Null where either mask is empty: there is then no distance to speak of. */
export function surfacePair(prediction: Mask, truth: Mask, grid: Grid): SurfacePair | null {
  assertMask(prediction, grid);
  assertMask(truth, grid);
  if (!prediction.includes(1) || !truth.includes(1)) return null;
  const surfaces = [surfaceOf(prediction, grid), surfaceOf(truth, grid)] as const;
  const box = boundingBox(grid, ...surfaces);
  if (!box) return null;
  const [p, t] = surfaces.map((s) => cutMask(s, grid, box));
  return {
    predictionToTruth: distancesAt(p.mask, distanceTo(t.mask, t.grid)),
    truthToPrediction: distancesAt(t.mask, distanceTo(p.mask, p.grid)),
  };
}

/**
 * 95 % Hausdorff distance, mm (eq. 9): the 95th percentile, linearly interpolated, of the distances of both
 * surfaces together, as MedPy defines it.
 */
export function hausdorff95({ predictionToTruth, truthToPrediction }: SurfacePair): number {
  const all = new Float64Array(predictionToTruth.length + truthToPrediction.length);
  all.set(predictionToTruth);
  all.set(truthToPrediction, predictionToTruth.length);
  return percentile(all.sort(), 0.95);
}

/** Average symmetric surface distance, mm: the mean over both surfaces' voxels together. */
export function averageSurfaceDistance({ predictionToTruth, truthToPrediction }: SurfacePair): number {
  const sum = (a: Float64Array): number => a.reduce((s, v) => s + v, 0);
  return (
    (sum(predictionToTruth) + sum(truthToPrediction)) / (predictionToTruth.length + truthToPrediction.length)
  );
}

/**
 * Surface DSC (Nikolov et al. 2021), counted in surface voxels: the share of both surfaces that lies within
 * `tolerance` mm of the other.
 */
export function surfaceDice(pair: SurfacePair, tolerance: number): number {
  const near = (a: Float64Array): number => a.reduce((n, d) => n + (d <= tolerance + 1e-9 ? 1 : 0), 0);
  const total = pair.predictionToTruth.length + pair.truthToPrediction.length;
  return (near(pair.predictionToTruth) + near(pair.truthToPrediction)) / total;
}

/**
 * Added path length, mm (Vaassen et al. 2020): how much contour a person must draw, slice by slice, where the
 * predicted contour does not lie within `tolerance` mm of the true one. In-plane spacing must be square to be exact.
 */
export function addedPathLength(prediction: Mask, truth: Mask, grid: Grid, tolerance = 0): number {
  assertMask(prediction, grid);
  assertMask(truth, grid);
  const [ni, nj, nk] = grid.size;
  const slice: Grid = { size: [ni, nj, 1], spacing: grid.spacing };
  let added = 0;
  for (let k = 0; k < nk; k++) {
    const from = k * ni * nj;
    const drawn = surfaceOf(truth.subarray(from, from + ni * nj), slice);
    if (!drawn.includes(1)) continue;
    const proposed = surfaceOf(prediction.subarray(from, from + ni * nj), slice);
    const away = tolerance > 0 ? distanceTo(proposed, slice) : null;
    for (let v = 0; v < drawn.length; v++)
      if (drawn[v] && !(away ? away[v] <= tolerance + 1e-9 : proposed[v])) added++;
  }
  return (added * (grid.spacing[0] + grid.spacing[1])) / 2;
}

/** Percentile of ascending values, linear between neighbours (NumPy's default). */
export function percentile(sorted: Float64Array, share: number): number {
  const at = share * (sorted.length - 1);
  const low = Math.floor(at);
  const high = Math.min(low + 1, sorted.length - 1);
  return sorted[low] + (sorted[high] - sorted[low]) * (at - low);
}

import type { Accept } from '../../main/imaging/mask/brush';
import { toVoxel, type PatientPoint } from '../../main/imaging/space/geometry';
import type { LoadedVolume } from '../state/volume.svelte';

/** Standard deviations about the mean of what the stroke started on that still count as the same tissue. */
const tolerance = 2.5;
/** The spread is never taken as smaller than this share of the volume's usual range, or noise-free tissue stops it. */
const leastSpread = 0.02;

/**
 * Paints only what resembles the tissue on which the stroke started: values within a few standard deviations of
 * a small neighbourhood (half the brush's radius) of the first point.
 */
export function smartAccept(volume: LoadedVolume, at: PatientPoint, radius: number): Accept {
  const { geometry, range } = volume.info;
  const { size, spacing } = geometry;
  const middle = toVoxel(geometry, at).map(Math.round);
  const reach = spacing.map((mm) => Math.max(1, Math.floor(radius / 2 / mm)));
  let n = 0;
  let sum = 0;
  let squares = 0;
  const within = (axis: number, from: number): boolean => from >= 0 && from < size[axis];
  for (let k = middle[2] - Math.min(1, reach[2]); k <= middle[2] + Math.min(1, reach[2]); k++)
    for (let j = middle[1] - reach[1]; j <= middle[1] + reach[1]; j++)
      for (let i = middle[0] - reach[0]; i <= middle[0] + reach[0]; i++) {
        if (!within(0, i) || !within(1, j) || !within(2, k)) continue;
        const value = volume.voxels[i + size[0] * (j + size[1] * k)];
        n++;
        sum += value;
        squares += value * value;
      }
  if (n === 0) return () => false;
  const mean = sum / n;
  const deviation = Math.sqrt(Math.max(0, squares / n - mean * mean));
  const spread = tolerance * Math.max(deviation, leastSpread * (range.p99 - range.p1));
  return (offset) => Math.abs(volume.voxels[offset] - mean) <= spread;
}

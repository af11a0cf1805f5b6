import type { OpenVolume } from '../../preload/api';
import type { VoxelArray } from '../imaging/volume';

/** Percentiles are taken of at most this many voxels, evenly spread; the error is far below what a window shows. */
const SAMPLE = 400_000;

/** Extremes of all finite voxels, 1st and 99th percentile of an even sample, in the volume's unit. */
export function rangeOf(voxels: VoxelArray): OpenVolume['range'] {
  let min = Infinity;
  let max = -Infinity;
  // By index: somebody waits for it, and iterators are slow over 10⁸ voxels.
  for (let v = 0; v < voxels.length; v++) {
    const value = voxels[v];
    if (value < min) min = value;
    if (value > max && value !== Infinity) max = value;
  }
  if (!Number.isFinite(min) || !Number.isFinite(max)) return { min: 0, max: 0, p1: 0, p99: 0 };
  const step = Math.max(1, Math.floor(voxels.length / SAMPLE));
  const sample = new Float32Array(Math.ceil(voxels.length / step));
  let n = 0;
  for (let v = 0; v < voxels.length; v += step) if (Number.isFinite(voxels[v])) sample[n++] = voxels[v];
  const sorted = sample.subarray(0, n).sort();
  const at = (share: number): number => sorted[Math.min(n - 1, Math.max(0, Math.round(share * (n - 1))))];
  return { min, max, p1: at(0.01), p99: at(0.99) };
}

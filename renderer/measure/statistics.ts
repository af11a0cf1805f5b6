import type { VolumeGeometry } from '../../main/imaging/space/geometry';
import type { VoxelArray } from '../../main/imaging/volume';

/** Figures of the voxels inside a mask, in the volume's unit. */
export interface Statistics {
  readonly mean: number;
  /** Of the population, not of a sample: the voxels are all there are. */
  readonly deviation: number;
  readonly min: number;
  readonly max: number;
  readonly median: number;
}

/** Figures of the voxels where `mask` is 1; null for an empty mask. */
export function statisticsOf(voxels: VoxelArray, mask: Uint8Array): Statistics | null {
  const values: number[] = [];
  for (let v = mask.indexOf(1); v >= 0; v = mask.indexOf(1, v + 1)) values.push(voxels[v]);
  const n = values.length;
  if (n === 0) return null;
  let sum = 0;
  for (const value of values) sum += value;
  const mean = sum / n;
  let squares = 0;
  for (const value of values) squares += (value - mean) ** 2;
  const sorted = Float64Array.from(values).sort();
  const half = Math.floor(n / 2);
  return {
    mean,
    deviation: Math.sqrt(squares / n),
    min: sorted[0],
    max: sorted[n - 1],
    median: n % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2,
  };
}

/** Radius of the ball of 1 ml over which SUVpeak is the mean; Wahl et al. 2009 (PERCIST). */
const peakRadius = Math.cbrt(3 / (4 * Math.PI)) * 10;

/**
 * The highest mean over a ball of 1 ml whose centre lies in the mask: SUVpeak. The ball may reach beyond the mask,
 * not beyond the volume. Voxels count whole, by their centres. Null for an empty mask.
 */
export function peakOf(voxels: VoxelArray, mask: Uint8Array, geometry: VolumeGeometry): number | null {
  const [nx, ny, nz] = geometry.size;
  const reach = geometry.spacing.map((mm) => Math.floor(peakRadius / mm));
  const ball: (readonly [number, number, number])[] = [];
  for (let k = -reach[2]; k <= reach[2]; k++)
    for (let j = -reach[1]; j <= reach[1]; j++)
      for (let i = -reach[0]; i <= reach[0]; i++)
        if (
          Math.hypot(i * geometry.spacing[0], j * geometry.spacing[1], k * geometry.spacing[2]) <= peakRadius
        )
          ball.push([i, j, k]);
  let peak: number | null = null;
  for (let v = mask.indexOf(1); v >= 0; v = mask.indexOf(1, v + 1)) {
    const i = v % nx;
    const j = Math.floor(v / nx) % ny;
    const k = Math.floor(v / (nx * ny));
    let sum = 0;
    let n = 0;
    for (const [di, dj, dk] of ball) {
      const [x, y, z] = [i + di, j + dj, k + dk];
      if (x < 0 || y < 0 || z < 0 || x >= nx || y >= ny || z >= nz) continue;
      sum += voxels[x + nx * (y + ny * z)];
      n++;
    }
    if (peak === null || sum / n > peak) peak = sum / n;
  }
  return peak;
}

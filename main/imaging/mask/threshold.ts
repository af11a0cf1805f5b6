import { toPatient, toVoxel, voxelIndex, type PatientPoint, type VolumeGeometry } from '../space/geometry';
import { boxAround } from './box';
import { flipsBetween, type Flips } from './flips';

/** A ball in patient space. */
export interface Ball {
  readonly centre: PatientPoint;
  readonly radiusMm: number;
}

/**
 * Adds the voxels with values in [low, high] that hang together through faces with the seed, inside a ball.
 * @param voxels the scan, on the grid of the mask. @param seed a point; nothing is added if its own voxel does not fit.
 */
export function connectedThreshold(
  mask: Uint8Array,
  voxels: ArrayLike<number>,
  g: VolumeGeometry,
  seed: PatientPoint,
  range: { readonly low: number; readonly high: number },
  ball: Ball,
): Flips {
  const box = boxAround(g, [ball.centre], ball.radiusMm);
  const [nx, ny] = g.size;
  const limit = ball.radiusMm ** 2 * (1 + 1e-9);
  const allowed = (i: number, j: number, k: number): boolean => {
    const at = [i, j, k];
    if (at.some((x, axis) => x < box.from[axis] || x > box.to[axis])) return false;
    const value = voxels[(k * ny + j) * nx + i];
    if (!(value >= range.low && value <= range.high)) return false;
    const p = toPatient(g, voxelIndex(i, j, k));
    return (
      (p[0] - ball.centre[0]) ** 2 + (p[1] - ball.centre[1]) ** 2 + (p[2] - ball.centre[2]) ** 2 <= limit
    );
  };
  const start = toVoxel(g, seed).map((x) => Math.floor(x + 0.5)) as [number, number, number];
  const after = mask.slice();
  const seen = new Set<number>();
  const todo: [number, number, number][] = [];
  const visit = (i: number, j: number, k: number): void => {
    const offset = (k * ny + j) * nx + i;
    if (seen.has(offset) || !allowed(i, j, k)) return;
    seen.add(offset);
    after[offset] = 1;
    todo.push([i, j, k]);
  };
  visit(...start);
  for (let at = todo.pop(); at !== undefined; at = todo.pop()) {
    const [i, j, k] = at;
    visit(i - 1, j, k);
    visit(i + 1, j, k);
    visit(i, j - 1, k);
    visit(i, j + 1, k);
    visit(i, j, k - 1);
    visit(i, j, k + 1);
  }
  return flipsBetween(mask, after);
}

/** The largest value of the scan inside a ball, e.g. SUVmax for a threshold in per cent; null where it holds no centre. */
export function maximumInBall(voxels: ArrayLike<number>, g: VolumeGeometry, ball: Ball): number | null {
  const box = boxAround(g, [ball.centre], ball.radiusMm);
  const limit = ball.radiusMm ** 2 * (1 + 1e-9);
  let best: number | null = null;
  for (let k = box.from[2]; k <= box.to[2]; k++)
    for (let j = box.from[1]; j <= box.to[1]; j++)
      for (let i = box.from[0]; i <= box.to[0]; i++) {
        const p = toPatient(g, voxelIndex(i, j, k));
        const d2 = p.reduce((sum, x, axis) => sum + (x - ball.centre[axis]) ** 2, 0);
        const value = voxels[(k * g.size[1] + j) * g.size[0] + i];
        if (d2 <= limit && (best === null || value > best)) best = value;
      }
  return best;
}

import { squaredDistances } from './pairs';

/** Neighbours, itself included, that make a point a core point. */
const CORE = 4;

/**
 * DBSCAN (Ester et al. 1996) with core points of 4. The radius is the median distance to the third nearest other
 * point, which lets half of the points be core points whatever the scale. The largest cluster is one side (0);
 * everything else, noise included, is the other (1).
 * @param points [count, length]
 */
export function dbscan(points: Float32Array, count: number): Uint8Array {
  const groups = densityGroups(points, count, medianRadius(points, count));
  const sizes = new Map<number, number>();
  for (const g of groups) if (g >= 0) sizes.set(g, (sizes.get(g) ?? 0) + 1);
  const largest = [...sizes].sort((a, b) => b[1] - a[1])[0]?.[0];
  return Uint8Array.from(groups, (g) => (largest === undefined || g === largest ? 0 : 1));
}

function medianRadius(points: Float32Array, count: number): number {
  const d = squaredDistances(points, count);
  const third = Array.from({ length: count }, (_, p) => {
    const row = d.slice(p * count, (p + 1) * count).sort();
    return row[Math.min(CORE - 1, count - 1)];
  }).sort((a, b) => a - b);
  return Math.sqrt(third[count >> 1] ?? 0);
}

/** The cluster of each point, -1 for noise. */
export function densityGroups(points: Float32Array, count: number, radius: number): Int32Array {
  const d = squaredDistances(points, count);
  const limit = radius * radius;
  const neighbours = (p: number): number[] => {
    const found: number[] = [];
    for (let q = 0; q < count; q++) if (d[p * count + q] <= limit) found.push(q);
    return found;
  };
  const groups = new Int32Array(count).fill(-1);
  let next = 0;
  for (let p = 0; p < count; p++) {
    if (groups[p] >= 0 || neighbours(p).length < CORE) continue;
    const group = next++;
    const queue = [p];
    groups[p] = group;
    for (let q = queue.pop(); q !== undefined; q = queue.pop()) {
      const around = neighbours(q);
      if (around.length < CORE) continue;
      for (const r of around)
        if (groups[r] < 0) {
          groups[r] = group;
          queue.push(r);
        }
    }
  }
  return groups;
}

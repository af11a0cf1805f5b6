import { squaredDistances } from './pairs';

/**
 * Hierarchical clustering down to two clusters, Ward's linkage (Lance and Williams' update on squared distances).
 * @param points [count, length]
 * @returns 0 or 1 a point
 */
export function agglomerate(points: Float32Array, count: number): Uint8Array {
  const labels = new Uint8Array(count);
  if (count < 2) return labels;
  const d = squaredDistances(points, count);
  const size = new Uint32Array(count).fill(1);
  const cluster = Uint32Array.from({ length: count }, (_, p) => p);
  let alive = Array.from({ length: count }, (_, p) => p);
  while (alive.length > 2) {
    let [a, b] = [alive[0], alive[1]];
    for (let i = 0; i < alive.length; i++)
      for (let j = i + 1; j < alive.length; j++)
        if (d[alive[i] * count + alive[j]] < d[a * count + b]) [a, b] = [alive[i], alive[j]];
    for (const c of alive) {
      if (c === a || c === b) continue;
      const merged =
        ((size[a] + size[c]) * d[a * count + c] +
          (size[b] + size[c]) * d[b * count + c] -
          size[c] * d[a * count + b]) /
        (size[a] + size[b] + size[c]);
      d[a * count + c] = merged;
      d[c * count + a] = merged;
    }
    size[a] += size[b];
    for (let p = 0; p < count; p++) if (cluster[p] === b) cluster[p] = a;
    alive = alive.filter((c) => c !== b);
  }
  for (let p = 0; p < count; p++) labels[p] = cluster[p] === alive[1] ? 1 : 0;
  return labels;
}

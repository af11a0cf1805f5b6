import { agglomerate } from './clustering/agglomerative';
import { dbscan } from './clustering/dbscan';
import { embed } from './clustering/tsne';
import type { ClusterMethod, Clusters } from './reading';
import { twoMeans } from './two-means';

/** The clusterings that Table VIII compares; k-means is the method's own. */
export type ClusteringName = 'k-means' | 'hierarchical' | 'dbscan' | 't-sne';

export function clusterMethod(name: ClusteringName): ClusterMethod {
  switch (name) {
    case 'k-means':
      return twoMeans;
    case 'hierarchical':
      return (points, count, _random, among) => byLabels(points, count, among, (p, n) => agglomerate(p, n));
    case 'dbscan':
      return (points, count, _random, among) => byLabels(points, count, among, (p, n) => dbscan(p, n));
    case 't-sne':
      return (points, count, random, among) =>
        byLabels(points, count, among, (p, n) => twoMeans(embed(p, n, random), n, random).cluster);
  }
}

/** Clusters the points that take part and measures all points against the two clusters' centres. */
function byLabels(
  points: Float32Array,
  count: number,
  among: Uint8Array,
  label: (points: Float32Array, count: number) => Uint8Array,
): Clusters {
  const length = points.length / count;
  const members = Array.from({ length: count }, (_, p) => p).filter((p) => among[p]);
  const cluster = new Uint8Array(count);
  const distance = new Float32Array(2 * count);
  if (members.length === 0) return { cluster, distance, sizes: [0, 0] };
  const chosen = new Float32Array(members.length * length);
  members.forEach((p, m) => chosen.set(points.subarray(p * length, (p + 1) * length), m * length));
  const labels = label(chosen, members.length);
  const centres = [new Float64Array(length), new Float64Array(length)];
  const sizes: [number, number] = [0, 0];
  members.forEach((p, m) => {
    cluster[p] = labels[m];
    sizes[labels[m]]++;
    for (let k = 0; k < length; k++) centres[labels[m]][k] += points[p * length + k];
  });
  for (const c of [0, 1] as const)
    for (let k = 0; k < length; k++) centres[c][k] = sizes[c] > 0 ? centres[c][k] / sizes[c] : 0;
  // An empty cluster has no centre; it then stands where the other does.
  for (const c of [0, 1] as const) if (sizes[c] === 0) centres[c] = centres[1 - c];
  for (let p = 0; p < count; p++)
    for (const c of [0, 1] as const) {
      let sum = 0;
      for (let k = 0; k < length; k++) sum += (points[p * length + k] - centres[c][k]) ** 2;
      distance[2 * p + c] = sum;
    }
  return { cluster, distance, sizes };
}

import type { Random } from '../random';

/** Two clusters of points. Distances are Euclidean. */
export interface TwoMeans {
  /** 0 or 1 a point. */
  readonly cluster: Uint8Array;
  /** Squared distance of each point to either centre, [count, 2]. */
  readonly distance: Float32Array;
  /** Points in cluster 0 and 1. */
  readonly sizes: readonly [number, number];
}

/**
 * Lloyd's k-means with k = 2; two different random points are the first centres (paper, III-A). Where all points
 * are alike, the second cluster is empty: its distances are then those of the first, never NaN.
 * @param points [count, length], finite
 * @param among which points take part (1) and which only receive distances and the nearer cluster (0)
 */
export function twoMeans(
  points: Float32Array,
  count: number,
  random: Random,
  among?: Uint8Array,
  iterations = 100,
): TwoMeans {
  const length = points.length / count;
  const members: number[] = [];
  for (let p = 0; p < count; p++) if (!among || among[p]) members.push(p);
  const cluster = new Uint8Array(count);
  const distance = new Float32Array(count * 2);
  if (members.length === 0) return { cluster, distance, sizes: [0, 0] };

  const centres = firstCentres(points, length, members, random);
  let sizes: [number, number] = [members.length, 0];
  for (let it = 0; it < iterations; it++) {
    let moved = it === 0;
    sizes = [0, 0];
    for (let p = 0; p < count; p++) {
      const [d0, d1] = bothDistances(points, p * length, centres, length);
      distance[2 * p] = d0;
      distance[2 * p + 1] = d1;
      // What is stored decides: before rounding, points between both centres would belong to either.
      const c = distance[2 * p + 1] < distance[2 * p] ? 1 : 0;
      if (among && !among[p]) {
        cluster[p] = c;
        continue;
      }
      if (cluster[p] !== c) {
        cluster[p] = c;
        moved = true;
      }
      sizes[c]++;
    }
    if (!moved) break;
    recentre(points, length, members, cluster, sizes, centres);
  }
  return { cluster, distance, sizes };
}

/** Two random points that differ, or the same point twice where all are alike. */
function firstCentres(
  points: Float32Array,
  length: number,
  members: readonly number[],
  random: Random,
): Float32Array {
  const a = members[random.below(members.length)] * length;
  const start = random.below(members.length);
  let b = a;
  for (let i = 0; i < members.length && b === a; i++) {
    const candidate = members[(start + i) % members.length] * length;
    for (let k = 0; k < length; k++)
      if (points[candidate + k] !== points[a + k]) {
        b = candidate;
        break;
      }
  }
  const centres = new Float32Array(2 * length);
  centres.set(points.subarray(a, a + length));
  centres.set(points.subarray(b, b + length), length);
  return centres;
}

function bothDistances(
  points: Float32Array,
  at: number,
  centres: Float32Array,
  length: number,
): [number, number] {
  let d0 = 0;
  let d1 = 0;
  for (let k = 0; k < length; k++) {
    const v = points[at + k];
    const a = v - centres[k];
    const b = v - centres[length + k];
    d0 += a * a;
    d1 += b * b;
  }
  return [d0, d1];
}

/** Centres become the means of their members; an empty cluster keeps its centre. */
function recentre(
  points: Float32Array,
  length: number,
  members: readonly number[],
  cluster: Uint8Array,
  sizes: readonly [number, number],
  centres: Float32Array,
): void {
  const sums = new Float64Array(2 * length);
  for (const p of members) {
    const to = cluster[p] * length;
    const from = p * length;
    for (let k = 0; k < length; k++) sums[to + k] += points[from + k];
  }
  for (let c = 0; c < 2; c++)
    if (sizes[c] > 0)
      for (let k = 0; k < length; k++) centres[c * length + k] = sums[c * length + k] / sizes[c];
}

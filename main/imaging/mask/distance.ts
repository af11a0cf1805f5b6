/**
 * Squared Euclidean distance, mm², of every voxel to the nearest voxel of the mask with the given value; exact
 * (Felzenszwalb and Huttenlocher, "Distance Transforms of Sampled Functions", 2012). Infinity where there is none.
 * @param size voxels along i, j, k. @param spacing mm along i, j, k.
 */
export function squaredDistanceTo(
  mask: Uint8Array,
  value: 0 | 1,
  size: readonly [number, number, number],
  spacing: readonly [number, number, number],
): Float64Array {
  const distance = new Float64Array(mask.length);
  for (let v = 0; v < mask.length; v++) distance[v] = mask[v] === value ? 0 : Infinity;
  const step = [1, size[0], size[0] * size[1]];
  const longest = Math.max(...size);
  const work = {
    line: new Float64Array(longest),
    base: new Int32Array(longest),
    edge: new Float64Array(longest + 1),
  };
  for (let axis = 0; axis < 3; axis++) {
    if (size[axis] === 1) continue;
    const [a, b] = [0, 1, 2].filter((other) => other !== axis);
    for (let y = 0; y < size[b]; y++)
      for (let x = 0; x < size[a]; x++)
        sweep(distance, x * step[a] + y * step[b], step[axis], size[axis], spacing[axis] ** 2, work);
  }
  return distance;
}

interface Work {
  readonly line: Float64Array;
  /** Positions of the parabolas of the lower envelope, and where each takes over. */
  readonly base: Int32Array;
  readonly edge: Float64Array;
}

/** One line: the lower envelope of parabolas of curvature `scale` rooted at the values so far. */
function sweep(
  distance: Float64Array,
  start: number,
  step: number,
  length: number,
  scale: number,
  { line, base, edge }: Work,
): void {
  let count = 0;
  for (let q = 0; q < length; q++) {
    line[q] = distance[start + q * step];
    if (line[q] === Infinity) continue;
    let from = -Infinity;
    while (count > 0) {
      const p = base[count - 1];
      from = (line[q] - line[p] + scale * (q * q - p * p)) / (2 * scale * (q - p));
      if (from > edge[count - 1]) break;
      count--;
      from = -Infinity;
    }
    base[count] = q;
    edge[count] = from;
    count++;
  }
  if (count === 0) return;
  edge[count] = Infinity;
  for (let q = 0, n = 0; q < length; q++) {
    while (edge[n + 1] < q) n++;
    distance[start + q * step] = line[base[n]] + scale * (q - base[n]) ** 2;
  }
}

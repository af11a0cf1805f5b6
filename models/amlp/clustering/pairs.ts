/** Squared Euclidean distances of all pairs, [count, count]. */
export function squaredDistances(points: Float32Array, count: number): Float64Array {
  const length = points.length / count;
  const d = new Float64Array(count * count);
  for (let a = 0; a < count; a++)
    for (let b = a + 1; b < count; b++) {
      let sum = 0;
      for (let k = 0; k < length; k++) sum += (points[a * length + k] - points[b * length + k]) ** 2;
      d[a * count + b] = sum;
      d[b * count + a] = sum;
    }
  return d;
}

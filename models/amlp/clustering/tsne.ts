import type { Random } from '../../random';
import { squaredDistances } from './pairs';

const ITERATIONS = 250;

/**
 * t-SNE into the plane (van der Maaten and Hinton 2008), exact, for the hundred patches of a slice: perplexity 30 or
 * a third of the points, early exaggeration 4 over the first 50 of 250 steps.
 * @param points [count, length]
 * @returns [count, 2]
 */
export function embed(points: Float32Array, count: number, random: Random): Float32Array {
  const p = affinities(squaredDistances(points, count), count, Math.min(30, Math.max(2, (count - 1) / 3)));
  const y = Float64Array.from({ length: 2 * count }, () => 1e-4 * random.normal());
  const step = new Float64Array(2 * count);
  const q = new Float64Array(count * count);
  const rate = Math.max(10, count / 4);
  for (let it = 0; it < ITERATIONS; it++) {
    const exaggeration = it < 50 ? 4 : 1;
    const momentum = it < 50 ? 0.5 : 0.8;
    let sum = 0;
    for (let a = 0; a < count; a++)
      for (let b = a + 1; b < count; b++) {
        const v = 1 / (1 + (y[2 * a] - y[2 * b]) ** 2 + (y[2 * a + 1] - y[2 * b + 1]) ** 2);
        q[a * count + b] = v;
        q[b * count + a] = v;
        sum += 2 * v;
      }
    for (let a = 0; a < count; a++) {
      let gx = 0;
      let gy = 0;
      for (let b = 0; b < count; b++) {
        if (a === b) continue;
        const v = q[a * count + b];
        const force = 4 * (exaggeration * p[a * count + b] - v / sum) * v;
        gx += force * (y[2 * a] - y[2 * b]);
        gy += force * (y[2 * a + 1] - y[2 * b + 1]);
      }
      step[2 * a] = momentum * step[2 * a] - rate * gx;
      step[2 * a + 1] = momentum * step[2 * a + 1] - rate * gy;
    }
    for (let v = 0; v < y.length; v++) y[v] += step[v];
  }
  return Float32Array.from(y, (v) => (Number.isFinite(v) ? v : 0));
}

/** Symmetric affinities whose conditional distributions have the given perplexity; they sum to 1. */
function affinities(d: Float64Array, count: number, perplexity: number): Float64Array {
  const p = new Float64Array(count * count);
  const target = Math.log(perplexity);
  const scale = d.reduce((a, b) => a + b, 0) / Math.max(1, d.length) || 1;
  for (let a = 0; a < count; a++) {
    let [low, high, beta] = [0, Infinity, 1];
    for (let attempt = 0; attempt < 50; attempt++) {
      let sum = 0;
      let weighted = 0;
      for (let b = 0; b < count; b++) {
        if (a === b) continue;
        const near = d[a * count + b] / scale;
        const v = Math.exp(-near * beta);
        p[a * count + b] = v;
        sum += v;
        weighted += near * v;
      }
      if (sum === 0) sum = 1e-300;
      const entropy = Math.log(sum) + (beta * weighted) / sum;
      for (let b = 0; b < count; b++) if (a !== b) p[a * count + b] /= sum;
      if (Math.abs(entropy - target) < 1e-4) break;
      if (entropy > target) {
        low = beta;
        beta = high === Infinity ? beta * 2 : (beta + high) / 2;
      } else {
        high = beta;
        beta = (beta + low) / 2;
      }
    }
  }
  const joint = new Float64Array(count * count);
  for (let a = 0; a < count; a++)
    for (let b = 0; b < count; b++)
      joint[a * count + b] = Math.max(1e-12, (p[a * count + b] + p[b * count + a]) / (2 * count));
  return joint;
}

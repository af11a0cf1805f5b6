import { openRuntime } from '../../../models/runtime';
import type { Runtime } from '../../../models/runtime';

/** One runtime for all tests of a file; float32 unless a test asks otherwise. */
export const testRuntime = (): Promise<Runtime> => openRuntime({ prefer: 'cpu', mixedPrecision: false });

/** Reproducible values spread over −1 … 1. */
export const values = (length: number, seed: number): Float32Array => {
  let state = (seed * 2654435761) >>> 0 || 1;
  return Float32Array.from({ length }, () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return ((state >>> 0) / 2 ** 32) * 2 - 1;
  });
};

/** Largest difference relative to the largest value of `expected`. */
export const relativeDifference = (found: Float32Array, expected: Float32Array): number => {
  if (found.length !== expected.length) return Number.POSITIVE_INFINITY;
  let scale = 0;
  let worst = 0;
  for (let i = 0; i < expected.length; i++) {
    scale = Math.max(scale, Math.abs(expected[i] ?? 0));
    const difference = Math.abs((found[i] ?? 0) - (expected[i] ?? 0));
    worst = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : Math.max(worst, difference);
  }
  return worst / (scale || 1);
};

/** A feed for every input of a spec. */
export const product = (shape: readonly number[]): number =>
  shape.reduce((total, length) => total * length, 1);

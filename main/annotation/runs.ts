/**
 * Masks as runs of voxels. A mask is kept as the flips that lead to it from an empty grid, so that main never holds
 * or walks whole grids: a change costs as much as the outlines that it touches.
 */
import type { Flips } from '../imaging/mask/flips';

/**
 * The flips that do the same as `a` and then `b` (in either order), in canonical form: ascending, disjoint and not
 * touching. `combine(a, a)` is empty. Linear in the number of runs.
 */
export function combine(a: Flips, b: Flips): Flips {
  // Where a run begins or ends, the mask toggles; two toggles at one place are none.
  const toggles = new Float64Array(a.length + b.length);
  let n = 0;
  const push = (at: number): void => {
    if (n > 0 && toggles[n - 1] === at) n--;
    else toggles[n++] = at;
  };
  const toggleOf = (flips: Flips, index: number): number =>
    index % 2 === 0 ? flips[index] : flips[index - 1] + flips[index];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    const fromA = i < a.length ? toggleOf(a, i) : Infinity;
    const fromB = j < b.length ? toggleOf(b, j) : Infinity;
    if (fromA <= fromB) {
      push(fromA);
      i++;
    } else {
      push(fromB);
      j++;
    }
  }
  const runs = new Uint32Array(n);
  for (let t = 0; t < n; t += 2) {
    runs[t] = toggles[t];
    runs[t + 1] = toggles[t + 1] - toggles[t];
  }
  return runs;
}

/** Whether the runs are pairs, ascending, disjoint, not empty, and within `voxels`. */
export function fitsGrid(flips: Flips, voxels: number): boolean {
  if (flips.length % 2 !== 0) return false;
  let end = 0;
  for (let r = 0; r < flips.length; r += 2) {
    if (flips[r] < end || flips[r + 1] === 0) return false;
    end = flips[r] + flips[r + 1];
    if (end > voxels) return false;
  }
  return true;
}

export const sameRuns = (a: Flips, b: Flips): boolean => combine(a, b).length === 0;

/** Slices (k) that have at least one voxel in the runs, ascending. `perSlice` is the voxels of one slice. */
export function slicesOf(flips: Flips, perSlice: number): number[] {
  const slices: number[] = [];
  let last = -1;
  for (let r = 0; r < flips.length; r += 2) {
    const first = Math.floor(flips[r] / perSlice);
    const end = Math.floor((flips[r] + flips[r + 1] - 1) / perSlice);
    for (let k = Math.max(first, last + 1); k <= end; k++) slices.push((last = k));
  }
  return slices;
}

/** A 0/1 mask of `voxels` voxels with the runs set. */
export function maskOfRuns(flips: Flips, voxels: number): Uint8Array {
  const mask = new Uint8Array(voxels);
  for (let r = 0; r < flips.length; r += 2) mask.fill(1, flips[r], flips[r] + flips[r + 1]);
  return mask;
}

/** The flips that lead from an empty grid to a 0/1 mask. */
export function runsOfMask(mask: Uint8Array): Flips {
  const runs: number[] = [];
  for (let v = mask.indexOf(1); v >= 0;) {
    let end = mask.indexOf(0, v);
    if (end < 0) end = mask.length;
    runs.push(v, end - v);
    v = mask.indexOf(1, end);
  }
  return Uint32Array.from(runs);
}

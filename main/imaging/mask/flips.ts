/**
 * A change of one binary mask, as the runs of voxels that it flips: [start, length, start, length, …], ascending
 * and disjoint. Flips are their own inverse: applying the same flips twice gives the first mask bit for bit,
 * so one record serves for do, undo and redo.
 */
export type Flips = Uint32Array;

/** The flips that lead from `before` to `after`. Both are 0/1 masks of one length. */
export function flipsBetween(before: Uint8Array, after: Uint8Array): Flips {
  if (before.length !== after.length) throw new RangeError('Masks of different grids cannot be compared.');
  const runs: number[] = [];
  for (let v = 0; v < before.length; v++) {
    if (before[v] === after[v]) continue;
    const start = v;
    while (v < before.length && before[v] !== after[v]) v++;
    runs.push(start, v - start);
  }
  return Uint32Array.from(runs);
}

/** Flips the voxels in place. @throws RangeError if a run leaves the mask; the mask is then untouched. */
export function applyFlips(mask: Uint8Array, flips: Flips): void {
  if (flips.length % 2 !== 0) throw new RangeError('Flips come as pairs of start and length.');
  let end = 0;
  for (let r = 0; r < flips.length; r += 2) {
    if (flips[r] < end || flips[r] + flips[r + 1] > mask.length)
      throw new RangeError('Flips leave the mask or overlap.');
    end = flips[r] + flips[r + 1];
  }
  for (let r = 0; r < flips.length; r += 2)
    for (let v = flips[r]; v < flips[r] + flips[r + 1]; v++) mask[v] ^= 1;
}

/** Number of voxels that change. */
export function flippedVoxels(flips: Flips): number {
  let n = 0;
  for (let r = 1; r < flips.length; r += 2) n += flips[r];
  return n;
}

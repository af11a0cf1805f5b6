import type { Flips } from './flips';
import { FlipRuns } from './flip-runs';

/** What becomes of `mask` with another mask of the same grid. */
export type Combination = 'union' | 'subtract' | 'intersect' | 'difference';

/**
 * The change of `mask` by another: union, itself without the other, what both share, or what one of them alone has.
 * @throws RangeError if the masks are of different grids.
 */
export function combineMasks(mask: Uint8Array, other: Uint8Array, how: Combination): Flips {
  if (mask.length !== other.length) throw new RangeError('Masks of different grids cannot be combined.');
  const runs = new FlipRuns();
  for (let v = 0; v < mask.length; v++) {
    const flips =
      how === 'union'
        ? other[v] === 1 && mask[v] === 0
        : how === 'subtract'
          ? other[v] === 1 && mask[v] === 1
          : how === 'intersect'
            ? other[v] === 0 && mask[v] === 1
            : other[v] === 1;
    if (flips) runs.add(v);
  }
  return runs.flips();
}

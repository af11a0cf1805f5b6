import { Random } from '../random';
import type { EarlyStopping } from './finetune-config';
import type { SliceSource } from './slice-source';

/** Which slices teach and which only judge. */
export interface Split {
  readonly teaching: readonly number[];
  readonly heldBack: readonly number[];
}

/**
 * Holds back whole cases where there are five or more, else runs of neighbouring slices: neighbours look alike, so
 * single slices would judge too kindly. Nothing is held back where contours are few.
 */
export function holdBack(source: SliceSource, options: EarlyStopping | null, seed: number): Split {
  const all = Array.from({ length: source.count }, (_, s) => s);
  if (!options || source.count < options.minimumSlices) return { teaching: all, heldBack: [] };
  const random = new Random(seed, 13);
  const cases = [...new Set(all.map((s) => source.caseOf(s)))];
  const groups =
    cases.length >= 5
      ? cases.map((name) => all.filter((s) => source.caseOf(s) === name))
      : Array.from({ length: 10 }, (_, g) => all.filter((s) => Math.floor((s * 10) / all.length) === g));
  const order = random.permutation(groups.length);
  const wanted = options.share * source.count;
  const heldBack: number[] = [];
  for (const g of order) {
    if (heldBack.length >= wanted) break;
    heldBack.push(...groups[g]);
  }
  return splitBy(source.count, heldBack);
}

/** The split that holds back these slices of so many. */
export function splitBy(count: number, heldBack: readonly number[]): Split {
  const held = new Set(heldBack);
  return {
    teaching: Array.from({ length: count }, (_, s) => s).filter((s) => !held.has(s)),
    heldBack: [...heldBack].sort((a, b) => a - b),
  };
}

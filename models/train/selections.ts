import {
  type ClusterMethod,
  isInformative,
  type PatchGrid,
  type PatchSelection,
  type Reading,
  selectPatches,
} from '../amlp';
import { Random } from '../random';
import { breathe } from './hooks';
import type { SliceSource } from './slice-source';

/** Which slices of a source teach something, and what their patches are before any training. */
export interface Selections {
  /** Slice of the source behind each selection. */
  readonly index: Uint32Array;
  readonly selections: readonly PatchSelection[];
}

/**
 * Clusters the patches of every slice once; slices of air or padding are left out. Deterministic by seed, so that
 * a resumed run makes the same selections anew.
 * @returns null when `shouldStop` said so
 */
export async function selectAll(
  source: SliceSource,
  grid: PatchGrid,
  options: { reading: Reading; method: ClusterMethod; seed: number },
  hooks: { onPreparing?(done: number, total: number): void; shouldStop?(): boolean },
): Promise<Selections | null> {
  const slice = new Float32Array(source.size * source.size * source.channels);
  const index: number[] = [];
  const selections: PatchSelection[] = [];
  let last = performance.now();
  for (let s = 0; s < source.count; s++) {
    source.read(s, slice);
    if (isInformative(slice, grid, source.channels)) {
      const random = new Random(options.seed, 2, s);
      const found = selectPatches(slice, grid, source.channels, options.reading, random, options.method);
      if (found.takesPart.includes(1)) {
        index.push(s);
        selections.push(found);
      }
    }
    if (performance.now() - last > 12) {
      if (hooks.shouldStop?.()) return null;
      hooks.onPreparing?.(s + 1, source.count);
      await breathe();
      last = performance.now();
    }
  }
  hooks.onPreparing?.(source.count, source.count);
  return { index: Uint32Array.from(index), selections };
}

/** Slices that show something, without clustering them. */
export function informativeSlices(source: SliceSource, grid: PatchGrid): number[] {
  const slice = new Float32Array(source.size * source.size * source.channels);
  return Array.from({ length: source.count }, (_, s) => s).filter((s) => {
    source.read(s, slice);
    return isInformative(slice, grid, source.channels);
  });
}

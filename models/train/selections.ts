import { isInformative, type PatchGrid, type PatchSelection } from '../amlp';
import { Lookahead, type Feeder, type SortOrder } from './feeder';
import { breathe } from './hooks';
import type { SliceSource } from './slice-source';

/** Which slices of a source teach something, and what their patches are before any training. */
export interface Selections {
  /** Slice of the source behind each selection. */
  readonly index: Uint32Array;
  readonly selections: readonly PatchSelection[];
}

/** Slices of one order: some hundredths of a second, so that a run stops when it is asked to. */
const chunk = 16;

/**
 * Clusters the patches of every slice once; slices of air or padding are left out. Deterministic by seed, so that
 * a resumed run makes the same selections anew.
 * @param count slices in all
 * @returns null when `shouldStop` said so
 */
export async function selectAll(
  feeder: Feeder,
  count: number,
  options: Pick<SortOrder, 'reading' | 'clustering' | 'patch' | 'seed'>,
  hooks: { onPreparing?(done: number, total: number): void; shouldStop?(): boolean },
): Promise<Selections | null> {
  const { reading, clustering, patch, seed } = options;
  const index: number[] = [];
  const selections: PatchSelection[] = [];
  const parts = new Lookahead(
    (n) =>
      feeder.make({
        kind: 'sort',
        ...{ from: n * chunk, to: Math.min(count, (n + 1) * chunk), patch, reading, clustering, seed },
      }),
    () => feeder.ahead('sort'),
    Math.ceil(count / chunk),
  );
  let last = performance.now();
  for (let n = 0; n * chunk < count; n++) {
    const part = await parts.take(n);
    index.push(...part.index);
    selections.push(...part.selections);
    if (performance.now() - last > 12) {
      if (hooks.shouldStop?.()) return null;
      hooks.onPreparing?.(Math.min(count - 1, (n + 1) * chunk), count);
      await breathe();
      last = performance.now();
    }
  }
  hooks.onPreparing?.(count, count);
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

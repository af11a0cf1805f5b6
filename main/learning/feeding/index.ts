import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { samplesOf } from '../../../models/train/blocks';
import { SliceFeeder } from '../../../models/train/feeder';
import type { LabelledSliceSource, NetworkConfig, SliceSource } from '../../../models/train';
import { AdaptiveFeeder } from './adaptive';
import type { FeedSource } from './messages';
import { FeederPool } from './pool';

/** Bundle of the feeding thread, beside this one or above its chunks; null where it was not built (in tests). */
function entry(): string | null {
  const here = dirname(fileURLToPath(import.meta.url));
  return (
    [here, dirname(here)].map((folder) => join(folder, 'feeder.cjs')).find((file) => existsSync(file)) ?? null
  );
}

/** More make nothing faster that one cannot: a thread makes samples many times faster than a step uses them. */
const most = 4;

/**
 * Who feeds a run: its own thread, and others as soon as that pays.
 * @param slices as the run reads them; @param description the same for threads that cannot share it
 */
export function feederFor(
  slices: SliceSource | LabelledSliceSource,
  network: NetworkConfig,
  description: Omit<FeedSource, 'network'>,
): AdaptiveFeeder {
  const own = new SliceFeeder(samplesOf(slices, network));
  return new AdaptiveFeeder(own, () => {
    const file = entry();
    if (file === null) throw new Error('The feeding thread was not built.');
    const threads = Math.max(1, Math.min(most, availableParallelism() - 1));
    return new FeederPool(file, { ...description, network }, threads);
  });
}

import { readdirSync, rmSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';

/** What the slice cache may hold where nobody says: `AMLP_SLICE_CACHE_GB`, else this many gigabytes. */
const usualGigabytes = 20;

export const cacheLimit = (): number => {
  const told = Number(process.env.AMLP_SLICE_CACHE_GB);
  return (told > 0 ? told : usualGigabytes) * 1e9;
};

/** Notes that a file of the cache is in use, so that others go before it. */
export function touch(file: string): void {
  try {
    utimesSync(file, new Date(), new Date());
  } catch {
    // A cache that is read-only, or whose file just went: it is then only thrown out sooner.
  }
}

const within = (folder: string): string[] => {
  try {
    return readdirSync(folder).map((name) => join(folder, name));
  } catch {
    return [];
  }
};

/** A file that is being written is touched far more often than this, ms. */
const abandoned = 24 * 3600 * 1000;

/** What an engine that was ended in the middle left half written would lie there for ever. */
function dropAbandoned(files: readonly string[]): void {
  for (const file of files) {
    const stat = file.endsWith('.part') ? statSync(file, { throwIfNoEntry: false }) : undefined;
    if (stat?.isFile() && Date.now() - stat.mtimeMs > abandoned) rmSync(file, { force: true });
  }
}

/**
 * Throws out of the slice cache what was not used for longest, until it is no larger than `limit`. What is in use now
 * stays, even where it alone is larger.
 * @param keep files in use
 * @returns bytes that were given back
 */
export function trimCache(folder: string, limit: number, keep: ReadonlySet<string>): number {
  const all = within(folder).flatMap(within);
  dropAbandoned(all);
  const files = all
    .filter((file) => file.endsWith('.slices'))
    .flatMap((file) => {
      const stat = statSync(file, { throwIfNoEntry: false });
      return stat?.isFile() ? [{ file, bytes: stat.size, used: stat.mtimeMs }] : [];
    })
    .sort((a, b) => a.used - b.used);
  let total = files.reduce((n, { bytes }) => n + bytes, 0);
  let freed = 0;
  for (const { file, bytes } of files) {
    if (total <= limit) break;
    if (keep.has(file)) continue;
    // The hashes first: slices without them are made again, hashes without slices would lie there for ever.
    for (const gone of [`${file}.sha256`, file]) rmSync(gone, { force: true });
    total -= bytes;
    freed += bytes;
  }
  return freed;
}

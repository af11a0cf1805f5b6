import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Volume } from '../../imaging/volume';
import { breathing, TimeLeft, type JobContext } from '../jobs/context';
import type { CaseRef } from '../jobs/spec';
import { cutCase } from '../preprocess/cut';
import type { Slicing } from '../preprocess/grid';
import { sha256, writeAtomic } from '../store/atomic';
import { StudioError } from '../store/failure';
import { SliceFile, writeSliceFile } from './slice-file';
import { cacheLimit, touch, trimCache } from './trim';
import type { Preparation } from '../jobs/stop-watch';
import { ontoGrid } from '../volumes/grid';

/** Changes when cutting changes, so that slices of an older version are made again. */
const version = 1;

/** A case that was cut, and the hashes of the voxels that it was cut from. */
export interface PreparedCase {
  readonly ref: CaseRef;
  readonly file: SliceFile;
  readonly sha256: readonly string[];
  /** What cutting it took; null where it lay in the cache. */
  readonly made: Preparation | null;
}

const keyOf = (ref: CaseRef, slicing: Slicing): string =>
  sha256(JSON.stringify([version, ref.channels.map(({ key }) => key), slicing])).slice(0, 40);

function hashOf({ geometry, voxels }: Volume): string {
  const hash = createHash('sha256').update(JSON.stringify([geometry.size, geometry.spacing]));
  return hash.update(new Uint8Array(voxels.buffer, voxels.byteOffset, voxels.byteLength)).digest('hex');
}

const fileOf = (ref: CaseRef, slicing: Slicing, cache: string): string => {
  const key = keyOf(ref, slicing);
  return join(cache, key.slice(0, 2), `${key}.slices`);
};

/** How many slices of a case lie in the cache, or null where it is not there. */
export const preparedSlices = (ref: CaseRef, slicing: Slicing, cache: string): number | null =>
  SliceFile.open(fileOf(ref, slicing, cache))?.header.count ?? null;

/**
 * The slices of a case: from the cache, or cut now and kept. One case is in memory at a time.
 * @param cache folder of the slice cache
 */
export async function prepareCase(
  ref: CaseRef,
  slicing: Slicing,
  cache: string,
  context: JobContext,
): Promise<PreparedCase> {
  const file = fileOf(ref, slicing, cache);
  const hashes = `${file}.sha256`;
  const ready = SliceFile.open(file);
  if (ready && existsSync(hashes)) {
    // A job that waited for long may know a scan by files that are no longer there.
    for (const channel of ref.channels) await context.assertCurrent?.(channel);
    touch(file);
    return { ref, file: ready, sha256: readFileSync(hashes, 'utf8').trim().split('\n'), made: null };
  }
  const began = performance.now();
  const breathe = breathing(context);
  await breathe();
  const channels: Volume[] = [];
  const sums: string[] = [];
  for (const channel of ref.channels) {
    const volume = await context.openVolume(channel);
    sums.push(hashOf(volume));
    channels.push(channels.length === 0 ? volume : ontoGrid(volume, channels[0]));
    await breathe();
  }
  await writeSliceFile(file, ref.id, await cutCase(channels, slicing, breathe), breathe);
  writeAtomic(hashes, [`${sums.join('\n')}\n`]);
  const made = SliceFile.open(file);
  if (!made)
    throw new StudioError(
      'A prepared scan could not be read back.',
      'The disk may be full or failing; free some space and try again.',
    );
  const megavoxels = channels.reduce((n, { voxels }) => n + voxels.length / 1e6, 0);
  return { ref, file: made, sha256: sums, made: { seconds: (performance.now() - began) / 1000, megavoxels } };
}

/**
 * Prepares all cases. A scan that cannot be used is left out and named; only if none can is that a failure.
 * @param report phase and fraction of the preparation alone
 */
export async function prepareCases<R extends CaseRef>(
  cases: readonly R[],
  slicing: Slicing,
  cache: string,
  context: JobContext,
  report: (done: number, total: number, secondsLeft: number | null) => void,
): Promise<{
  readonly prepared: (PreparedCase & { readonly ref: R })[];
  readonly leftOut: string[];
  readonly took: Preparation;
}> {
  const prepared: (PreparedCase & { readonly ref: R })[] = [];
  const leftOut: string[] = [];
  const time = new TimeLeft();
  for (const [n, ref] of cases.entries()) {
    report(n, cases.length, n === 0 ? null : time.typical() * (cases.length - n));
    try {
      prepared.push({ ...(await prepareCase(ref, slicing, cache, context)), ref });
    } catch (error) {
      if (
        !(error instanceof Error) ||
        error.name === 'Stopped' ||
        ('code' in error && error.code === 'ENOSPC')
      )
        throw error;
      leftOut.push(`${ref.id}: ${error.message}`);
    }
    time.done(cases.length - n - 1);
  }
  if (prepared.length === 0)
    throw new StudioError(
      `None of the ${cases.length} scans can be used${leftOut.length > 0 ? ` (${leftOut[0]})` : ''}.`,
      'Look at the archive’s list of what was left out and why.',
    );
  trimCache(cache, cacheLimit(), new Set(prepared.map(({ file }) => file.file)));
  const made = prepared.flatMap((one) => one.made ?? []);
  const sum = (part: keyof Preparation): number => made.reduce((n, one) => n + one[part], 0);
  return { prepared, leftOut, took: { seconds: sum('seconds'), megavoxels: sum('megavoxels') } };
}

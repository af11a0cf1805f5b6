/** A case as it was at one place of its journal, so that opening it need not replay the whole. */
import { join } from 'node:path';
import type { SegmentInfo } from '../../preload/api';
import { replaceFile, type Disk } from './disk';
import type { JournalMark } from './journal';
import { packRuns, unpackRuns } from './packing';
import { seal, unseal } from './sealed';
import type { CaseState } from './state';

const NAME = /^snapshot-(\d{10})\.amls$/;
export const isSnapshot = (name: string): boolean => NAME.test(name);
/** Snapshots that are kept; the older one is for the day when the newer one is damaged. */
const KEPT = 2;

interface Description extends Omit<CaseState, 'segments'> {
  readonly mark: JournalMark;
  readonly segments: readonly SegmentInfo[];
}

/** Writes, verifies and renames; then removes what is older than the last two. */
export async function writeSnapshot(
  disk: Disk,
  folder: string,
  mark: JournalMark,
  state: CaseState,
): Promise<void> {
  const description: Description = { ...state, mark, segments: state.segments.map((s) => s.info) };
  const blobs = await Promise.all(state.segments.map((s) => packRuns(s.runs)));
  await replaceFile(
    disk,
    folder,
    `snapshot-${String(mark.count).padStart(10, '0')}.amls`,
    seal(description, blobs),
  );
  for (const name of (await namesOf(disk, folder)).slice(KEPT)) await disk.remove(join(folder, name));
}

/** Newest first. */
const namesOf = async (disk: Disk, folder: string): Promise<string[]> =>
  (await disk.list(folder)).filter(isSnapshot).sort().reverse();

/** Snapshots that are whole and true, newest first, each read only when asked for. */
export async function* readSnapshots(
  disk: Disk,
  folder: string,
): AsyncGenerator<{ mark: JournalMark; state: CaseState } | 'damaged'> {
  for (const name of await namesOf(disk, folder)) {
    const bytes = await disk.readAll(join(folder, name));
    const opened = bytes && unseal(bytes);
    if (!opened) {
      yield 'damaged';
      continue;
    }
    const { mark, segments, ...rest } = opened.description as Description;
    const runs = await Promise.all(opened.blobs.map(unpackRuns));
    yield { mark, state: { ...rest, segments: segments.map((info, n) => ({ info, runs: runs[n] })) } };
  }
}

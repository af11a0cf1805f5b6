/**
 * Contours of an archive that was moved, renamed or copied. They are kept under the place where the archive lay; where
 * the same scans are opened elsewhere they are found again, and a person says whether they are to be taken over.
 */
import { cp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { FormerContours, VolumeId } from '../../preload/api';
import type { FormerArchive } from '../archive/former';
import { JOURNAL } from './case';
import type { Disk } from './disk';
import { lockForWriting } from './lock';

const ARCHIVE_NAME = /^[0-9a-f]{32}$/;
const CASE_NAME = /^[0-9a-f]{16,64}$/;

/** Asks what a former archive knows, e.g. whether it holds a volume of the open one. */
export type AskFormer = <T>(archiveId: string, work: (former: FormerArchive) => T | Promise<T>) => Promise<T>;

async function casesOf(disk: Disk, folder: string): Promise<VolumeId[]> {
  const cases: VolumeId[] = [];
  for (const name of await disk.list(folder))
    if (CASE_NAME.test(name) && (await disk.list(join(folder, name))).includes(JOURNAL))
      cases.push(name as VolumeId);
  return cases;
}

/**
 * The archive, other than the open one, that has contours of most scans of the open one which have none here.
 * @param folder of all annotations. @param has whether the open archive has contours of the volume
 */
export async function findFormer(
  disk: Disk,
  folder: string,
  archiveId: string,
  has: (id: VolumeId) => boolean,
  ask: AskFormer,
): Promise<FormerContours | null> {
  let best: FormerContours | null = null;
  for (const other of await disk.list(folder)) {
    if (other === archiveId || !ARCHIVE_NAME.test(other)) continue;
    const cases = (await casesOf(disk, join(folder, other))).filter((id) => !has(id));
    if (cases.length === 0) continue;
    const found = await ask(other, (former) => ({
      archiveId: other,
      folder: former.folder,
      isThere: former.isThere,
      volumeIds: cases.filter((id) => former.holds(id)),
    }));
    if (found.volumeIds.length > (best?.volumeIds.length ?? 0)) best = found;
  }
  return best;
}

/**
 * Copies the cases into the open archive's folder; what is there is left as it is, and so is the former folder.
 * @param to folder of the open archive's annotations, whose lock the caller holds
 * @throws AnnotationFailure where the former archive is open in another process; the system's error where the disk fails
 */
export async function copyFormer(
  disk: Disk,
  from: string,
  to: string,
  cases: readonly VolumeId[],
): Promise<number> {
  const lock = await lockForWriting(from);
  let copied = 0;
  try {
    const here = new Set(await readdir(to));
    for (const id of cases) {
      if (here.has(id)) continue;
      const draft = join(to, `${id}.draft`);
      await rm(draft, { recursive: true, force: true });
      await cp(join(from, id), draft, { recursive: true, preserveTimestamps: true });
      for (const name of await disk.list(draft)) {
        const file = await disk.open(join(draft, name));
        await file.sync().finally(() => file.close());
      }
      await disk.syncFolder(draft);
      await rename(draft, join(to, id));
      copied++;
    }
    await disk.syncFolder(to);
  } finally {
    await lock.release();
  }
  return copied;
}

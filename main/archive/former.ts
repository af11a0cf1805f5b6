/** Archives that were opened before, as far as they tell whether a scan of the open one is one of theirs. */
import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { VolumeId } from '../../preload/api';
import { writeAtomic } from '../learning/store/atomic';
import { openIndexToRead, type Database } from './database';
import { volumeOf } from './worklist';

const PLACE = 'place.json';

/** Remembers where an archive lies, in its folder of ours. */
export function rememberPlace(home: string, root: string): void {
  writeAtomic(join(home, PLACE), [JSON.stringify({ root })], 0o600);
}

export interface FormerArchive {
  /** Where it lay; null where that is not known. */
  readonly folder: string | null;
  /** Whether the folder is still there: then this archive is a copy of it, not the same one moved. */
  readonly isThere: boolean;
  /**
   * Whether the volume of this name in the open archive is the one of that archive. DICOM volumes are named by their
   * UIDs, which no other scan has; other files by their path, so they must have the size and time that they had there.
   */
  holds(id: VolumeId): boolean;
}

async function placeOf(home: string): Promise<string | null> {
  try {
    const { root } = JSON.parse(await readFile(join(home, PLACE), 'utf8')) as { root?: unknown };
    return typeof root === 'string' ? root : null;
  } catch {
    return null;
  }
}

/**
 * @param home the former archive's folder of ours
 * @param now index of the open archive
 * @param work asked while the former index is open
 */
export async function withFormerArchive<T>(
  home: string,
  now: Database,
  work: (former: FormerArchive) => T | Promise<T>,
): Promise<T> {
  const folder = await placeOf(home);
  const isThere = folder !== null && (await stat(folder).catch(() => null)) !== null;
  const index = join(home, 'index.sqlite');
  let then: Database | null = null;
  try {
    then = existsSync(index) ? openIndexToRead(index) : null;
    // An index that cannot be read knows nothing: asked here, not in the midst of the work.
    then?.prepare('SELECT count(*) FROM volumes').get();
  } catch {
    then?.close();
    then = null;
  }
  try {
    return await work({
      folder,
      isThere,
      holds: (id) => {
        const here = volumeOf(now, id);
        if (!here) return false;
        return here.source.kind === 'dicom' || (then && volumeOf(then, id)?.signature) === here.signature;
      },
    });
  } finally {
    then?.close();
  }
}

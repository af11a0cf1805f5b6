/** Keeps the folder of prepared volumes below a size: what was not opened for longest goes first. */
import { readdir, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { DESCRIPTION_FILE, VOXELS_FILE } from './prepared';

/** Drafts that a killed worker left behind are older than any that is being written. */
const DRAFT_LIFE = 3600_000;

/** Remembers that the volume was wanted now. */
export async function touch(folder: string): Promise<void> {
  const now = new Date();
  await utimes(join(folder, DESCRIPTION_FILE), now, now).catch(() => undefined);
}

/**
 * Removes the least recently wanted volumes until `limitBytes` are kept.
 * @param inUse identifiers that must stay
 */
export async function trimCache(
  volumes: string,
  limitBytes: number,
  inUse: ReadonlySet<string>,
): Promise<readonly string[]> {
  const kept: { name: string; bytes: number; wanted: number }[] = [];
  for (const name of await readdir(volumes).catch(() => [])) {
    const folder = join(volumes, name);
    if (name.endsWith('.draft')) {
      const age = Date.now() - ((await stat(folder).catch(() => null))?.mtimeMs ?? Date.now());
      if (age > DRAFT_LIFE) await rm(folder, { recursive: true, force: true });
      continue;
    }
    const [description, voxels] = await Promise.all([
      stat(join(folder, DESCRIPTION_FILE)).catch(() => null),
      stat(join(folder, VOXELS_FILE)).catch(() => null),
    ]);
    if (description && voxels) kept.push({ name, bytes: voxels.size, wanted: description.mtimeMs });
  }
  kept.sort((a, b) => a.wanted - b.wanted);
  let total = kept.reduce((sum, v) => sum + v.bytes, 0);
  const removed: string[] = [];
  for (const { name, bytes } of kept) {
    if (total <= limitBytes) break;
    if (inUse.has(name)) continue;
    await rm(join(volumes, name), { recursive: true, force: true });
    total -= bytes;
    removed.push(name);
  }
  return removed;
}

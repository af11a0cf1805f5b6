import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeAtomic } from '../store/atomic';
import { pack, unpack, type Packable } from '../store/packed';

/** Where a job's checkpoint lies in its work folder. */
const fileOf = (work: string): string => join(work, 'checkpoint.safetensors');

/**
 * Saves what a job needs to go on bit for bit. At every moment the last whole checkpoint is on the disk.
 * @param fingerprint of the configuration: a checkpoint of another configuration is not gone on from
 */
export function saveCheckpoint(work: string, fingerprint: string, state: Packable): void {
  writeAtomic(fileOf(work), pack({ fingerprint, state }));
}

/** The last checkpoint of this very configuration, or null. One that cannot be read counts as none. */
export function loadCheckpoint(work: string, fingerprint: string): unknown {
  const file = fileOf(work);
  if (!existsSync(file)) return null;
  try {
    const saved = unpack(readFileSync(file)) as { fingerprint?: unknown; state?: unknown };
    return saved.fingerprint === fingerprint ? (saved.state ?? null) : null;
  } catch {
    return null;
  }
}

export const dropCheckpoint = (work: string): void => rmSync(fileOf(work), { force: true });

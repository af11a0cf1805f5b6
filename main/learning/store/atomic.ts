import { createHash, randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** SHA-256 as lower-case hexadecimal. */
export const sha256 = (data: Uint8Array | string): string => createHash('sha256').update(data).digest('hex');

/**
 * Writes a file so that at every moment either the old or the whole new one is there: beside it, flushed,
 * its length verified, renamed over it, the folder flushed. A failure (disk full, power) leaves the old file.
 */
export function writeAtomic(file: string, parts: readonly (Uint8Array | string)[], mode = 0o666): void {
  mkdirSync(dirname(file), { recursive: true });
  const beside = `${file}.${randomBytes(4).toString('hex')}.part`;
  try {
    const handle = openSync(beside, 'wx', mode);
    let length = 0;
    try {
      for (const part of parts) {
        const bytes = typeof part === 'string' ? Buffer.from(part) : part;
        for (let at = 0; at < bytes.byteLength;) at += writeSync(handle, bytes, at, bytes.byteLength - at);
        length += bytes.byteLength;
      }
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    if (statSync(beside).size !== length)
      throw Object.assign(new Error('The file on the disk is shorter than what was written.'), {
        code: 'ENOSPC',
        path: file,
      });
    renameSync(beside, file);
    flushFolder(dirname(file));
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
}

/** Renames a finished folder into place; the one that was there, if any, is gone only once the new one stands. */
export function replaceFolder(made: string, target: string): void {
  const aside = `${target}.${randomBytes(4).toString('hex')}.old`;
  let moved = false;
  try {
    renameSync(target, aside);
    moved = true;
  } catch {
    mkdirSync(dirname(target), { recursive: true });
  }
  try {
    renameSync(made, target);
  } catch (error) {
    if (moved) renameSync(aside, target);
    throw error;
  }
  if (moved) rmSync(aside, { recursive: true, force: true });
  flushFolder(dirname(target));
}

/** Makes renames in a folder survive a power cut; not every system lets a folder be opened. */
function flushFolder(folder: string): void {
  try {
    const handle = openSync(join(folder, '.'), 'r');
    try {
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
  } catch {
    // Windows has no flush of a folder; its rename is journalled.
  }
}

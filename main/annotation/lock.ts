/**
 * One writer for one folder. The operating system holds the lock (through SQLite's exclusive transaction, which is the
 * portable way to a kernel file lock), so it goes with its process however that ends, and no stale lock can be left.
 */
import { mkdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import { AnnotationFailure } from './failure';

/** An empty database, kept for ever: removing a lock file while another process opens it would give two writers. */
const LOCK = 'writer.lock';
/** Which process holds the lock; only for the sentence that refuses a second one. */
const HOLDER = 'writer.pid';

type Connection = InstanceType<typeof DatabaseSync>;

/** A lock that is held until `release`, or until this process ends. */
export interface WriterLock {
  release(): Promise<void>;
}

/** Takes the kernel's lock; null where another connection has it. */
function takeLock(file: string): Connection | null {
  const database = new DatabaseSync(file, { timeout: 0 });
  try {
    // Nothing is ever written, so no journal must appear beside it.
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    return database;
  } catch (error) {
    database.close();
    if (/locked|busy/i.test(String(error))) return null;
    throw error;
  }
}

/**
 * Locks a folder for writing. The folder must lie on a local disk: on network shares such locks are not to be trusted.
 * @throws AnnotationFailure where another running process holds it
 */
export async function lockForWriting(folder: string): Promise<WriterLock> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, LOCK);
  let database: Connection | null;
  try {
    database = takeLock(file);
  } catch (error) {
    if (!/not a database/i.test(String(error))) throw error;
    // Damaged. It holds nothing; emptying keeps the file itself, and so the lock of whoever was faster.
    await truncate(file);
    database = takeLock(file);
  }
  const holder = join(folder, HOLDER);
  if (!database) {
    const pid = await readFile(holder, 'utf8').catch(() => '');
    throw new AnnotationFailure(
      `The contours of this archive are open in another AMLP Studio${/^\d+$/.test(pid) ? ` (process ${pid})` : ''}; close it first.`,
    );
  }
  await writeFile(holder, String(process.pid), { mode: 0o600 }).catch(() => undefined);
  return {
    async release() {
      if (!database?.isOpen) return;
      await rm(holder, { force: true });
      database.close();
    },
  };
}

/**
 * The index of one archive: an SQLite database in the application's own folder. It can always be made again from the
 * files, so a damaged one is put aside and rebuilt. The archive worker alone writes; main opens it to read.
 */
import { mkdirSync, renameSync, rmSync, existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';

export type Database = InstanceType<typeof DatabaseSync>;

const VERSION = 3;

const SCHEMA = `
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
-- Every file below the archive, with what its header said or why it was left out.
CREATE TABLE IF NOT EXISTS files (
  path TEXT PRIMARY KEY, size INTEGER NOT NULL, modified REAL NOT NULL,
  kind TEXT NOT NULL, series TEXT, header TEXT, reason TEXT
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS files_of_series ON files (series);
CREATE INDEX IF NOT EXISTS files_of_kind ON files (kind);
-- Series whose files changed since they were grouped; survives a stop half-way.
CREATE TABLE IF NOT EXISTS dirty (series TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS volumes (
  id TEXT PRIMARY KEY, series TEXT NOT NULL,
  patient TEXT NOT NULL, patient_code TEXT NOT NULL,
  study TEXT NOT NULL, study_date TEXT, study_description TEXT NOT NULL,
  modality TEXT NOT NULL, description TEXT NOT NULL, frame_of_reference TEXT,
  geometry TEXT, usable INTEGER NOT NULL, warnings TEXT NOT NULL,
  signature TEXT NOT NULL, thumbnail INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
-- Apart, because they are long (they name every slice) and the worklist does not want them.
CREATE TABLE IF NOT EXISTS sources (id TEXT PRIMARY KEY, source TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS volumes_of_series ON volumes (series);
CREATE INDEX IF NOT EXISTS volumes_in_order ON volumes (patient_code, study_date, study, modality, description);
-- Files that were read but did not become a volume when their series was grouped.
CREATE TABLE IF NOT EXISTS left_out (path TEXT NOT NULL, series TEXT NOT NULL, reason TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS left_out_of_series ON left_out (series);
`;

/** thumbnail column: not yet, made, cannot be made. */
export const THUMBNAIL = { none: 0, made: 1, impossible: 2 } as const;

function isSound(db: Database): boolean {
  try {
    const rows = db.prepare('PRAGMA quick_check(1)').all() as { quick_check: string }[];
    return rows.length === 1 && rows[0].quick_check === 'ok';
  } catch {
    return false;
  }
}

function tryOpen(file: string): Database | null {
  let db: Database | null = null;
  try {
    db = new DatabaseSync(file);
    // Waits for a reader or for the last moments of a killed worker.
    db.exec('PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
    if (!isSound(db)) throw new Error('damaged');
    const { user_version: version } = db.prepare('PRAGMA user_version').get() as { user_version: number };
    if (version !== 0 && version !== VERSION) throw new Error('other version');
    db.exec(SCHEMA);
    db.exec(`PRAGMA user_version = ${VERSION}`);
    return db;
  } catch {
    try {
      db?.close();
    } catch {
      // Closing a damaged database may fail too; the file is put aside either way.
    }
    return null;
  }
}

/**
 * Opens the index to write, making it where there is none. A damaged index, or one of another version, is put aside as
 * `<file>.damaged` and begun anew.
 * @returns the database, and whether an old one had to be put aside
 * @throws Error where the folder cannot be written
 */
export function openIndex(file: string): { db: Database; rebuilt: boolean } {
  mkdirSync(dirname(file), { recursive: true });
  const sound = tryOpen(file);
  if (sound) return { db: sound, rebuilt: false };
  const rebuilt = existsSync(file);
  if (rebuilt) renameSync(file, `${file}.damaged`);
  for (const part of ['-wal', '-shm']) rmSync(`${file}${part}`, { force: true });
  const db = tryOpen(file);
  if (!db) throw new Error('The index cannot be written; look whether the disk is full or read-only.');
  return { db, rebuilt };
}

/** Opens an index that the worker has checked, to read. */
export function openIndexToRead(file: string): Database {
  const db = new DatabaseSync(file, { readOnly: true });
  db.exec('PRAGMA busy_timeout = 2000;');
  return db;
}

/** Runs `work` in one transaction. */
export function transaction(db: Database, work: () => void): void {
  db.exec('BEGIN IMMEDIATE');
  try {
    work();
    db.exec('COMMIT');
  } catch (error) {
    db.exec('ROLLBACK');
    throw error;
  }
}

/** One scan of an archive: lists, reads what is new or changed, and groups the series that this touches. */
import type { ScanProgress } from '../../../preload/api';
import { transaction, type Database } from '../database';
import { listFiles } from '../listing';
import type { AtWork } from './at-work';
import { describeFile, type Described } from './describe';
import { groupSeries } from './group';

export interface ScanContext {
  readonly progress: (progress: ScanProgress) => void;
  readonly changed: () => void;
  readonly stopped: () => boolean;
}

/** Files are written to the index so many at a time, or so often. */
const BATCH = 256;
const BATCH_MILLISECONDS = 500;
/** A single file that takes longer to read is left out. */
const FILE_MILLISECONDS = 60_000;

interface Known {
  readonly path: string;
  readonly size: number;
  readonly modified: number;
  readonly series: string | null;
}

/**
 * Brings the index up to date with the folder. What was finished stays, whenever it is stopped.
 * @param root real path of the archive
 */
export async function scanArchive(
  db: Database,
  root: string,
  atWork: AtWork,
  { progress, changed, stopped }: ScanContext,
): Promise<void> {
  const listed = new Map<string, { size: number; modified: number }>();
  const passedOver: { path: string; reason: string }[] = [];
  let told = 0;
  for await (const entry of listFiles(root, stopped)) {
    if ('reason' in entry) passedOver.push(entry);
    else listed.set(entry.path, entry);
    if (Date.now() - told > 200) {
      told = Date.now();
      progress({ phase: 'listing', filesSeen: listed.size, filesTotal: null, secondsLeft: null });
    }
  }
  if (stopped()) return;
  const waiting = compare(db, listed, passedOver);
  await read(db, root, waiting, listed, atWork, { progress, changed, stopped });
  if (stopped()) return;
  progress({ phase: 'grouping', filesSeen: listed.size, filesTotal: listed.size, secondsLeft: null });
  await groupSeries(db, { changed, stopped });
}

/** Forgets what is gone; returns the paths that are new or changed. */
function compare(
  db: Database,
  listed: ReadonlyMap<string, { size: number; modified: number }>,
  passedOver: readonly { path: string; reason: string }[],
): string[] {
  const gone: Known[] = [];
  const unchanged = new Set<string>();
  for (const known of db
    .prepare("SELECT path, size, modified, series FROM files WHERE kind <> 'passed-over'")
    .iterate() as Iterable<Known>) {
    const now = listed.get(known.path);
    if (!now) gone.push(known);
    else if (now.size === known.size && now.modified === known.modified) unchanged.add(known.path);
  }
  const forget = db.prepare('DELETE FROM files WHERE path = ?');
  const dirty = db.prepare('INSERT OR IGNORE INTO dirty VALUES (?)');
  const passOver = db.prepare("INSERT OR REPLACE INTO files VALUES (?, 0, 0, 'passed-over', NULL, NULL, ?)");
  transaction(db, () => {
    for (const { path, series } of gone) {
      forget.run(path);
      if (series !== null) dirty.run(series);
    }
    db.exec("DELETE FROM files WHERE kind = 'passed-over'");
    for (const { path, reason } of passedOver) passOver.run(path, reason);
  });
  return [...listed.keys()].filter((path) => !unchanged.has(path)).sort();
}

async function read(
  db: Database,
  root: string,
  waiting: readonly string[],
  listed: ReadonlyMap<string, { size: number; modified: number }>,
  atWork: AtWork,
  { progress, stopped }: ScanContext,
): Promise<void> {
  const startedAt = Date.now();
  let batch: { path: string; described: Described }[] = [];
  let flushedAt = Date.now();
  const report = (seen: number): void => {
    const seconds = (Date.now() - startedAt) / 1000;
    progress({
      phase: 'reading',
      filesSeen: listed.size - waiting.length + seen,
      filesTotal: listed.size,
      secondsLeft: seen > 20 ? (seconds / seen) * (waiting.length - seen) : null,
    });
  };
  const flush = (seen: number): void => {
    store(db, batch, listed);
    batch = [];
    flushedAt = Date.now();
    report(seen);
  };
  report(0);
  for (const [n, path] of waiting.entries()) {
    if (stopped()) break;
    atWork.begin(path);
    batch.push({ path, described: await withinTime(describeFile(root, path)) });
    atWork.end();
    if (batch.length >= BATCH || Date.now() - flushedAt > BATCH_MILLISECONDS) flush(n + 1);
  }
  flush(waiting.length);
}

function withinTime(work: Promise<Described>): Promise<Described> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => resolve({ kind: 'left-out', reason: 'It took more than a minute to read.', quiet: false }),
      FILE_MILLISECONDS,
    );
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

const seriesOf = (path: string, described: Described): string | null =>
  described.kind === 'dicom'
    ? `dicom ${described.header.study.uid} ${described.header.series.uid}`
    : described.kind === 'image'
      ? `file ${path}`
      : null;

/** Writes what was found out about files, and marks their series to be grouped. */
export function store(
  db: Database,
  batch: readonly { path: string; described: Described }[],
  listed: ReadonlyMap<string, { size: number; modified: number }>,
): void {
  const before = db.prepare('SELECT series FROM files WHERE path = ?');
  const insert = db.prepare('INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?, ?, ?)');
  const dirty = db.prepare('INSERT OR IGNORE INTO dirty VALUES (?)');
  transaction(db, () => {
    for (const { path, described } of batch) {
      const file = listed.get(path);
      if (!file) continue;
      const old = before.get(path) as { series: string | null } | undefined;
      if (old?.series) dirty.run(old.series);
      const series = seriesOf(path, described);
      if (series) dirty.run(series);
      const header = described.kind === 'left-out' ? null : JSON.stringify(described.header);
      const reason = described.kind === 'left-out' ? described.reason : null;
      const kind = described.kind === 'left-out' && described.quiet ? 'other' : described.kind;
      insert.run(path, file.size, file.modified, kind, series, header, reason);
    }
  });
}

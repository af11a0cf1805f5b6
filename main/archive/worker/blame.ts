/** Files that end workers. */
import type { Database } from '../database';
import { store } from './scan';

const SUSPECT = 'suspect ';

/** Remembers what a worker was at when it ended; true where another one ended at the same before. */
export function isSuspectedAgain(db: Database, what: string): boolean {
  const { changes } = db.prepare('INSERT OR IGNORE INTO meta VALUES (?, ?)').run(SUSPECT + what, '1');
  return changes === 0;
}

/** The task came to its end: whoever was suspected did no harm. */
export function clearSuspicion(db: Database): void {
  db.prepare('DELETE FROM meta WHERE key GLOB ?').run(`${SUSPECT}*`);
}

/** Leaves out a file that ended workers, so that scans pass it by until it changes. */
export function blame(
  db: Database,
  path: string,
  file: { readonly size: number; readonly modified: number },
  reason: string,
): void {
  store(db, [{ path, described: { kind: 'left-out', reason, quiet: false } }], new Map([[path, file]]));
}

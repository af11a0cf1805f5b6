/** One writer for one folder: a lock file that names the process, and is taken over where that process is gone. */
import { execFile } from 'node:child_process';
import { open, readFile, rename, rm, link, mkdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { AnnotationFailure } from './failure';

const LOCK = 'writer.lock';

interface Holder {
  readonly pid: number;
  /** When the process started, as the system tells it; a number may be given to another process later. */
  readonly started: string;
  readonly host: string;
}

const run = promisify(execFile);

/** When a process started, in the system's own words; null where it is gone, '' where the system does not tell. */
async function startOf(pid: number): Promise<string | null> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it is there, but another user's.
    if ((error as { code?: string }).code !== 'EPERM') return null;
  }
  try {
    if (process.platform === 'linux') {
      const line = await readFile(`/proc/${pid}/stat`, 'utf8');
      // The 22nd field; the second is the name in brackets and may hold blanks.
      return line.slice(line.lastIndexOf(')') + 2).split(' ')[19] ?? '';
    }
    if (process.platform === 'darwin')
      return (await run('ps', ['-o', 'lstart=', '-p', String(pid)])).stdout.trim();
  } catch {
    return '';
  }
  return '';
}

async function isHeld(holder: Holder): Promise<boolean> {
  // Another machine's processes cannot be asked; its lock stands.
  if (holder.host !== hostname()) return true;
  const started = await startOf(holder.pid);
  return started !== null && (started === '' || holder.started === '' || started === holder.started);
}

const parse = (text: string): Holder | null => {
  try {
    const holder = JSON.parse(text) as Holder;
    return Number.isInteger(holder.pid) ? holder : null;
  } catch {
    return null;
  }
};

/** A lock that is held until `release`, or until this process ends. */
export interface WriterLock {
  release(): Promise<void>;
}

/**
 * Locks a folder for writing.
 * @throws AnnotationFailure where another running process holds it
 */
export async function lockForWriting(folder: string): Promise<WriterLock> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, LOCK);
  const mine: Holder = {
    pid: process.pid,
    started: (await startOf(process.pid)) ?? '',
    host: hostname(),
  };
  const text = JSON.stringify(mine);
  const draft = join(folder, `${LOCK}.${process.pid}.${Math.random().toString(36).slice(2)}`);
  const handle = await open(draft, 'wx', 0o600);
  await handle.writeFile(text);
  await handle.sync();
  await handle.close();
  try {
    for (let attempt = 0; attempt < 5; attempt++) {
      try {
        // Fails where the lock exists; never shows a half-written one.
        await link(draft, file);
        return {
          async release() {
            if ((await readFile(file, 'utf8').catch(() => '')) === text) await rm(file, { force: true });
          },
        };
      } catch (error) {
        if ((error as { code?: string }).code !== 'EEXIST') throw error;
      }
      await removeStale(file, `${draft}.stale`);
    }
  } finally {
    await rm(draft, { force: true });
  }
  throw new AnnotationFailure(
    'The contours of this archive are being opened elsewhere; try again in a moment.',
  );
}

/** @throws AnnotationFailure where the lock is held */
async function removeStale(file: string, aside: string): Promise<void> {
  const before = await readFile(file, 'utf8').catch(() => null);
  if (before === null) return;
  const holder = parse(before);
  if (holder && (await isHeld(holder)))
    throw new AnnotationFailure(
      holder.host === hostname()
        ? `The contours of this archive are open in another AMLP Studio (process ${holder.pid}); close it first.`
        : 'The contours of this archive are open on another computer; close them there first.',
    );
  // Renaming lets one of several takers win; whoever renamed a fresh lock by mistake puts it back.
  await rename(file, aside).catch(() => undefined);
  const moved = await readFile(aside, 'utf8').catch(() => null);
  if (moved !== null && moved !== before) await link(aside, file).catch(() => undefined);
  await rm(aside, { force: true });
}

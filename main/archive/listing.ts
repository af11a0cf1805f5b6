/** Walks an archive. Nothing outside its folder is ever visited: links are not followed. */
import { opendir, lstat, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';

export interface ListedFile {
  /** Below the archive, with '/' between folders on every system. */
  readonly path: string;
  readonly size: number;
  /** Milliseconds since 1970. */
  readonly modified: number;
}

export type Listed = ListedFile | { readonly path: string; readonly reason: string };

/** Deeper folders than this are a loop or a trick. */
const DEEPEST = 64;

/** Folders that systems leave behind. */
const SYSTEM_FOLDERS = new Set(['.git', '__MACOSX', '$RECYCLE.BIN', 'System Volume Information', '.Trash']);

/**
 * Yields every file below `root`, and what was passed over with the reason.
 * @param root a real path (links resolved)
 * @param stopped asked between files
 */
export async function* listFiles(root: string, stopped: () => boolean): AsyncGenerator<Listed> {
  const waiting: { folder: string; below: string; depth: number }[] = [{ folder: root, below: '', depth: 0 }];
  while (waiting.length > 0 && !stopped()) {
    const { folder, below, depth } = waiting.pop()!;
    let entries;
    try {
      entries = await opendir(folder, { bufferSize: 256 });
    } catch {
      yield { path: below || '.', reason: 'This folder may not be read; ask for the right to it.' };
      continue;
    }
    try {
      for await (const entry of entries) {
        if (stopped()) return;
        const path = below === '' ? entry.name : `${below}/${entry.name}`;
        const full = join(folder, entry.name);
        if (entry.isSymbolicLink()) {
          if (await leadsOut(root, full))
            yield { path, reason: 'This is a link out of the archive; links are not followed.' };
        } else if (entry.isDirectory()) {
          if (SYSTEM_FOLDERS.has(entry.name)) continue;
          if (depth + 1 > DEEPEST)
            yield { path, reason: `Folders deeper than ${DEEPEST} levels are not read.` };
          else waiting.push({ folder: full, below: path, depth: depth + 1 });
        } else if (entry.isFile()) {
          try {
            const { size, mtimeMs } = await lstat(full);
            yield { path, size, modified: mtimeMs };
          } catch {
            yield { path, reason: 'This file vanished or may not be read.' };
          }
        }
      }
    } catch {
      yield { path: below || '.', reason: 'This folder could not be read to its end.' };
    }
  }
}

/** A link inside the archive is found again at its own place; one that leads out, or nowhere, is worth a word. */
async function leadsOut(root: string, link: string): Promise<boolean> {
  try {
    return !(await realpath(link)).startsWith(root.endsWith(sep) ? root : root + sep);
  } catch {
    return true;
  }
}

/**
 * The file's real place, for reading.
 * @throws Error where it has meanwhile become a link out of the archive
 */
export async function fileOfArchive(root: string, path: string): Promise<string> {
  const file = await realpath(join(root, path));
  if (!file.startsWith(root.endsWith(sep) ? root : root + sep))
    throw new Error('This file leads out of the archive; it was not read.');
  return file;
}

/**
 * What the annotation asks of a disk. Behind an interface, so that tests can put a disk there that loses power.
 */
import { constants } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

export interface DiskFile {
  size(): Promise<number>;
  /** Fewer bytes only at the end of the file. */
  read(offset: number, length: number): Promise<Uint8Array>;
  write(offset: number, bytes: Uint8Array): Promise<void>;
  truncate(length: number): Promise<void>;
  /** Resolves when everything written is on the disk itself. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

export interface Disk {
  /** Makes the folder and those above it, durably. */
  makeFolder(folder: string): Promise<void>;
  /** Names in a folder; empty where it is not there. */
  list(folder: string): Promise<readonly string[]>;
  /** The whole file, or null where it is not there. */
  readAll(file: string): Promise<Uint8Array | null>;
  /** Opens to read and write, making the file where it is not there. */
  open(file: string): Promise<DiskFile>;
  rename(from: string, to: string): Promise<void>;
  remove(file: string): Promise<void>;
  /** Resolves when names made, renamed or removed in the folder are on the disk itself. */
  syncFolder(folder: string): Promise<void>;
}

const isMissing = (error: unknown): boolean => (error as { code?: string }).code === 'ENOENT';

async function syncFolder(folder: string): Promise<void> {
  // Windows cannot open a folder; its file system journals names by itself.
  if (process.platform === 'win32') return;
  const handle = await open(folder, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function makeFolder(folder: string): Promise<void> {
  if (await stat(folder).catch(() => null)) return;
  await makeFolder(dirname(folder));
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await syncFolder(dirname(folder));
}

/** The real disk. */
export const nodeDisk: Disk = {
  makeFolder,
  syncFolder,
  async list(folder) {
    try {
      return await readdir(folder);
    } catch (error) {
      if (isMissing(error)) return [];
      throw error;
    }
  },
  async readAll(file) {
    try {
      return await readFile(file);
    } catch (error) {
      if (isMissing(error)) return null;
      throw error;
    }
  },
  async open(file) {
    const handle = await open(file, constants.O_RDWR | constants.O_CREAT, 0o600);
    return {
      size: async () => (await handle.stat()).size,
      async read(offset, length) {
        const bytes = new Uint8Array(length);
        let done = 0;
        while (done < length) {
          const { bytesRead } = await handle.read(bytes, done, length - done, offset + done);
          if (bytesRead === 0) break;
          done += bytesRead;
        }
        return bytes.subarray(0, done);
      },
      async write(offset, bytes) {
        let done = 0;
        while (done < bytes.length)
          done += (await handle.write(bytes, done, bytes.length - done, offset + done)).bytesWritten;
      },
      truncate: (length) => handle.truncate(length),
      sync: () => handle.sync(),
      close: () => handle.close(),
    };
  },
  rename: (from, to) => rename(from, to),
  remove: (file) => rm(file, { force: true }),
};

/**
 * Writes a file so that either the old or the whole new one is there, whatever happens: beside it, flushed, read back
 * and compared, renamed over it, the folder flushed.
 */
export async function replaceFile(
  disk: Disk,
  folder: string,
  name: string,
  bytes: Uint8Array,
): Promise<void> {
  const draft = join(folder, `${name}.draft`);
  const file = await disk.open(draft);
  try {
    await file.truncate(0);
    await file.write(0, bytes);
    await file.sync();
    const back = await file.read(0, bytes.length + 1);
    if (Buffer.compare(back, bytes) !== 0) throw new Error('The disk did not keep what was written.');
  } finally {
    await file.close();
  }
  await disk.rename(draft, join(folder, name));
  await disk.syncFolder(folder);
}

import { basename, dirname } from 'node:path';
import type { Disk, DiskFile } from '../../main/annotation/disk';

/** What the disk was told and has not been told to flush. */
type Pending =
  | { readonly kind: 'write'; readonly inode: Inode; readonly offset: number; readonly bytes: Uint8Array }
  | { readonly kind: 'truncate'; readonly inode: Inode; readonly length: number };
type NameChange = { readonly folder: string; readonly name: string; readonly inode: Inode | null };

interface Inode {
  /** What a running program reads. */
  live: Uint8Array;
  /** What is on the platter for certain. */
  flushed: Uint8Array;
  pending: Pending[];
}

const SECTOR = 512;

function written(content: Uint8Array, offset: number, bytes: Uint8Array): Uint8Array {
  const next = new Uint8Array(Math.max(content.length, offset + bytes.length));
  next.set(content);
  next.set(bytes, offset);
  return next;
}

const cut = (content: Uint8Array, length: number): Uint8Array => {
  const next = new Uint8Array(length);
  next.set(content.subarray(0, length));
  return next;
};

/**
 * A disk that loses power. Between two flushes it may keep any of what it was told, in any order, each write torn at
 * any sector, and any of the names; a flush of a file keeps its content, a flush of a folder its names.
 */
export class SimulatedDisk implements Disk {
  /** Names as a running program sees them. */
  private live = new Map<string, Inode>();
  /** Names that are on the platter for certain. */
  private flushed = new Map<string, Inode>();
  private nameChanges: NameChange[] = [];
  private folders = new Set<string>(['/']);
  /** Operations so far; a test cuts the power at one of them. */
  operations = 0;
  /** Writes then keep the first half of what they are given, and fail. */
  isFull = false;

  /** @param cutAt number of the operation at which power fails; from then on nothing is answered */
  constructor(
    private readonly random: () => number,
    public cutAt = Infinity,
  ) {}

  private step(): void {
    if (++this.operations >= this.cutAt) throw new Error('power cut');
  }

  /** The disk as it is found after the power came back. */
  afterPowerCut(): SimulatedDisk {
    const disk = new SimulatedDisk(this.random);
    disk.folders = new Set(this.folders);
    const names = new Map(this.flushed);
    // A journalling file system keeps the order of the names of one folder: a prefix survives.
    const byFolder = new Map<string, NameChange[]>();
    for (const change of this.nameChanges)
      byFolder.set(change.folder, [...(byFolder.get(change.folder) ?? []), change]);
    for (const [folder, changes] of byFolder) {
      const kept = Math.floor(this.random() * (changes.length + 1));
      for (const { name, inode } of changes.slice(0, kept)) {
        const path = `${folder === '/' ? '' : folder}/${name}`;
        if (inode) names.set(path, inode);
        else names.delete(path);
      }
    }
    const survivors = new Map<Inode, Inode>();
    for (const [path, inode] of names) {
      let survivor = survivors.get(inode);
      if (!survivor) {
        const content = this.contentAfterCut(inode);
        survivors.set(inode, (survivor = { live: content, flushed: content, pending: [] }));
      }
      disk.live.set(path, survivor);
      disk.flushed.set(path, survivor);
    }
    return disk;
  }

  private contentAfterCut(inode: Inode): Uint8Array {
    let content = inode.flushed;
    const order = [...inode.pending];
    for (let n = order.length - 1; n > 0; n--) {
      const m = Math.floor(this.random() * (n + 1));
      [order[n], order[m]] = [order[m], order[n]];
    }
    for (const change of order) {
      if (this.random() < 0.4) continue;
      if (change.kind === 'truncate') {
        content = cut(content, Math.min(content.length, change.length));
        continue;
      }
      for (let at = 0; at < change.bytes.length;) {
        const end = Math.min(
          change.bytes.length,
          (Math.floor((change.offset + at) / SECTOR) + 1) * SECTOR - change.offset,
        );
        if (this.random() < 0.75)
          content = written(content, change.offset + at, change.bytes.subarray(at, end));
        else if (this.random() < 0.3)
          // The file has grown, its sector has not been written: zeros.
          content = written(content, change.offset + at, new Uint8Array(end - at));
        at = end;
      }
    }
    return content;
  }

  async makeFolder(folder: string): Promise<void> {
    this.folders.add(folder);
  }

  async list(folder: string): Promise<readonly string[]> {
    return [...this.live.keys()].filter((p) => dirname(p) === folder).map((p) => basename(p));
  }

  async readAll(file: string): Promise<Uint8Array | null> {
    return this.live.get(file)?.live.slice() ?? null;
  }

  async open(file: string): Promise<DiskFile> {
    this.step();
    let inode = this.live.get(file);
    if (!inode) {
      inode = { live: new Uint8Array(0), flushed: new Uint8Array(0), pending: [] };
      this.live.set(file, inode);
      this.nameChanges.push({ folder: dirname(file), name: basename(file), inode });
    }
    const of = inode;
    return {
      size: async () => of.live.length,
      read: async (offset, length) => of.live.slice(offset, offset + length),
      write: async (offset, bytes) => {
        const copy = this.isFull ? bytes.slice(0, bytes.length / 2) : bytes.slice();
        of.live = written(of.live, offset, copy);
        of.pending.push({ kind: 'write', inode: of, offset, bytes: copy });
        if (this.isFull) throw Object.assign(new Error('no space left'), { code: 'ENOSPC' });
        this.step();
      },
      truncate: async (length) => {
        of.live = cut(of.live, length);
        of.pending.push({ kind: 'truncate', inode: of, length });
        this.step();
      },
      sync: async () => {
        this.step();
        of.flushed = of.live;
        of.pending = [];
        this.step();
      },
      close: async () => undefined,
    };
  }

  async rename(from: string, to: string): Promise<void> {
    const inode = this.live.get(from);
    if (!inode) throw Object.assign(new Error('not there'), { code: 'ENOENT' });
    this.live.delete(from);
    this.live.set(to, inode);
    this.nameChanges.push({ folder: dirname(to), name: basename(to), inode });
    this.nameChanges.push({ folder: dirname(from), name: basename(from), inode: null });
    this.step();
  }

  async remove(file: string): Promise<void> {
    if (!this.live.delete(file)) return;
    this.nameChanges.push({ folder: dirname(file), name: basename(file), inode: null });
    this.step();
  }

  async syncFolder(folder: string): Promise<void> {
    this.step();
    for (const { folder: of, name, inode } of this.nameChanges) {
      if (of !== folder) continue;
      const path = `${folder === '/' ? '' : folder}/${name}`;
      if (inode) this.flushed.set(path, inode);
      else this.flushed.delete(path);
    }
    this.nameChanges = this.nameChanges.filter((c) => c.folder !== folder);
  }

  /** The same content on a disk of its own that never fails. */
  async copied(random: () => number): Promise<SimulatedDisk> {
    const disk = new SimulatedDisk(random);
    for (const [path, { live }] of this.live) {
      const inode: Inode = { live, flushed: live, pending: [] };
      disk.live.set(path, inode);
      disk.flushed.set(path, inode);
    }
    return disk;
  }

  /** Damages bytes that were flushed, as a failing disk does. */
  damage(file: string, at: number): void {
    const inode = this.live.get(file)!;
    const content = inode.live.slice();
    content[at] ^= 0x55;
    inode.live = inode.flushed = content;
  }

  sizeOf(file: string): number {
    return this.live.get(file)?.live.length ?? 0;
  }
}

import { applyFlips, type Flips } from '../../main/imaging/mask/flips';

/** One mask with what is known of it without looking through all of it. */
interface Entry {
  readonly mask: Uint8Array;
  voxels: number;
  /** Rises with every change, so that what was derived from the mask knows when it is stale. */
  revision: number;
}

let revisions = 0;

/** The masks of the segments: the master of everything that is drawn, measured and saved. */
export class Masks {
  private readonly entries = new Map<string, Entry>();

  add(id: string, mask: Uint8Array): void {
    let voxels = 0;
    for (let v = 0; v < mask.length; v++) voxels += mask[v];
    this.entries.set(id, { mask, voxels, revision: ++revisions });
  }

  remove(id: string): void {
    this.entries.delete(id);
  }

  clear(): void {
    this.entries.clear();
  }

  /** @throws Error if there is no such segment. */
  of(id: string): Uint8Array {
    return this.entry(id).mask;
  }

  has(id: string): boolean {
    return this.entries.has(id);
  }

  voxels(id: string): number {
    return this.entries.get(id)?.voxels ?? 0;
  }

  revision(id: string): number {
    return this.entries.get(id)?.revision ?? 0;
  }

  flip(id: string, flips: Flips): void {
    const entry = this.entry(id);
    let gained = 0;
    for (let r = 0; r < flips.length; r += 2) {
      const end = flips[r] + flips[r + 1];
      for (let v = flips[r]; v < end; v++) gained += entry.mask[v] === 0 ? 1 : -1;
    }
    applyFlips(entry.mask, flips);
    entry.voxels += gained;
    entry.revision = ++revisions;
  }

  private entry(id: string): Entry {
    const entry = this.entries.get(id);
    if (!entry) throw new Error(`There is no segment ${id}.`);
    return entry;
  }
}

/** The mask that flips of an empty grid stand for. */
export function maskOfFlips(flips: Flips, voxels: number): Uint8Array {
  const mask = new Uint8Array(voxels);
  applyFlips(mask, flips);
  return mask;
}

/** The runs of set voxels of a mask: flips of an empty grid. */
export function flipsOfMask(mask: Uint8Array): Flips {
  const runs: number[] = [];
  for (let v = mask.indexOf(1); v >= 0;) {
    const end = mask.indexOf(0, v);
    const stop = end < 0 ? mask.length : end;
    runs.push(v, stop - v);
    v = stop < mask.length ? mask.indexOf(1, stop) : -1;
  }
  return Uint32Array.from(runs);
}

/**
 * The one change that several changes, made one after the other, amount to: voxels flipped an odd number of times.
 * Each border of a run toggles; borders that meet cancel.
 */
export function flipsTogether(changes: readonly Flips[]): Flips {
  const borders: number[] = [];
  for (const flips of changes)
    for (let r = 0; r < flips.length; r += 2) borders.push(flips[r], flips[r] + flips[r + 1]);
  borders.sort((a, b) => a - b);
  const kept: number[] = [];
  for (const border of borders)
    if (kept[kept.length - 1] === border) kept.pop();
    else kept.push(border);
  const runs = new Uint32Array(kept.length);
  for (let r = 0; r < kept.length; r += 2) {
    runs[r] = kept[r];
    runs[r + 1] = kept[r + 1] - kept[r];
  }
  return runs;
}

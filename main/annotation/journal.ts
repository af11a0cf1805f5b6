/**
 * An append-only file of records. Each carries a checksum over itself and the checksum before it, so that a record can
 * be neither damaged nor changed, removed or moved without notice. A record is acknowledged when it is on the disk.
 *
 * Record: "AMLJ", version u8, type u8, 0 u16, payload length u32, number u32 (little-endian), payload,
 * SHA-256 of (checksum of the record before ‖ header ‖ payload), truncated to 16 bytes.
 */
import { createHash } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import type { Disk, DiskFile } from './disk';

const MAGIC = 0x4a4c4d41; // "AMLJ"
const VERSION = 1;
const HEADER = 16;
const CHECK = 16;
/** A longer record is damage: the largest mask that we write is far smaller. */
const LONGEST = 512 * 2 ** 20;
const START = new Uint8Array(CHECK);

export interface JournalRecord {
  readonly type: number;
  readonly number: number;
  readonly payload: Uint8Array;
  /** Checksum over it and all before it, hexadecimal. */
  readonly check: string;
  /** Where it lies in the file. */
  readonly offset: number;
  readonly length: number;
}

/** A place up to which a journal is known. */
export interface JournalMark {
  readonly length: number;
  /** Records before it. */
  readonly count: number;
  /** Checksum of the last of them, hexadecimal. */
  readonly check: string;
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

function checkOf(before: Uint8Array, header: Uint8Array, payload: Uint8Array): Uint8Array {
  return createHash('sha256').update(before).update(header).update(payload).digest().subarray(0, CHECK);
}

/** The record at `offset` of `bytes`, or null where none is whole and true. `base` is where `bytes` begin in the file. */
function recordAt(bytes: Uint8Array, offset: number, base: number, before: Uint8Array): JournalRecord | null {
  if (bytes.length < offset + HEADER + CHECK) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset);
  const length = view.getUint32(8, true);
  if (view.getUint32(0, true) !== MAGIC || view.getUint8(4) !== VERSION || length > LONGEST) return null;
  const end = offset + HEADER + length;
  if (bytes.length < end + CHECK) return null;
  const header = bytes.subarray(offset, offset + HEADER);
  const payload = bytes.subarray(offset + HEADER, end);
  if (Buffer.compare(checkOf(before, header, payload), bytes.subarray(end, end + CHECK)) !== 0) return null;
  return {
    type: view.getUint8(5),
    number: view.getUint32(12, true),
    payload,
    check: hex(bytes.subarray(end, end + CHECK)),
    offset: base + offset,
    length: HEADER + length + CHECK,
  };
}

/** Every record of `bytes` up to the first that is not true, and where that is. */
function recordsOf(
  bytes: Uint8Array,
  base: number,
  before: Uint8Array,
  count: number,
): { records: JournalRecord[]; end: number; check: Uint8Array } {
  const records: JournalRecord[] = [];
  let end = 0;
  let check = before;
  for (;;) {
    const record = recordAt(bytes, end, base, check);
    if (!record || record.number !== count + records.length) return { records, end, check };
    records.push(record);
    end += record.length;
    check = bytes.subarray(end - CHECK, end);
  }
}

export interface OpenedJournal {
  readonly journal: Journal;
  /** Records behind the mark. */
  readonly records: readonly JournalRecord[];
  /** Bytes that were no whole record and were put aside. */
  readonly tornBytes: number;
}

export class Journal {
  #length: number;
  #count: number;
  #check: Uint8Array;
  /** A write failed and may have left something behind the last record. */
  #untidy = false;
  #queue: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly file: DiskFile,
    mark: { length: number; count: number; check: Uint8Array },
  ) {
    this.#length = mark.length;
    this.#count = mark.count;
    this.#check = mark.check;
  }

  /**
   * Opens a journal, or makes it. What follows the last true record, as a power cut leaves it, is copied to
   * `quarantine-<number>-<name>` beside it and cut off.
   * @param mark a place that is trusted; the records before it are not read
   * @returns null where the journal does not contain `mark`
   */
  static async open(disk: Disk, path: string, mark?: JournalMark): Promise<OpenedJournal | null> {
    const folder = dirname(path);
    await disk.makeFolder(folder);
    const isNew = !(await disk.list(folder)).includes(basename(path));
    const file = await disk.open(path);
    try {
      if (isNew) {
        if (mark && mark.length > 0) {
          await file.close();
          return null;
        }
        await file.sync();
        await disk.syncFolder(folder);
      }
      const size = await file.size();
      const from = mark?.length ?? 0;
      let before = START;
      if (mark && from > 0) {
        const found = size >= from ? await file.read(from - CHECK, CHECK) : START;
        if (hex(found) !== mark.check) {
          await file.close();
          return null;
        }
        before = found as Uint8Array<ArrayBuffer>;
      }
      const bytes = await file.read(from, size - from);
      const { records, end, check } = recordsOf(bytes, from, before, mark?.count ?? 0);
      const count = (mark?.count ?? 0) + records.length;
      if (end < bytes.length) {
        await putAside(disk, folder, `quarantine-${count}-${basename(path)}`, bytes.subarray(end));
        await file.truncate(from + end);
        await file.sync();
      }
      return {
        journal: new Journal(file, { length: from + end, count, check }),
        records,
        tornBytes: bytes.length - end,
      };
    } catch (error) {
      await file.close().catch(() => undefined);
      throw error;
    }
  }

  /**
   * Reads a journal and changes nothing in it.
   * @throws Error where what follows its last true record is no record: it is damaged, was changed, or was not whole yet
   */
  static async read(disk: Disk, path: string): Promise<readonly JournalRecord[]> {
    const file = await disk.open(path);
    try {
      const bytes = await file.read(0, await file.size());
      const { records, end } = recordsOf(bytes, 0, START, 0);
      if (end < bytes.length) throw new Error('The journal is damaged.');
      return records;
    } finally {
      await file.close();
    }
  }

  get mark(): JournalMark {
    return { length: this.#length, count: this.#count, check: hex(this.#check) };
  }

  /**
   * Appends records, all or none; resolves when they are on the disk.
   * @throws the system's error where the disk is full or fails; the journal is then as it was
   */
  append(records: readonly { type: number; payload: Uint8Array }[]): Promise<readonly JournalRecord[]> {
    const work = this.#queue.then(() => this.#append(records));
    this.#queue = work.catch(() => undefined);
    return work;
  }

  async #append(wanted: readonly { type: number; payload: Uint8Array }[]): Promise<readonly JournalRecord[]> {
    if (this.#untidy) {
      await this.file.truncate(this.#length);
      await this.file.sync();
      this.#untidy = false;
    }
    const parts: Uint8Array[] = [];
    const records: JournalRecord[] = [];
    let check = this.#check;
    let offset = this.#length;
    for (const { type, payload } of wanted) {
      if (payload.length > LONGEST) throw new RangeError('The change is too large to keep.');
      const number = this.#count + records.length;
      const header = new Uint8Array(HEADER);
      const view = new DataView(header.buffer);
      view.setUint32(0, MAGIC, true);
      view.setUint8(4, VERSION);
      view.setUint8(5, type);
      view.setUint32(8, payload.length, true);
      view.setUint32(12, number, true);
      check = checkOf(check, header, payload);
      parts.push(header, payload, check);
      const length = HEADER + payload.length + CHECK;
      records.push({ type, number, payload, check: hex(check), offset, length });
      offset += length;
    }
    this.#untidy = true;
    try {
      await this.file.write(this.#length, Buffer.concat(parts));
      await this.file.sync();
    } catch (error) {
      // Nothing of a refused change may be found again after a restart.
      await this.file
        .truncate(this.#length)
        .then(() => this.file.sync())
        .then(() => (this.#untidy = false))
        .catch(() => undefined);
      throw error;
    }
    this.#untidy = false;
    this.#length = offset;
    this.#count += records.length;
    this.#check = check;
    return records;
  }

  /** Reads a record again. @throws Error where it is damaged */
  async read(offset: number, length: number): Promise<JournalRecord> {
    const lead = offset === 0 ? 0 : CHECK;
    const bytes = await this.file.read(offset - lead, lead + length);
    const record = recordAt(bytes, lead, offset - lead, lead === 0 ? START : bytes.subarray(0, CHECK));
    if (!record) throw new Error('A record of the journal is damaged.');
    return record;
  }

  /** Reads everything again and says how many records are true, and how many there should be. */
  async verify(): Promise<{ readonly sound: number; readonly expected: number }> {
    await this.#queue;
    const { records } = recordsOf(await this.file.read(0, this.#length), 0, START, 0);
    return { sound: records.length, expected: this.#count };
  }

  /** Every record, in order. @throws Error where one is damaged */
  async all(): Promise<readonly JournalRecord[]> {
    await this.#queue;
    const { records } = recordsOf(await this.file.read(0, this.#length), 0, START, 0);
    if (records.length !== this.#count) throw new Error('A record of the journal is damaged.');
    return records;
  }

  async close(): Promise<void> {
    await this.#queue;
    await this.file.close();
  }
}

/** Copies what is about to be cut off; it may still be of use to someone who knows the format. */
export async function putAside(disk: Disk, folder: string, name: string, bytes: Uint8Array): Promise<void> {
  const taken = new Set(await disk.list(folder));
  let free = name;
  for (let n = 2; taken.has(free); n++) free = `${n}-${name}`;
  const file = await disk.open(join(folder, free));
  try {
    await file.write(0, bytes);
    await file.sync();
  } finally {
    await file.close();
  }
  await disk.syncFolder(folder);
}

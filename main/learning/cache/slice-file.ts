import { closeSync, existsSync, fstatSync, mkdirSync, openSync, readSync, statSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import type { Breathe, CutCase } from '../preprocess/cut';
import type { LearningGrid } from '../preprocess/grid';
import { narrow, widen } from './half';

/**
 * One case, cut into slices, on the disk: a line of JSON padded to 4096 bytes times n, then the slices as half
 * floats one after the other. Written once, whole or not at all; read slice by slice into buffers that exist
 * already, so that memory does not grow with the archive (the system's page cache does the rest).
 */
const magic = 'AMLP slices 1\n';
const block = 4096;
const maxHeader = 4 * 1024 * 1024;

const triple = z.tuple([z.number(), z.number(), z.number()]);
const axisSchema = z.object({
  source: z.union([z.literal(0), z.literal(1), z.literal(2)]),
  length: z.int().positive(),
  start: z.number(),
  step: z.number(),
});
const headerSchema = z.object({
  caseId: z.string(),
  size: z.int().positive().max(4096),
  channels: z.int().positive().max(16),
  count: z.int().nonnegative(),
  places: z.array(triple),
  grid: z.object({
    native: z.object({
      size: triple,
      spacing: triple,
      origin: triple,
      axes: z.tuple([triple, triple, triple]),
    }),
    columns: axisSchema,
    rows: axisSchema,
    slices: axisSchema,
  }),
  intensities: z.array(
    z.object({
      low: z.number(),
      high: z.number(),
      mean: z.number(),
      sd: z.number(),
      background: z.number(),
    }),
  ),
});

export interface SliceFileHeader {
  readonly caseId: string;
  readonly size: number;
  readonly channels: number;
  readonly count: number;
  /** Position on the slice axis, and the left upper corner of the window, of each slice. */
  readonly places: readonly (readonly [s: number, x: number, y: number])[];
  readonly grid: LearningGrid;
  readonly intensities: CutCase['intensities'];
}

/** Writes a cut case. A file under `file` appears only once it is whole. */
export async function writeSliceFile(
  file: string,
  caseId: string,
  cut: CutCase,
  breathe: Breathe,
): Promise<void> {
  const header: SliceFileHeader = {
    caseId,
    size: cut.size,
    channels: cut.channels,
    count: cut.places.length,
    places: cut.places.map(({ s, tile }) => [s, tile.x, tile.y] as const),
    grid: cut.grid,
    intensities: cut.intensities,
  };
  const text = Buffer.from(`${magic}${JSON.stringify(header)}\n`);
  const start = Buffer.alloc(Math.ceil(text.length / block) * block, 0x20);
  text.copy(start);
  mkdirSync(dirname(file), { recursive: true });
  const beside = `${file}.${process.pid}.part`;
  try {
    const handle = await open(beside, 'w');
    try {
      await handle.write(start);
      const slice = new Float32Array(cut.size * cut.size * cut.channels);
      const halves = new Uint16Array(slice.length);
      for (let i = 0; i < header.count; i++) {
        cut.read(i, slice);
        narrow(slice, halves);
        const bytes = new Uint8Array(halves.buffer);
        for (let at = 0; at < bytes.length;)
          at += (await handle.write(bytes, at, bytes.length - at)).bytesWritten;
        await breathe();
      }
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(beside, file);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
}

/** A case on the disk, open for reading. */
export class SliceFile {
  readonly header: SliceFileHeader;
  readonly file: string;
  private readonly offset: number;
  private readonly halves: Uint16Array;
  private handle: number | null = null;

  private constructor(file: string, header: SliceFileHeader, offset: number) {
    this.file = file;
    this.header = header;
    this.offset = offset;
    this.halves = new Uint16Array(header.size * header.size * header.channels);
  }

  /** The file, or null where there is none or it is not whole (it is then made again). */
  static open(file: string): SliceFile | null {
    if (!existsSync(file)) return null;
    const bytes = Buffer.alloc(Math.min(maxHeader, statSync(file).size));
    const handle = openSync(file, 'r');
    try {
      readSync(handle, bytes, 0, bytes.length, 0);
      const end = bytes.indexOf('\n', magic.length);
      if (!bytes.subarray(0, magic.length).equals(Buffer.from(magic)) || end < 0) return null;
      const header = headerSchema.parse(
        JSON.parse(bytes.toString('utf8', magic.length, end)),
      ) as unknown as SliceFileHeader;
      const offset = Math.ceil((end + 1) / block) * block;
      const expected = offset + header.count * header.size * header.size * header.channels * 2;
      if (fstatSync(handle).size !== expected || header.places.length !== header.count) return null;
      return new SliceFile(file, header, offset);
    } catch {
      return null;
    } finally {
      closeSync(handle);
    }
  }

  /** Slice `index` into the first size · size · channels places of `into`. */
  read(index: number, into: Float32Array): void {
    this.handle ??= openSync(this.file, 'r');
    const bytes = new Uint8Array(this.halves.buffer);
    const position = this.offset + index * bytes.length;
    for (let at = 0; at < bytes.length;) {
      const n = readSync(this.handle, bytes, at, bytes.length - at, position + at);
      if (n === 0) throw new RangeError('A file of the slice cache ends too early; delete it and try again.');
      at += n;
    }
    widen(this.halves, into);
  }

  /** Gives the system's handle back; a later read takes a new one. */
  close(): void {
    if (this.handle !== null) closeSync(this.handle);
    this.handle = null;
  }
}

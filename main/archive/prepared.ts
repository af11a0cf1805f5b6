/**
 * A prepared volume: `volume.json` (what it is) and `voxels.raw` (its voxels, little-endian, i fastest) in a folder of
 * the cache. The viewer streams the voxels, learning maps them; nobody parses the scan's own files again.
 */
import { open, mkdir, readFile, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { endianness } from 'node:os';
import { dirname, join } from 'node:path';
import type { OpenVolume } from '../../preload/api';
import type { VoxelArray } from '../imaging/volume';
import { voxelCount } from '../imaging/space/geometry';

/** Version of the files; another version is prepared anew. */
const VERSION = 1;

export type DataType = OpenVolume['dataType'];

export interface PreparedVolume extends Omit<OpenVolume, 'voxelsUrl'> {
  /** Changes with the source files. */
  readonly signature: string;
}

const CONSTRUCTORS = { Uint8Array, Int16Array, Uint16Array, Int32Array, Float32Array } as const;

export const DESCRIPTION_FILE = 'volume.json';
export const VOXELS_FILE = 'voxels.raw';

/** The data type's name of an array of voxels. */
export function dataTypeOf(voxels: VoxelArray): DataType {
  const name = Object.keys(CONSTRUCTORS).find((n) => voxels instanceof CONSTRUCTORS[n as DataType]);
  return name as DataType;
}

/**
 * A prepared volume in the making, beside its folder. Its voxels may be put in place bit by bit, and read from there by
 * others, before the whole is known; `finish` turns it into the prepared volume at once.
 */
export class PreparedDraft {
  private constructor(
    private readonly folder: string,
    private readonly draft: string,
    private readonly handle: FileHandle,
  ) {}

  /** @throws Error where the disk cannot be written */
  static async begin(folder: string): Promise<PreparedDraft> {
    if (endianness() !== 'LE') throw new Error('This processor stores numbers the other way round.');
    const draft = draftOf(folder, process.pid);
    await rm(draft, { recursive: true, force: true });
    await mkdir(draft, { recursive: true });
    return new PreparedDraft(folder, draft, await open(join(draft, VOXELS_FILE), 'w'));
  }

  /** Puts a part of the voxels in place. @param first offset of its first voxel */
  async put(part: VoxelArray, first: number): Promise<void> {
    const bytes = bytesOf(part);
    const start = first * part.BYTES_PER_ELEMENT;
    for (let at = 0; at < bytes.byteLength;)
      at += (await this.handle.write(bytes, at, bytes.byteLength - at, start + at)).bytesWritten;
  }

  /**
   * Makes the draft the prepared volume: `folder` then holds all of it.
   * @param inPlace whether every voxel was put already
   * @throws Error where the disk is full or cannot be written; nothing half-written stays
   */
  async finish(volume: PreparedVolume, voxels: VoxelArray, inPlace = false): Promise<void> {
    if (voxels.length !== voxelCount(volume.geometry))
      throw new RangeError(
        `The volume has ${voxels.length} voxels, its grid ${voxelCount(volume.geometry)}.`,
      );
    if (!inPlace) {
      // Never empty in between: somebody may be reading slices that were told of.
      await this.put(voxels, 0);
      await this.handle.truncate(voxels.byteLength);
    }
    await this.handle.sync();
    if ((await this.handle.stat()).size !== voxels.byteLength) throw notWhole();
    await this.handle.close();
    const description = await open(join(this.draft, DESCRIPTION_FILE), 'w');
    try {
      await description.writeFile(JSON.stringify({ version: VERSION, ...volume }));
      await description.sync();
    } finally {
      await description.close();
    }
    await rm(this.folder, { recursive: true, force: true });
    await renameWhenFree(this.draft, this.folder);
    const parent = await open(dirname(this.folder), 'r').catch(() => null);
    // Windows cannot open folders; there the rename is durable without.
    await parent?.sync().catch(() => undefined);
    await parent?.close();
  }

  /** Leaves nothing behind. */
  async abandon(): Promise<void> {
    await this.handle.close().catch(() => undefined);
    await rm(this.draft, { recursive: true, force: true }).catch(() => undefined);
  }
}

const draftOf = (folder: string, pid: number): string => `${folder}.${pid}.draft`;

/** Where the voxels of a draft lie that a process is making. */
export const draftVoxels = (folder: string, pid: number): string => join(draftOf(folder, pid), VOXELS_FILE);

const notWhole = (): Error =>
  new Error('The prepared volume could not be written whole; look whether the disk is full.');

const bytesOf = (voxels: VoxelArray): Uint8Array =>
  new Uint8Array(voxels.buffer, voxels.byteOffset, voxels.byteLength);

/** Windows refuses to rename a folder while somebody reads a file in it: a moment later nobody does. */
async function renameWhenFree(from: string, to: string): Promise<void> {
  for (let attempt = 1; ; attempt++)
    try {
      return await rename(from, to);
    } catch (error) {
      const { code } = error as { code?: string };
      if (attempt >= 20 || (code !== 'EPERM' && code !== 'EACCES' && code !== 'EBUSY')) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
}

/**
 * Writes a prepared volume so that `folder` holds either all of it or nothing.
 * @throws Error where the disk is full or cannot be written; nothing half-written stays
 */
export async function writePrepared(
  folder: string,
  volume: PreparedVolume,
  voxels: VoxelArray,
): Promise<void> {
  const draft = await PreparedDraft.begin(folder);
  try {
    await draft.finish(volume, voxels);
  } catch (error) {
    await draft.abandon();
    throw error;
  }
}

/** What is prepared in `folder`, or null where nothing is, or nothing whole. */
export async function readPrepared(folder: string): Promise<PreparedVolume | null> {
  try {
    const parsed = JSON.parse(await readFile(join(folder, DESCRIPTION_FILE), 'utf8')) as PreparedVolume & {
      version?: unknown;
    };
    if (parsed.version !== VERSION || !Object.hasOwn(CONSTRUCTORS, parsed.dataType)) return null;
    const { size } = await stat(join(folder, VOXELS_FILE));
    const expected = voxelCount(parsed.geometry) * CONSTRUCTORS[parsed.dataType].BYTES_PER_ELEMENT;
    return size === expected ? parsed : null;
  } catch {
    return null;
  }
}

/** The voxels of a prepared volume, in its unit. For the engine's and the command line's processes, not for main. */
export async function readPreparedVoxels(folder: string, volume: PreparedVolume): Promise<VoxelArray> {
  const bytes = await readFile(join(folder, VOXELS_FILE));
  const Array = CONSTRUCTORS[volume.dataType];
  // A buffer of its own: small files share Node's pool at offsets that typed arrays refuse.
  const own = new Uint8Array(bytes.byteLength);
  own.set(bytes);
  return new Array(own.buffer);
}

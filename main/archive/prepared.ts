/**
 * A prepared volume: `volume.json` (what it is) and `voxels.raw` (its voxels, little-endian, i fastest) in a folder of
 * the cache. The viewer streams the voxels, learning maps them; nobody parses the scan's own files again.
 */
import { open, mkdir, readFile, rename, rm, stat } from 'node:fs/promises';
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

async function writeDurably(file: string, bytes: Uint8Array): Promise<void> {
  const handle = await open(file, 'w');
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
  if ((await stat(file)).size !== bytes.byteLength)
    throw new Error('The prepared volume could not be written whole; look whether the disk is full.');
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
  if (endianness() !== 'LE') throw new Error('This processor stores numbers the other way round.');
  if (voxels.length !== voxelCount(volume.geometry))
    throw new RangeError(`The volume has ${voxels.length} voxels, its grid ${voxelCount(volume.geometry)}.`);
  const draft = `${folder}.${process.pid}.draft`;
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { recursive: true });
  try {
    await writeDurably(
      join(draft, VOXELS_FILE),
      new Uint8Array(voxels.buffer, voxels.byteOffset, voxels.byteLength),
    );
    await writeDurably(
      join(draft, DESCRIPTION_FILE),
      Buffer.from(JSON.stringify({ version: VERSION, ...volume })),
    );
    await rm(folder, { recursive: true, force: true });
    await rename(draft, folder);
  } catch (error) {
    await rm(draft, { recursive: true, force: true }).catch(() => undefined);
    throw error;
  }
  const parent = await open(dirname(folder), 'r').catch(() => null);
  // Windows cannot open folders; there the rename is durable without.
  await parent?.sync().catch(() => undefined);
  await parent?.close();
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

import type { DataSet } from './dataset';
import type { FrameHeader } from './frames';
import { Tag } from './tags';

type Triple = readonly [number, number, number];

/** Slices that a scanner packed as tiles into one frame, row by row from the top left. */
export interface TiledSlices {
  readonly across: number;
  readonly down: number;
  /** Centre of the first voxel of each tile, LPS mm; null where the file does not let it be known. */
  readonly positions: readonly (Triple | null)[];
  /** Distance of neighbouring slices, mm, where the vendor states it. */
  readonly spacing: number | null;
}

const siemensCount = 0x0019100a;
const csaImageHeader = 0x00291010;
const uihCount = 0x00651050;
const uihSlices = 0x00651051;
const mostTiles = 1024;

/**
 * Siemens mosaic: g × g tiles, g the smallest square that holds all slices. Image Position is that of a slice as
 * large as the whole mosaic round the same centre; the slices follow each other along the CSA header's
 * SliceNormalVector at Spacing Between Slices. Null where the image is no mosaic.
 */
export function siemensMosaic(
  d: DataSet,
  shape: { readonly rows: number; readonly columns: number },
  frame: FrameHeader,
): TiledSlices | null {
  if (!d.strings(Tag.imageType).includes('MOSAIC')) return null;
  const csa = readCsa(d.bytes(csaImageHeader));
  const count = d.number(siemensCount, 'US') ?? Number(csa.get('NumberOfImagesInMosaic')?.[0] ?? NaN);
  if (!Number.isInteger(count) || count < 1 || count > mostTiles) return unplaced;
  const grid = Math.ceil(Math.sqrt(count));
  if (shape.rows % grid !== 0 || shape.columns % grid !== 0) return unplaced;
  const rows = shape.rows / grid;
  const columns = shape.columns / grid;
  const normal = (csa.get('SliceNormalVector') ?? []).map(Number);
  const { position, orientation, spacing, spacingBetween } = frame;
  const known =
    position &&
    orientation &&
    spacing &&
    spacingBetween &&
    normal.length === 3 &&
    normal.every(Number.isFinite);
  const positions = Array.from({ length: count }, (_, n): Triple | null => {
    if (!known) return null;
    const along = ((shape.columns - columns) / 2) * spacing[0];
    const down = ((shape.rows - rows) / 2) * spacing[1];
    const at = (c: 0 | 1 | 2): number =>
      position[c] + along * orientation[0][c] + down * orientation[1][c] + n * spacingBetween * normal[c];
    return [at(0), at(1), at(2)];
  });
  return { across: grid, down: grid, positions, spacing: null };
}

/** A mosaic of which nothing is known: one slice without a place, so that it is refused. */
const unplaced: TiledSlices = { across: 1, down: 1, positions: [null], spacing: null };

/**
 * United Imaging grid (Image Type VFRAME): (0065,1050) counts the tiles and (0065,1051) gives the position of each.
 * Null where the image is no grid.
 */
export function uihGrid(
  d: DataSet,
  shape: { readonly rows: number; readonly columns: number },
): TiledSlices | null {
  if (
    !d.strings(Tag.imageType).includes('VFRAME') ||
    !d.string(0x00650010).startsWith('Image Private Header')
  )
    return null;
  const count = d.number(uihCount, 'DS') ?? NaN;
  if (!Number.isInteger(count) || count < 1 || count > mostTiles) return unplaced;
  const across = Math.ceil(Math.sqrt(count));
  const down = Math.ceil(count / across);
  const slices = d.items(uihSlices);
  if (shape.columns % across !== 0 || shape.rows % down !== 0 || slices.length !== count) return unplaced;
  const positions = slices.map((s): Triple | null => {
    const p = s.numbers(Tag.imagePosition, 'DS');
    return p.length === 3 && p.every(Number.isFinite) ? [p[0], p[1], p[2]] : null;
  });
  return { across, down, positions, spacing: null };
}

/**
 * The named values of a Siemens CSA header ("SV10"): per entry a name of 64 bytes, counts, and values as text, each
 * behind four numbers of which the second is its length. Empty where the bytes are no such header.
 */
function readCsa(bytes: Uint8Array): Map<string, string[]> {
  const found = new Map<string, string[]>();
  if (bytes.length < 16 || ascii(bytes, 0, 4) !== 'SV10') return found;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries = Math.min(view.getUint32(8, true), 1000);
  let at = 16;
  for (let entry = 0; entry < entries && at + 84 <= bytes.length; entry++) {
    const name = ascii(bytes, at, 64);
    const items = Math.min(view.getUint32(at + 76, true), 1000);
    at += 84;
    const values: string[] = [];
    for (let item = 0; item < items && at + 16 <= bytes.length; item++) {
      const length = view.getUint32(at + 4, true);
      at += 16;
      if (at + length > bytes.length) return found;
      const value = length <= 4096 ? ascii(bytes, at, length).trim() : '';
      if (value !== '') values.push(value);
      at += Math.ceil(length / 4) * 4;
    }
    found.set(name, values);
  }
  return found;
}

function ascii(bytes: Uint8Array, start: number, length: number): string {
  const text = String.fromCharCode(...bytes.subarray(start, start + length));
  const end = text.indexOf('\0');
  return end < 0 ? text : text.slice(0, end);
}

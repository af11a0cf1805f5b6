import { asImagingError, ImagingError } from '../error';
import { limits } from '../dicom/limits';
import type { VolumeGeometry } from '../space/geometry';
import { gridOfAffine } from '../voxels/affine';
import type { RawType } from '../voxels/raw';

type Triple = readonly [number, number, number];

/** What a NRRD file says of its voxels (teem.sourceforge.net/nrrd/format.html). */
export interface NrrdHeader {
  readonly dataType: RawType;
  /** Sizes of all axes, fastest first. */
  readonly sizes: readonly number[];
  readonly littleEndian: boolean;
  readonly encoding: 'raw' | 'gzip' | 'text';
  /** Where the voxels begin in the file that holds them. */
  readonly dataOffset: number;
  /** Lines and bytes to leave out before the voxels; −1 bytes: they are the end of the file. */
  readonly lineSkip: number;
  readonly byteSkip: number;
  /** Name of the file that holds the voxels, a plain name in the same folder; null if they follow the header. */
  readonly dataFile: string | null;
  /** Volumes along the last axis of a four-dimensional file. */
  readonly count: number;
  readonly geometry: VolumeGeometry;
  readonly remarks: readonly string[];
}

const types: Readonly<Record<string, RawType>> = {
  'signed char': 'int8',
  int8: 'int8',
  int8_t: 'int8',
  uchar: 'uint8',
  'unsigned char': 'uint8',
  uint8: 'uint8',
  uint8_t: 'uint8',
  short: 'int16',
  'short int': 'int16',
  'signed short': 'int16',
  'signed short int': 'int16',
  int16: 'int16',
  int16_t: 'int16',
  ushort: 'uint16',
  'unsigned short': 'uint16',
  'unsigned short int': 'uint16',
  uint16: 'uint16',
  uint16_t: 'uint16',
  int: 'int32',
  'signed int': 'int32',
  int32: 'int32',
  int32_t: 'int32',
  uint: 'uint32',
  'unsigned int': 'uint32',
  uint32: 'uint32',
  uint32_t: 'uint32',
  longlong: 'int64',
  'long long': 'int64',
  int64: 'int64',
  int64_t: 'int64',
  ulonglong: 'uint64',
  'unsigned long long': 'uint64',
  uint64: 'uint64',
  uint64_t: 'uint64',
  float: 'float32',
  double: 'float64',
};

const encodings: Readonly<Record<string, NrrdHeader['encoding']>> = {
  raw: 'raw',
  gzip: 'gzip',
  gz: 'gzip',
  text: 'text',
  txt: 'text',
  ascii: 'text',
};

/** Signs that turn a space's first two axes into LPS; the third always points to the head. */
const spaces: Readonly<Record<string, readonly [number, number]>> = {
  'left-posterior-superior': [1, 1],
  lps: [1, 1],
  'right-anterior-superior': [-1, -1],
  ras: [-1, -1],
  'left-anterior-superior': [1, -1],
  las: [1, -1],
};

const headerLimit = 65_536;

/**
 * Reads the header of a NRRD file (.nrrd, .nhdr).
 * @param bytes the file or its start (64 kB suffice). @throws ImagingError
 */
export function readNrrdHeader(bytes: Uint8Array): NrrdHeader {
  try {
    return parse(bytes);
  } catch (thrown) {
    throw asImagingError(thrown, 'The header of the NRRD file is damaged.');
  }
}

function parse(bytes: Uint8Array): NrrdHeader {
  const { fields, end } = lines(bytes);
  const sizes = numbers(fields.get('sizes'));
  const dimension = Number(fields.get('dimension'));
  if (sizes.length !== dimension || sizes.some((n) => !Number.isSafeInteger(n) || n < 1))
    throw new ImagingError('malformed', 'The NRRD file names no valid sizes.');
  if (sizes.reduce((n, d) => n * d, 1) > limits.fileVoxels)
    throw new ImagingError('over-limit', 'The NRRD file announces more voxels than we agree to read.');
  const dataType = types[fields.get('type')?.toLowerCase() ?? ''];
  if (!dataType)
    throw new ImagingError('unsupported', `NRRD type "${fields.get('type') ?? ''}" is not read.`);
  const encoding = encodings[fields.get('encoding')?.toLowerCase() ?? ''];
  if (!encoding)
    throw new ImagingError('unsupported', `NRRD encoding "${fields.get('encoding') ?? ''}" is not read.`);
  return {
    dataType,
    sizes,
    littleEndian: fields.get('endian')?.toLowerCase() !== 'big',
    encoding,
    dataOffset: end,
    lineSkip: skip(fields.get('line skip') ?? fields.get('lineskip'), 0),
    byteSkip: skip(fields.get('byte skip') ?? fields.get('byteskip'), -1),
    dataFile: plainName(fields.get('data file') ?? fields.get('datafile')),
    ...placeOf(fields, sizes),
  };
}

/** The fields up to the blank line, and where the line behind it begins. */
function lines(bytes: Uint8Array): { fields: Map<string, string>; end: number } {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, headerLimit)).toString(
    'latin1',
  );
  if (!/^NRRD000[1-5]\r?\n/.test(text))
    throw new ImagingError('not-recognised', 'The file is not a NRRD file.');
  const blank = /\r?\n\r?\n/.exec(text);
  const detached = /\ndata ?file:/i.test(text);
  if (!blank && !detached) throw new ImagingError('truncated', 'The NRRD file ends in its header.');
  const head = blank ? text.slice(0, blank.index) : text;
  const fields = new Map<string, string>();
  for (const line of head.split(/\r?\n/).slice(1)) {
    if (line.startsWith('#') || line.includes(':=')) continue;
    const colon = line.indexOf(': ');
    if (colon > 0) fields.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
  return { fields, end: blank ? blank.index + blank[0].length : text.length };
}

function placeOf(
  fields: ReadonlyMap<string, string>,
  sizes: readonly number[],
): Pick<NrrdHeader, 'count' | 'geometry' | 'remarks'> {
  const directions = vectors(fields.get('space directions'));
  refuseOtherUnits(fields.get(directions ? 'space units' : 'units'));
  const kinds = (fields.get('kinds') ?? '').toLowerCase().split(/\s+/);
  // Axes without a direction hold several values a voxel, or several volumes.
  const spatial = sizes
    .map((_, axis) => axis)
    .filter((axis) => (directions ? directions[axis] !== null : axis < 3));
  const other = sizes.map((_, axis) => axis).filter((axis) => !spatial.includes(axis));
  if (spatial.length < 2 || spatial.length > 3)
    throw new ImagingError('unsupported', `The NRRD file has ${spatial.length} axes in space, not 3.`);
  const leading = other.filter((axis) => axis < spatial[0]);
  if (leading.some((axis) => sizes[axis] > 1) || /color|vector|matrix|complex/.test(kinds.join(' ')))
    throw new ImagingError(
      'unsupported',
      'The NRRD file holds several numbers a voxel (colours or vectors).',
    );
  const size = [
    sizes[spatial[0]],
    sizes[spatial[1]],
    spatial[2] === undefined ? 1 : sizes[spatial[2]],
  ] as const;
  const count = other.reduce((n, axis) => n * sizes[axis], 1);
  const signs = spaces[fields.get('space')?.toLowerCase() ?? ''];
  if (directions && signs && spatial.length === 3) {
    const lps = (v: Triple): Triple => [v[0] * signs[0], v[1] * signs[1], v[2]];
    const steps = spatial.map((axis) => lps(directions[axis] ?? [0, 0, 0])) as [Triple, Triple, Triple];
    const origin = vectors(fields.get('space origin'))?.[0] ?? [0, 0, 0];
    return { count, geometry: gridOfAffine(steps, lps(origin), size), remarks: [] };
  }
  const spacings = directions
    ? spatial.map((axis) => Math.hypot(...(directions[axis] ?? [1, 0, 0])))
    : numbers(fields.get('spacings'));
  const [x, y, z] = [0, 1, 2].map((axis) => (spacings[axis] > 0 ? spacings[axis] : 1));
  return {
    count,
    geometry: gridOfAffine(
      [
        [x, 0, 0],
        [0, y, 0],
        [0, 0, z],
      ],
      [0, 0, 0],
      size,
    ),
    remarks: ['The file does not say where it lies in the patient (no anatomical space).'],
  };
}

/** Lengths are millimetres, as everybody writes them, or not said; who says otherwise is not guessed at. */
function refuseOtherUnits(text: string | undefined): void {
  for (const [, unit] of (text ?? '').matchAll(/"([^"]*)"/g))
    if (!/^(mm|millimet(er|re)s?)?$/i.test(unit.trim()))
      throw new ImagingError(
        'unsupported',
        'The NRRD file measures space in another unit than millimetres. Save it again in millimetres.',
      );
}

const numbers = (text: string | undefined): number[] =>
  text === undefined || text === '' ? [] : text.trim().split(/\s+/).map(Number);

/** "(1,0,0) none (0,1,0)" → vectors, null for none. Undefined where the field is absent. */
function vectors(text: string | undefined): (Triple | null)[] | undefined {
  return text?.match(/none|\([^)]*\)/g)?.map((part) => {
    if (part === 'none') return null;
    const v = part.slice(1, -1).split(',').map(Number);
    if (v.length !== 3 || !v.every(Number.isFinite))
      throw new ImagingError('unsupported', 'The NRRD file is not in three-dimensional space.');
    return [v[0], v[1], v[2]];
  });
}

function skip(text: string | undefined, least: number): number {
  const n = text === undefined ? 0 : Number(text);
  if (!Number.isInteger(n) || n < least)
    throw new ImagingError('malformed', 'The NRRD file gives no valid place for its voxels.');
  return n;
}

/** A file never leads us out of its folder. */
export function plainName(name: string | undefined): string | null {
  if (name === undefined) return null;
  if (name === '' || /[/\\\0]/.test(name) || name === '.' || name === '..' || /^list\b|%\d*d/i.test(name))
    throw new ImagingError('unsupported', 'The voxels are in other files than one beside the header.');
  return name;
}

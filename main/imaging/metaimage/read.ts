import { asImagingError, ImagingError } from '../error';
import { limits } from '../dicom/limits';
import { plainName } from '../nrrd/header';
import { voxelCount, type VolumeGeometry } from '../space/geometry';
import type { Volume } from '../volume';
import { gridOfAffine } from '../voxels/affine';
import { finite } from '../voxels/finite';
import { inflateExpected } from '../voxels/gzip';
import { rawBytes, rawVoxels, type RawType } from '../voxels/raw';

/** What a MetaImage file (.mha, .mhd) says of its voxels (itk.org, MetaIO documentation). */
export interface MetaImageHeader {
  readonly dataType: RawType;
  readonly littleEndian: boolean;
  readonly compressed: boolean;
  /** Where the voxels begin in the file that holds them; −1: they are the end of it. */
  readonly dataOffset: number;
  /** Name of the file that holds the voxels, a plain name in the same folder; null if they follow the header. */
  readonly dataFile: string | null;
  readonly count: number;
  readonly geometry: VolumeGeometry;
}

export interface MetaImage {
  readonly header: MetaImageHeader;
  readonly volumes: Volume[];
}

const types: Readonly<Record<string, RawType>> = {
  MET_CHAR: 'int8',
  MET_UCHAR: 'uint8',
  MET_SHORT: 'int16',
  MET_USHORT: 'uint16',
  MET_INT: 'int32',
  MET_UINT: 'uint32',
  MET_LONG_LONG: 'int64',
  MET_ULONG_LONG: 'uint64',
  MET_FLOAT: 'float32',
  MET_DOUBLE: 'float64',
};

const headerLimit = 65_536;

/** @param bytes the file or its start (64 kB suffice). @throws ImagingError */
export function readMetaImageHeader(bytes: Uint8Array): MetaImageHeader {
  try {
    return parse(bytes);
  } catch (thrown) {
    throw asImagingError(thrown, 'The header of the MetaImage file is damaged.');
  }
}

/**
 * Reads a MetaImage, raw or zlib-compressed.
 * @param pairedData the file that `header.dataFile` names, where it names one.
 * @returns volumes in patient space (MetaImage is LPS, as ITK); unit 'stored', modality 'OT'. @throws ImagingError
 */
export async function readMetaImage(bytes: Uint8Array, pairedData?: Uint8Array): Promise<MetaImage> {
  try {
    const header = readMetaImageHeader(bytes);
    const { geometry, dataType, littleEndian, count } = header;
    if (header.dataFile !== null && !pairedData)
      throw new ImagingError('unreadable', 'The voxels are in a second file, which is not there.');
    const file = header.dataFile !== null && pairedData ? pairedData : bytes;
    const perVolume = voxelCount(geometry) * rawBytes[dataType];
    const need = perVolume * count;
    let body = header.dataOffset < 0 ? file : file.subarray(header.dataOffset);
    if (header.compressed) body = inflateExpected(body, need);
    if (header.dataOffset < 0) body = body.subarray(Math.max(0, body.length - need));
    if (body.length < need)
      throw new ImagingError('truncated', `The voxels are incomplete: ${body.length} of ${need} bytes.`);
    const volumes = Array.from({ length: count }, (_, n): Volume =>
      finite({
        geometry,
        voxels: rawVoxels(body.subarray(n * perVolume, (n + 1) * perVolume), dataType, littleEndian),
        unit: 'stored',
        modality: 'OT',
        frameOfReference: null,
        remarks: [],
      }),
    );
    return { header, volumes };
  } catch (thrown) {
    throw asImagingError(thrown, 'The MetaImage file cannot be read; it is damaged.');
  }
}

function parse(bytes: Uint8Array): MetaImageHeader {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, headerLimit)).toString(
    'latin1',
  );
  if (!/^(ObjectType|NDims|Comment)\s*=/.test(text))
    throw new ImagingError('not-recognised', 'The file is not a MetaImage file.');
  // The name of the data ends the header; what follows it is voxels.
  const last = /(?:^|\n)ElementDataFile\s*=\s*([^\r\n]*)\r?(?:\n|$)/.exec(text);
  if (!last) throw new ImagingError('truncated', 'The MetaImage file ends in its header.');
  const end = last.index + last[0].length;
  const fields = new Map<string, string>();
  for (const line of text.slice(0, end).split(/\r?\n/)) {
    const equals = line.indexOf('=');
    if (equals > 0) fields.set(line.slice(0, equals).trim(), line.slice(equals + 1).trim());
  }
  const get = (...names: string[]): string =>
    names.map((n) => fields.get(n)).find((v) => v !== undefined) ?? '';
  const numbers = (...names: string[]): number[] =>
    get(...names) === ''
      ? []
      : get(...names)
          .split(/\s+/)
          .map(Number);
  const isTrue = (...names: string[]): boolean => /^(true|1)$/i.test(get(...names));

  const type = types[get('ElementType')];
  if (!type) throw new ImagingError('unsupported', `MetaImage type "${get('ElementType')}" is not read.`);
  if (Number(get('ElementNumberOfChannels') || 1) !== 1)
    throw new ImagingError(
      'unsupported',
      'The MetaImage file holds several numbers a voxel (colours or vectors).',
    );
  const dimensions = Number(get('NDims'));
  const sizes = numbers('DimSize');
  if (
    ![2, 3, 4].includes(dimensions) ||
    sizes.length !== dimensions ||
    sizes.some((n) => !Number.isSafeInteger(n) || n < 1)
  )
    throw new ImagingError('malformed', 'The MetaImage file names no valid sizes.');
  if (sizes.reduce((n, d) => n * d, 1) > limits.fileVoxels)
    throw new ImagingError('over-limit', 'The MetaImage file announces more voxels than we agree to read.');
  const isLocal = /^local$/i.test(last[1].trim());
  const headerSize = get('HeaderSize') === '' ? 0 : Number(get('HeaderSize'));
  return {
    dataType: type,
    littleEndian: !isTrue('BinaryDataByteOrderMSB', 'ElementByteOrderMSB'),
    compressed: isTrue('CompressedData'),
    dataOffset: isLocal ? end : Number.isInteger(headerSize) ? headerSize : 0,
    dataFile: isLocal ? null : plainName(last[1].trim()),
    count: sizes[3] ?? 1,
    geometry: geometryOf(dimensions, sizes, numbers),
  };
}

/** Rows of TransformMatrix are the directions of i, j, k (ITK's direction matrix, column by column). */
function geometryOf(
  dimensions: number,
  sizes: readonly number[],
  numbers: (...names: string[]) => number[],
): VolumeGeometry {
  const spacing = numbers('ElementSpacing', 'ElementSize');
  const offset = numbers('Offset', 'Position', 'Origin');
  const matrix = numbers('TransformMatrix', 'Rotation', 'Orientation');
  const identity = (axis: number, c: number): number => (axis === c ? 1 : 0);
  const step = (axis: 0 | 1 | 2): readonly [number, number, number] => {
    const cell = (c: number): number =>
      (axis < dimensions && c < dimensions && matrix.length === dimensions ** 2
        ? matrix[axis * dimensions + c]
        : identity(axis, c)) * (spacing[axis] ?? 1);
    return [cell(0), cell(1), cell(2)];
  };
  return gridOfAffine(
    [step(0), step(1), step(2)],
    [offset[0] ?? 0, offset[1] ?? 0, offset[2] ?? 0],
    [sizes[0], sizes[1], sizes[2] ?? 1],
  );
}

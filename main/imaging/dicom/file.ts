import { inflateRawSync } from 'node:zlib';
import { Inflate } from 'fflate';
import { ImagingError } from '../error';
import { readDataSet, sourceOf, type DataSet, type Element, type Encoding } from './dataset';
import { limits } from './limits';
import { Tag } from './tags';
import { syntaxes } from './transfer-syntax';

/** A DICOM file (PS3.10) whose header has been read. */
export interface DicomFile {
  readonly transferSyntax: string;
  readonly dataSet: DataSet;
  /** The bytes that element offsets refer to: the file's, or the inflated ones of a deflated file. */
  readonly bytes: Uint8Array;
  /** Pixel data element, whose value may lie beyond `bytes` where only the start of a file was given. */
  readonly pixels: Element | null;
}

const implicitLittle: Encoding = { littleEndian: true, explicit: false };
const explicitLittle: Encoding = { littleEndian: true, explicit: true };

/** Whether the bytes carry the DICM mark behind a preamble. */
export const hasPreamble = (b: Uint8Array): boolean =>
  b.length >= 132 && b[128] === 0x44 && b[129] === 0x49 && b[130] === 0x43 && b[131] === 0x4d;

/**
 * Reads the header of a DICOM file; the pixel data are not touched.
 * @param bytes the file, or its start. @param whole whether `bytes` is the whole file.
 * @throws ImagingError; 'truncated' may be cured by more bytes where `whole` is false.
 */
export function openDicom(bytes: Uint8Array, whole = true): DicomFile {
  let position = 0;
  let transferSyntax = '';
  if (hasPreamble(bytes)) position = 132;
  else assertPlausible(bytes);

  const source = sourceOf(bytes);
  if (source.view.byteLength >= position + 8 && source.view.getUint16(position, true) === 0x0002) {
    const meta = readDataSet(source, explicitLittle, position, (tag) => tag >= 0x00030000);
    transferSyntax = meta.dataSet.string(Tag.transferSyntax);
    position = meta.end;
  }
  if (transferSyntax === '') transferSyntax = guessSyntax(bytes, position);
  const known = syntaxes.get(transferSyntax);
  if (!known && !/^[0-9.]{5,64}$/.test(transferSyntax))
    throw new ImagingError('malformed', 'The file names no valid transfer syntax.');

  if (known?.deflated) return openDeflated(bytes, position, transferSyntax, whole);
  const encoding: Encoding = {
    littleEndian: !known?.bigEndian,
    explicit: transferSyntax !== '1.2.840.10008.1.2',
  };
  const { dataSet } = readDataSet(source, agreeing(bytes, position, encoding), position);
  return { transferSyntax, dataSet, bytes, pixels: pixelElement(dataSet) };
}

function pixelElement(dataSet: DataSet): Element | null {
  for (const tag of [Tag.pixelData, Tag.floatPixelData, Tag.doublePixelData]) {
    const e = dataSet.element(tag);
    if (e) return e;
  }
  return null;
}

/** Without a preamble only the first element can tell: a low group, an even one, and a length that fits. */
function assertPlausible(bytes: Uint8Array): void {
  const group = bytes.length >= 8 ? bytes[0] | (bytes[1] << 8) : 0;
  const element = bytes.length >= 8 ? bytes[2] | (bytes[3] << 8) : 0;
  const isVr = (b: number): boolean => b >= 0x41 && b <= 0x5a;
  const length =
    bytes.length >= 8 && isVr(bytes[4]) && isVr(bytes[5])
      ? bytes[6] | (bytes[7] << 8)
      : bytes.length >= 8
        ? new DataView(bytes.buffer, bytes.byteOffset).getUint32(4, true)
        : Infinity;
  if ((group === 0x0002 || group === 0x0008) && element <= 0x0100 && length <= 1024) return;
  throw new ImagingError('not-recognised', 'The file is not a DICOM file.');
}

/** The transfer syntax of a data set whose file does not name it. */
function guessSyntax(bytes: Uint8Array, position: number): string {
  return looksExplicit(bytes, position) ? '1.2.840.10008.1.2.1' : '1.2.840.10008.1.2';
}

const looksExplicit = (b: Uint8Array, at: number): boolean =>
  /^(AE|AS|CS|DA|DS|DT|IS|LO|LT|OB|OW|PN|SH|SQ|ST|TM|UI|UL|UN|US|UT)$/.test(
    String.fromCharCode(b[at + 4] ?? 0, b[at + 5] ?? 0),
  );

/** Some writers name one encoding and use the other; the first element shows which. */
function agreeing(bytes: Uint8Array, position: number, encoding: Encoding): Encoding {
  if (!encoding.littleEndian || position + 8 > bytes.length) return encoding;
  const explicit = looksExplicit(bytes, position);
  return explicit === encoding.explicit ? encoding : explicit ? explicitLittle : implicitLittle;
}

/** PS3.5, A.5: everything behind the meta information is one raw deflate stream. */
function openDeflated(
  bytes: Uint8Array,
  position: number,
  transferSyntax: string,
  whole: boolean,
): DicomFile {
  if (!whole) throw new ImagingError('truncated', 'The file is deflated and must be read whole.');
  const head = deflatedHeader(bytes.subarray(position));
  const pixels = pixelElement(head.dataSet);
  if (!pixels) return { transferSyntax, ...head, pixels };
  // The header announces how much follows; a stream that holds more is not inflated any further.
  const expected = pixels.offset + pixels.length + 2 ** 20;
  if (pixels.length > limits.fileVoxels)
    throw new ImagingError('over-limit', 'The deflated file announces more pixels than we agree to read.');
  const inflated = inflateUpTo(bytes.subarray(position), expected);
  const { dataSet } = readDataSet(sourceOf(inflated), explicitLittle, 0);
  return { transferSyntax, dataSet, bytes: inflated, pixels: pixelElement(dataSet) };
}

/** Inflates in steps until the header is whole, so that a bomb costs no more than its header. */
function deflatedHeader(deflated: Uint8Array): { dataSet: DataSet; bytes: Uint8Array } {
  for (let size = 2 ** 20; ; size *= 8) {
    const { bytes, complete } = inflateStart(deflated, size);
    try {
      return { dataSet: readDataSet(sourceOf(bytes), explicitLittle, 0).dataSet, bytes };
    } catch (error) {
      const hopeless = complete || size > limits.headerBytes;
      if (hopeless || !(error instanceof ImagingError) || error.code !== 'truncated') throw error;
    }
  }
}

/** The first `size` inflated bytes (or a little more). */
function inflateStart(deflated: Uint8Array, size: number): { bytes: Uint8Array; complete: boolean } {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const stream = new Inflate((chunk) => {
    chunks.push(chunk);
    length += chunk.length;
  });
  // A chunk inflates to at most 1032 times its size.
  const step = 16_384;
  let at = 0;
  try {
    for (; at < deflated.length && length < size; at += step)
      stream.push(deflated.subarray(at, at + step), at + step >= deflated.length);
  } catch (cause) {
    throw new ImagingError('malformed', 'The deflated file cannot be inflated; it is damaged.', { cause });
  }
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return { bytes, complete: at >= deflated.length };
}

/** Inflates a raw deflate stream. @throws ImagingError if it is damaged or holds more than `most` bytes. */
export function inflateUpTo(deflated: Uint8Array, most: number): Uint8Array {
  try {
    return inflateRawSync(deflated, { maxOutputLength: Math.max(1, most) });
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ERR_BUFFER_TOO_LARGE')
      throw new ImagingError('over-limit', 'The file inflates to more than its header announces.', { cause });
    throw new ImagingError('malformed', 'The deflated file cannot be inflated; it is damaged.', { cause });
  }
}

/**
 * Encodes data sets as DICOM Part 10 files (PS3.5, PS3.10), little endian, with explicit or implicit VR. An encoder of
 * our own because planning systems are strict and libraries lenient: every value is checked against its representation
 * here, so a file that would be refused elsewhere is never written.
 */
import { DICTIONARY, type Keyword, type Vr } from './dictionary';
import { decimalString } from './decimal';
import { IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION } from './uid';

export type DicomValue =
  string | number | readonly string[] | readonly number[] | Uint8Array | readonly DataSet[];

/** Attributes by keyword. `undefined` leaves an attribute out; `''` or `[]` writes it empty (Type 2). */
export type DataSet = { readonly [K in Keyword]?: DicomValue };

/** Implicit VR is for structure sets: explicit VR cannot hold a contour of more than 64 KiB. */
export type Encoding = 'explicit' | 'implicit';

const TRANSFER_SYNTAX: Record<Encoding, string> = {
  explicit: '1.2.840.10008.1.2.1',
  implicit: '1.2.840.10008.1.2',
};

const LONG: ReadonlySet<Vr> = new Set(['OB', 'OF', 'OW', 'SQ', 'UC', 'UN', 'UR', 'UT']);
/** Largest number of characters of one value, PS3.5 table 6.2-1. */
const LIMIT: Partial<Record<Vr, number>> = {
  AE: 16,
  AS: 4,
  CS: 16,
  DA: 8,
  DS: 16,
  DT: 26,
  IS: 12,
  LO: 64,
  LT: 10240,
  PN: 194,
  SH: 16,
  ST: 1024,
  TM: 14,
  UI: 64,
};
const PATTERN: Partial<Record<Vr, RegExp>> = {
  CS: /^[A-Z0-9 _]*$/,
  DA: /^(\d{8})?$/,
  TM: /^(\d{2}(\d{2}(\d{2}(\.\d{1,6})?)?)?)?$/,
  DS: /^[ ]*[+-]?\d*\.?\d*([eE][+-]?\d+)?[ ]*$/,
  IS: /^[ ]*[+-]?\d*[ ]*$/,
  // Leading zeros are wrong, but scanners write them, and a reference that mends them finds nothing.
  UI: /^(\d+(\.\d+)*)?$/,
};

const utf8 = new TextEncoder();

/**
 * A whole DICOM file. Text is written as UTF-8 (`SpecificCharacterSet` is set); attributes come out in tag order.
 * @param dataSet needs SOPClassUID and SOPInstanceUID.
 * @throws RangeError naming the attribute whose value does not fit its representation.
 */
export function encodeDicom(dataSet: DataSet, encoding: Encoding = 'explicit'): Uint8Array<ArrayBuffer> {
  const metaInformation: DataSet = {
    FileMetaInformationVersion: Uint8Array.of(0, 1),
    MediaStorageSOPClassUID: dataSet.SOPClassUID,
    MediaStorageSOPInstanceUID: dataSet.SOPInstanceUID,
    TransferSyntaxUID: TRANSFER_SYNTAX[encoding],
    ImplementationClassUID: IMPLEMENTATION_CLASS_UID,
    ImplementationVersionName: IMPLEMENTATION_VERSION,
  };
  const meta = encodeItem(metaInformation, 'explicit');
  const body = encodeItem({ SpecificCharacterSet: 'ISO_IR 192', ...dataSet }, encoding);
  const file = new Uint8Array(128 + 4 + 12 + meta.length + body.length);
  file.set(utf8.encode('DICM'), 128);
  file.set([0x02, 0, 0, 0, 0x55, 0x4c, 4, 0], 132);
  new DataView(file.buffer).setUint32(140, meta.length, true);
  file.set(meta, 144);
  file.set(body, 144 + meta.length);
  return file;
}

function encodeItem(dataSet: DataSet, encoding: Encoding): Uint8Array {
  const elements = (Object.entries(dataSet) as [Keyword, DicomValue | undefined][])
    .filter((entry): entry is [Keyword, DicomValue] => entry[1] !== undefined)
    .map(([keyword, value]) => ({ keyword, tag: DICTIONARY[keyword][0], value }))
    .sort((a, b) => (a.tag < b.tag ? -1 : 1));
  const parts: Uint8Array[] = [];
  for (const { keyword, tag, value } of elements) {
    const vr: Vr = DICTIONARY[keyword][1];
    const data = encodeValue(keyword, vr, value, encoding);
    const head =
      encoding === 'explicit' ? explicitHead(tag, vr, data.length, keyword) : implicitHead(tag, data.length);
    parts.push(head, data);
  }
  return concatenated(parts);
}

function explicitHead(tag: string, vr: Vr, length: number, keyword: string): Uint8Array {
  const long = LONG.has(vr);
  if (!long && length > 0xffff) throw new RangeError(`${keyword}: ${length} bytes do not fit a ${vr}.`);
  const head = new DataView(new ArrayBuffer(long ? 12 : 8));
  putTag(head, 0, tag);
  head.setUint8(4, vr.charCodeAt(0));
  head.setUint8(5, vr.charCodeAt(1));
  if (long) head.setUint32(8, length, true);
  else head.setUint16(6, length, true);
  return new Uint8Array(head.buffer);
}

function implicitHead(tag: string, length: number): Uint8Array {
  const head = new DataView(new ArrayBuffer(8));
  putTag(head, 0, tag);
  head.setUint32(4, length, true);
  return new Uint8Array(head.buffer);
}

function putTag(view: DataView, at: number, tag: string): void {
  view.setUint16(at, Number.parseInt(tag.slice(0, 4), 16), true);
  view.setUint16(at + 2, Number.parseInt(tag.slice(4), 16), true);
}

function encodeValue(keyword: Keyword, vr: Vr, value: DicomValue, encoding: Encoding): Uint8Array {
  if (value instanceof Uint8Array) return padded(value, 0);
  const list = Array.isArray(value) ? (value as readonly (string | number | DataSet)[]) : [value];
  switch (vr) {
    case 'SQ':
      return concatenated(list.flatMap((item) => sequenceItem(item as DataSet, encoding)));
    case 'US':
    case 'SS':
      return numbers(list, 2, (view, at, n) => view.setInt16(at, n, true));
    case 'UL':
    case 'SL':
      return numbers(list, 4, (view, at, n) => view.setInt32(at, n, true));
    case 'FL':
    case 'OF':
      return numbers(list, 4, (view, at, n) => view.setFloat32(at, n, true));
    case 'FD':
      return numbers(list, 8, (view, at, n) => view.setFloat64(at, n, true));
    case 'AT':
      return tags(list);
    default:
      return text(keyword, vr, list);
  }
}

function sequenceItem(item: DataSet, encoding: Encoding): Uint8Array[] {
  const body = encodeItem(item, encoding);
  const head = new Uint8Array([0xfe, 0xff, 0x00, 0xe0, 0, 0, 0, 0]);
  new DataView(head.buffer).setUint32(4, body.length, true);
  return [head, body];
}

function numbers(
  list: readonly unknown[],
  bytes: number,
  put: (view: DataView, at: number, value: number) => void,
): Uint8Array {
  const view = new DataView(new ArrayBuffer(list.length * bytes));
  list.forEach((value, n) => put(view, n * bytes, Number(value)));
  return new Uint8Array(view.buffer);
}

/** Attribute tags are given by keyword. */
function tags(list: readonly unknown[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(list.length * 4));
  list.forEach((keyword, n) => putTag(view, n * 4, DICTIONARY[keyword as Keyword][0]));
  return new Uint8Array(view.buffer);
}

function text(keyword: Keyword, vr: Vr, list: readonly unknown[]): Uint8Array {
  const values = list.map((value) => {
    if (typeof value !== 'number') return checked(keyword, vr, String(value));
    // Numbers written by us are valid as they come; checking millions of coordinates would take seconds.
    return vr === 'DS' ? decimalString(value) : checked(keyword, vr, String(value));
  });
  return padded(utf8.encode(values.join('\\')), vr === 'UI' ? 0 : 0x20);
}

/** @throws RangeError if a value is too long for its representation, or not of its form. */
function checked(keyword: Keyword, vr: Vr, value: string): string {
  const limit = LIMIT[vr] ?? Infinity;
  if (value.length > limit)
    throw new RangeError(`${keyword}: a value of ${value.length} characters, ${vr} allows ${limit}.`);
  if (PATTERN[vr]?.test(value) === false) throw new RangeError(`${keyword}: not a valid ${vr}.`);
  return value;
}

function padded(bytes: Uint8Array, pad: number): Uint8Array {
  if (bytes.length % 2 === 0) return bytes;
  const even = new Uint8Array(bytes.length + 1);
  even.set(bytes);
  even[bytes.length] = pad;
  return even;
}

function concatenated(parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Line breaks and tabs are text in ST and LT alone; other control characters nowhere (PS3.5 6.1.3). */
const control = /[\x00-\x1f\x7f]/g;
const controlInText = /[\x00-\x08\x0b\x0e-\x1f\x7f]/g;

/** The first `most` characters, never half of one. */
const start = (text: string, most: number | undefined): string =>
  text.slice(0, most).replace(/[\ud800-\udbff]$/, '');

/** Text cut to what a representation holds, without control characters, and backslashes, which separate values. */
export function fitted(value: string, vr: 'SH' | 'LO' | 'ST' | 'LT' | 'CS'): string {
  const isText = vr === 'ST' || vr === 'LT';
  const clean = value
    .replaceAll('\\', '/')
    .replace(isText ? controlInText : control, ' ')
    .trim();
  const allowed = vr === 'CS' ? clean.toUpperCase().replace(/[^A-Z0-9 _]/g, '_') : clean;
  return start(allowed, LIMIT[vr]).trim();
}

/** A person's name (PN): at most three groups of 64 characters, as PS3.5 6.2 has them. */
export const fittedName = (name: string): string =>
  name
    .replaceAll('\\', '/')
    .replace(control, ' ')
    .split('=')
    .slice(0, 3)
    .map((group) => start(group.trim(), 64).trim())
    .join('=');

import { ImagingError } from '../error';
import { decodeText } from './charset';
import { limits } from './limits';
import { Tag } from './tags';

/**
 * A bounded, lazy reader of DICOM data sets (PS3.5, section 7). It visits each element once, keeps only where its
 * value lies, and enters sequences when they are asked for. Written for files that nobody vetted: every offset is
 * checked against the buffer, nesting and counts are limited, and every failure is an {@link ImagingError}.
 * (dicom-parser 1.8 reads past the end of malformed input, knows no 64-bit VRs and nests without a bound.)
 */

/** Value representations of PS3.5, table 6.2-1; those in `long` have a 32-bit length in explicit encodings. */
const long = 'OB OD OF OL OV OW SQ SV UC UN UR UT UV'.split(' ');
const short = 'AE AS AT CS DA DS DT FL FD IS LO LT PN SH SL SS ST TM UI UL US'.split(' ');
/** By the two letters as one number: the name, and whether the length is long. Files have a hundred elements each. */
const representations = new Map(
  [...long, ...short].map((name) => [
    name.charCodeAt(0) * 256 + name.charCodeAt(1),
    { name, isLong: long.includes(name) },
  ]),
);
const backslash = 0x5c;
const undefinedLength = 0xffffffff;

/** How element headers are written. */
export interface Encoding {
  readonly littleEndian: boolean;
  readonly explicit: boolean;
}

export interface Element {
  readonly tag: number;
  /** Empty in implicit encodings. */
  readonly vr: string;
  readonly offset: number;
  /** Bytes of the value; for undefined length, up to (not including) its delimiter. */
  readonly length: number;
  readonly undefinedLength: boolean;
}

/** Counts what one file makes us visit; shared by all data sets of the file. */
export interface Budget {
  elements: number;
}

/** The bytes of one file and how they are read. */
export interface Source {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly budget: Budget;
}

export const sourceOf = (bytes: Uint8Array): Source => ({
  bytes,
  view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
  budget: { elements: 0 },
});

const truncated = (): ImagingError =>
  new ImagingError('truncated', 'The file ends in the middle of its header; it is incomplete.');
const malformed = (what: string): ImagingError =>
  new ImagingError('malformed', `The file's header contradicts the DICOM format: ${what}.`);

/** Reads element headers one after another. */
class Cursor {
  constructor(
    readonly source: Source,
    readonly encoding: Encoding,
    public position: number,
    readonly end: number,
  ) {}

  u16(at: number): number {
    return this.source.view.getUint16(at, this.encoding.littleEndian);
  }
  u32(at: number): number {
    return this.source.view.getUint32(at, this.encoding.littleEndian);
  }

  /** The tag at the position, or null where fewer than four bytes are left. */
  peekTag(): number | null {
    const at = this.position;
    return at + 4 > this.end ? null : this.u16(at) * 0x10000 + this.u16(at + 2);
  }

  /**
   * Reads one element header and moves behind the value; sequences of undefined length are walked to find their end.
   * `stopAt`: the value of that tag is not skipped (it may lie beyond the bytes at hand).
   */
  next(depth: number, stopAt = -1): Element {
    const { source } = this;
    if (++source.budget.elements > limits.elements)
      throw new ImagingError('over-limit', `The file has more than ${limits.elements} data elements.`);
    const start = this.position;
    if (start + 8 > this.end) throw truncated();
    const tag = this.u16(start) * 0x10000 + this.u16(start + 2);
    let vr = '';
    let length: number;
    let offset = start + 8;
    if (tag >= Tag.item && tag <= Tag.sequenceDelimitation) {
      length = this.u32(start + 4);
    } else if (this.encoding.explicit) {
      const known = representations.get(source.bytes[start + 4] * 256 + source.bytes[start + 5]);
      if (!known) {
        // Some writers put implicit elements into explicit files; dcmtk and pydicom read them the same way.
        length = this.u32(start + 4);
      } else {
        vr = known.name;
        if (known.isLong) {
          if (start + 12 > this.end) throw truncated();
          length = this.u32(start + 8);
          offset = start + 12;
        } else length = this.u16(start + 6);
      }
    } else {
      length = this.u32(start + 4);
    }
    const isUndefined = length === undefinedLength;
    this.position = offset;
    if (tag === stopAt) {
      // The caller decides what the value means.
    } else if (isUndefined) {
      length = this.walkItems(tag, vr, depth + 1) - offset;
    } else {
      if (offset + length > this.end) throw truncated();
      this.position = offset + length;
    }
    return { tag, vr, offset, length, undefinedLength: isUndefined };
  }

  /** Walks items up to the sequence delimiter; returns where the delimiter starts. PS3.5, 7.5 and A.4. */
  private walkItems(tag: number, vr: string, depth: number): number {
    if (depth > limits.depth)
      throw new ImagingError('over-limit', `The file nests sequences more than ${limits.depth} deep.`);
    // UN of undefined length is encoded as implicit little endian (PS3.5, 6.2.2, note 2).
    const inner =
      vr === 'UN' && this.encoding.explicit
        ? new Cursor(this.source, { littleEndian: true, explicit: false }, this.position, this.end)
        : this;
    for (let items = 0; ; items++) {
      if (items > limits.items)
        throw new ImagingError('over-limit', `A sequence of the file has more than ${limits.items} items.`);
      if (inner.position + 8 > inner.end) throw truncated();
      const itemTag = inner.peekTag();
      const length = inner.u32(inner.position + 4);
      if (itemTag === Tag.sequenceDelimitation) {
        const end = inner.position;
        this.position = end + 8;
        return end;
      }
      if (itemTag !== Tag.item)
        throw malformed(`sequence ${tagName(tag)} holds something that is not an item`);
      inner.position += 8;
      if (length === undefinedLength) inner.walkUndefinedItem(depth);
      else {
        if (inner.position + length > inner.end) throw truncated();
        inner.position += length;
      }
    }
  }

  private walkUndefinedItem(depth: number): void {
    for (;;) {
      if (this.peekTag() === Tag.itemDelimitation) {
        if (this.position + 8 > this.end) throw truncated();
        this.position += 8;
        return;
      }
      this.next(depth);
    }
  }
}

/** (gggg,eeee), for messages. */
export const tagName = (tag: number): string => {
  const hex = tag.toString(16).padStart(8, '0');
  return `(${hex.slice(0, 4)},${hex.slice(4)})`;
};

/** The representations that {@link DataSet.numbers} reads. */
export type NumericVr = 'DS' | 'IS' | 'US' | 'SS' | 'UL' | 'SL' | 'FL' | 'FD';

/** VRs whose values are binary numbers, with their width. */
const binary: Readonly<Record<string, number>> = { US: 2, SS: 2, UL: 4, SL: 4, FL: 4, FD: 8, AT: 4 };

/** Coordinates of the longest contours take a few megabytes. */
const longestText = 2 ** 26;

/** One data set: the top level of a file or one item of a sequence. Values are read when asked for. */
export class DataSet {
  private ownCharacterSet: readonly string[] | null = null;

  constructor(
    private readonly source: Source,
    readonly encoding: Encoding,
    private readonly elements: ReadonlyMap<number, Element>,
    private readonly inheritedCharacterSet: readonly string[] | null = null,
    private readonly depth = 0,
  ) {}

  element(tag: number): Element | undefined {
    return this.elements.get(tag);
  }
  has(tag: number): boolean {
    return (this.elements.get(tag)?.length ?? 0) > 0;
  }
  tags(): IterableIterator<number> {
    return this.elements.keys();
  }

  /** The bytes of a value; empty where the element is absent. A view, not a copy. */
  bytes(tag: number): Uint8Array {
    const e = this.elements.get(tag);
    return e ? this.source.bytes.subarray(e.offset, e.offset + e.length) : new Uint8Array(0);
  }

  /** The values of a string element as written, outer blanks and padding removed; [] where absent or empty. */
  strings(tag: number): string[] {
    const e = this.elements.get(tag);
    if (!e || e.length === 0) return [];
    if (e.length > longestText)
      throw new ImagingError('over-limit', `Element ${tagName(tag)} is longer than any text we read.`);
    return latin1(this.source.bytes, e.offset, e.offset + e.length)
      .split('\\')
      .map(trimmed);
  }
  /** The first value of a string element; '' where absent. */
  string(tag: number): string {
    const e = this.elements.get(tag);
    if (!e || e.length === 0) return '';
    const { bytes } = this.source;
    let end = e.offset;
    const most = e.offset + e.length;
    while (end < most && bytes[end] !== backslash && end < e.offset + longestText) end++;
    return trimmed(latin1(bytes, e.offset, end));
  }

  /** Text in the file's character set (PS3.5, 6.1); '' where absent. */
  text(tag: number): string {
    const e = this.elements.get(tag);
    if (!e || e.length === 0) return '';
    return trimmed(decodeText(this.bytes(tag), this.characterSet()));
  }

  /**
   * The values of a numeric element. `vr` is what PS3.6 says of the tag; it counts where the file does not say
   * (implicit encodings and UN). Values that are no numbers come as NaN.
   */
  numbers(tag: number, vr: NumericVr): number[] {
    const e = this.elements.get(tag);
    if (!e || e.length === 0) return [];
    const actual = e.vr === '' || e.vr === 'UN' ? vr : e.vr;
    const width = binary[actual];
    if (width === undefined) return this.strings(tag).map(decimal);
    const count = Math.min(Math.floor(e.length / width), limits.items);
    const out: number[] = [];
    for (let n = 0; n < count; n++) out.push(this.binaryValue(actual, e.offset + n * width));
    return out;
  }
  /** The first value, or null where there is none or it is no finite number. */
  number(tag: number, vr: NumericVr): number | null {
    const e = this.elements.get(tag);
    if (!e || e.length === 0) return null;
    const actual = e.vr === '' || e.vr === 'UN' ? vr : e.vr;
    const width = binary[actual];
    if (width === undefined) {
      const value = decimal(this.string(tag));
      return Number.isFinite(value) ? value : null;
    }
    if (e.length < width) return null;
    const value = this.binaryValue(actual, e.offset);
    return Number.isFinite(value) ? value : null;
  }

  private binaryValue(vr: string, at: number): number {
    const { view } = this.source;
    const le = this.encoding.littleEndian;
    switch (vr) {
      case 'US':
        return view.getUint16(at, le);
      case 'SS':
        return view.getInt16(at, le);
      case 'SL':
        return view.getInt32(at, le);
      case 'FL':
        return view.getFloat32(at, le);
      case 'FD':
        return view.getFloat64(at, le);
      default:
        return view.getUint32(at, le);
    }
  }

  /** The items of a sequence; [] where it is absent. */
  items(tag: number): DataSet[] {
    const e = this.elements.get(tag);
    if (!e || e.length === 0) return [];
    if (e.vr !== '' && e.vr !== 'SQ' && e.vr !== 'UN') return [];
    const encoding =
      e.vr === 'UN' && this.encoding.explicit ? { littleEndian: true, explicit: false } : this.encoding;
    const cursor = new Cursor(this.source, encoding, e.offset, e.offset + e.length);
    const depth = this.depth + 1;
    if (depth > limits.depth)
      throw new ImagingError('over-limit', `The file nests sequences more than ${limits.depth} deep.`);
    const characterSet = this.characterSet();
    const items: DataSet[] = [];
    while (cursor.position + 8 <= cursor.end) {
      if (cursor.peekTag() !== Tag.item) {
        if (cursor.peekTag() === Tag.sequenceDelimitation) break;
        throw malformed(`sequence ${tagName(tag)} holds something that is not an item`);
      }
      if (items.length >= limits.items)
        throw new ImagingError('over-limit', `A sequence of the file has more than ${limits.items} items.`);
      const length = cursor.u32(cursor.position + 4);
      cursor.position += 8;
      const open = length === undefinedLength;
      const end = open ? cursor.end : cursor.position + length;
      if (end > cursor.end) throw truncated();
      const inner = new Cursor(this.source, encoding, cursor.position, end);
      const elements = new Map<number, Element>();
      while (inner.position < end) {
        if (open && inner.peekTag() === Tag.itemDelimitation) {
          inner.position += 8;
          break;
        }
        const element = inner.next(depth);
        elements.set(element.tag, element);
      }
      cursor.position = inner.position;
      items.push(new DataSet(this.source, encoding, elements, characterSet, depth));
    }
    return items;
  }

  private characterSet(): readonly string[] {
    if (this.ownCharacterSet === null) {
      const own = this.strings(Tag.specificCharacterSet);
      this.ownCharacterSet = own.length > 0 ? own : (this.inheritedCharacterSet ?? []);
    }
    return this.ownCharacterSet;
  }
}

/**
 * Reads the elements from `position` to the pixel data or to the end.
 * @throws ImagingError 'truncated' where the bytes end inside an element before the pixel data.
 */
export function readDataSet(
  source: Source,
  encoding: Encoding,
  position: number,
  until: (tag: number) => boolean = () => false,
): { dataSet: DataSet; end: number } {
  const cursor = new Cursor(source, encoding, position, source.bytes.length);
  const elements = new Map<number, Element>();
  while (cursor.position < cursor.end) {
    const tag = cursor.peekTag();
    // Blanks behind the last element: some archives pad files to whole blocks.
    if (tag === null || (tag === 0 && elements.size > 0)) break;
    if (until(tag)) break;
    if (cursor.position > limits.headerBytes)
      throw new ImagingError('over-limit', 'The header of the file is larger than any scanner writes.');
    const isPixels = tag >= Tag.floatPixelData && tag <= Tag.pixelData;
    const element = cursor.next(0, isPixels ? tag : -1);
    elements.set(element.tag, element);
    if (isPixels) break;
  }
  return { dataSet: new DataSet(source, encoding, elements), end: cursor.position };
}

/** Without blanks and zeros at either end. A loop: a regular expression would take quadratic time on crafted values. */
export function trimmed(s: string): string {
  let start = 0;
  let end = s.length;
  const blank = (at: number): boolean => {
    const c = s.charCodeAt(at);
    return c === 0x20 || c === 0 || (c >= 0x09 && c <= 0x0d);
  };
  while (start < end && blank(start)) start++;
  while (end > start && blank(end - 1)) end--;
  return start === 0 && end === s.length ? s : s.slice(start, end);
}

/** Numbers as DS and IS write them; NaN for anything else ('' included, which `Number` would read as 0). */
function decimal(s: string): number {
  for (let at = 0; at < s.length; at++) {
    const c = s.charCodeAt(at);
    const digit = c >= 0x30 && c <= 0x39;
    if (!digit && c !== 0x2e && c !== 0x2d && c !== 0x2b && c !== 0x45 && c !== 0x65) return NaN;
  }
  return s === '' ? NaN : Number(s);
}

function latin1(bytes: Uint8Array, start: number, end: number): string {
  if (end - start > 64)
    return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');
  let text = '';
  for (let at = start; at < end; at++) text += String.fromCharCode(bytes[at]);
  return text;
}

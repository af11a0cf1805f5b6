import { ImagingError } from '../../error';
import { inverseDct } from './inverse-dct';

/**
 * JPEG Extended (process 4) with 12 bits a sample, one component: the one JPEG process that DICOM uses for scans and
 * that no maintained library for JavaScript decodes (ITU-T T.81, sequential Huffman).
 */
export interface JpegFrame {
  readonly width: number;
  readonly height: number;
  readonly bits: number;
  readonly samples: Uint16Array;
}

interface HuffmanTable {
  /** Largest code of each length 1 to 16, −1 for none; first code and index of its value. */
  readonly most: Int32Array;
  readonly first: Int32Array;
  readonly at: Int32Array;
  readonly values: Uint8Array;
}

const damaged = (what: string): ImagingError =>
  new ImagingError('malformed', `A JPEG frame is damaged: ${what}.`);

/** @throws ImagingError for damaged streams and for other processes than sequential Huffman with one component. */
export function decodeJpegExtended(b: Uint8Array, mostSamples: number): JpegFrame {
  const quantisers: (Float64Array | undefined)[] = [];
  const dc: (HuffmanTable | undefined)[] = [];
  const ac: (HuffmanTable | undefined)[] = [];
  let frame: { width: number; height: number; bits: number; quantiser: number } | null = null;
  let restart = 0;
  if (b[0] !== 0xff || b[1] !== 0xd8) throw damaged('it does not begin with SOI');
  for (let at = 2; at + 4 <= b.length;) {
    if (b[at] !== 0xff) throw damaged('a marker is missing');
    const marker = b[at + 1];
    if (marker === 0xff) {
      at++;
      continue;
    }
    const length = (b[at + 2] << 8) | b[at + 3];
    const end = at + 2 + length;
    if (length < 2 || end > b.length) throw damaged('a segment leaves it');
    const segment = b.subarray(at + 4, end);
    if (marker === 0xdb) readQuantisers(segment, quantisers);
    else if (marker === 0xc4) readHuffman(segment, dc, ac);
    else if (marker === 0xdd) restart = (segment[0] << 8) | segment[1];
    else if (marker === 0xc0 || marker === 0xc1) {
      if (segment[5] !== 1 || segment.length < 9)
        throw new ImagingError('unsupported', 'Colour JPEG with more than 8 bits is not read.');
      frame = {
        bits: segment[0],
        height: (segment[1] << 8) | segment[2],
        width: (segment[3] << 8) | segment[4],
        quantiser: segment[8],
      };
      if (frame.width * frame.height > mostSamples || frame.width * frame.height === 0)
        throw damaged('its size is not that of the image');
    } else if (marker >= 0xc2 && marker <= 0xcf)
      throw new ImagingError('unsupported', 'Only sequential JPEG is read with more than 8 bits.');
    else if (marker === 0xda) {
      const quantiser = frame && quantisers[frame.quantiser];
      const tables = segment[2] ?? 0;
      const [d, a] = [dc[tables >> 4], ac[tables & 15]];
      if (!frame || !quantiser || !d || !a || segment[0] !== 1) throw damaged('its scan has no tables');
      return { ...frame, samples: decodeScan(new BitReader(b, end), frame, quantiser, d, a, restart) };
    }
    at = end;
  }
  throw damaged('it has no scan');
}

function readQuantisers(s: Uint8Array, into: (Float64Array | undefined)[]): void {
  for (let at = 0; at < s.length;) {
    const wide = s[at] >> 4;
    const id = s[at++] & 15;
    if (at + 64 * (wide ? 2 : 1) > s.length) throw damaged('a quantisation table is short');
    const table = new Float64Array(64);
    for (let n = 0; n < 64; n++) {
      table[zigzag[n]] = wide ? (s[at] << 8) | s[at + 1] : s[at];
      at += wide ? 2 : 1;
    }
    into[id] = table;
  }
}

function readHuffman(
  s: Uint8Array,
  dc: (HuffmanTable | undefined)[],
  ac: (HuffmanTable | undefined)[],
): void {
  for (let at = 0; at + 17 <= s.length;) {
    const id = s[at];
    const counts = s.subarray(at + 1, at + 17);
    const total = counts.reduce((n, c) => n + c, 0);
    at += 17;
    if (at + total > s.length) throw damaged('a Huffman table is short');
    const most = new Int32Array(17).fill(-1);
    const first = new Int32Array(17);
    const start = new Int32Array(17);
    let code = 0;
    let index = 0;
    for (let length = 1; length <= 16; length++) {
      first[length] = code;
      start[length] = index;
      code += counts[length - 1];
      index += counts[length - 1];
      if (counts[length - 1] > 0) most[length] = code - 1;
      code <<= 1;
    }
    (id >> 4 ? ac : dc)[id & 15] = { most, first, at: start, values: s.slice(at, at + total) };
    at += total;
  }
}

/** Entropy-coded bits, stuffed zeros removed; zeros behind the end. */
class BitReader {
  private bits = 0;
  private count = 0;
  private over = 0;
  constructor(
    private readonly b: Uint8Array,
    private at: number,
  ) {}

  bit(): number {
    if (this.count === 0) {
      const byte = this.b[this.at];
      const stuffed = byte === 0xff && this.b[this.at + 1] === 0;
      if (byte === undefined || (byte === 0xff && !stuffed)) {
        // A marker or the end: a few padding bits are due, a whole scan of them is a cut file.
        if (++this.over > 64)
          throw new ImagingError('truncated', 'A JPEG frame ends early; it is incomplete.');
        return 0;
      }
      this.at += stuffed ? 2 : 1;
      this.bits = byte;
      this.count = 8;
    }
    return (this.bits >> --this.count) & 1;
  }

  symbol(t: HuffmanTable): number {
    let code = 0;
    for (let length = 1; length <= 16; length++) {
      code = (code << 1) | this.bit();
      if (code <= t.most[length]) return t.values[t.at[length] + code - t.first[length]] ?? 0;
    }
    throw damaged('a code is in no table');
  }

  /** A signed value of `size` bits (T.81, F.2.2.1, EXTEND). */
  value(size: number): number {
    let v = 0;
    for (let n = 0; n < size; n++) v = (v << 1) | this.bit();
    return size > 0 && v < 1 << (size - 1) ? v - (1 << size) + 1 : v;
  }

  /** Moves behind the next restart marker. */
  restart(): void {
    this.count = 0;
    this.over = 0;
    while (
      this.at + 1 < this.b.length &&
      !(this.b[this.at] === 0xff && (this.b[this.at + 1] & 0xf8) === 0xd0)
    )
      this.at++;
    this.at += 2;
  }
}

function decodeScan(
  reader: BitReader,
  { width, height, bits }: { width: number; height: number; bits: number },
  quantiser: Float64Array,
  dc: HuffmanTable,
  ac: HuffmanTable,
  restart: number,
): Uint16Array {
  const out = new Uint16Array(width * height);
  const across = Math.ceil(width / 8);
  const down = Math.ceil(height / 8);
  const block = new Float64Array(64);
  const middle = 2 ** (bits - 1);
  const most = 2 ** bits - 1;
  let last = 0;
  for (let n = 0; n < across * down; n++) {
    if (restart > 0 && n > 0 && n % restart === 0) {
      reader.restart();
      last = 0;
    }
    block.fill(0);
    last += reader.value(reader.symbol(dc));
    block[0] = last * quantiser[0];
    for (let k = 1; k < 64; k++) {
      const symbol = reader.symbol(ac);
      const size = symbol & 15;
      if (size === 0 && symbol >> 4 !== 15) break;
      k += symbol >> 4;
      if (size === 0) continue;
      if (k > 63) throw damaged('a block has too many coefficients');
      block[zigzag[k]] = reader.value(size) * quantiser[zigzag[k]];
    }
    inverseDct(block);
    const x0 = (n % across) * 8;
    const y0 = Math.floor(n / across) * 8;
    for (let y = 0; y < 8 && y0 + y < height; y++)
      for (let x = 0; x < 8 && x0 + x < width; x++) {
        const value = block[8 * y + x] + middle;
        out[(y0 + y) * width + x0 + x] = value < 0 ? 0 : value > most ? most : value;
      }
  }
  return out;
}

/** Order in which coefficients are written, as row-major places of the block (T.81, figure A.6). */
const zigzag = Uint8Array.from([
  0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7,
  14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46,
  53, 60, 61, 54, 47, 55, 62, 63,
]);

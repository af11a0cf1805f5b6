/** Mutations of real files: of bytes at random, and of what the formats are made of. */

export interface Mutated {
  readonly bytes: Uint8Array;
  readonly how: string;
}

const pick = <T>(random: () => number, list: readonly T[]): T => list[Math.floor(random() * list.length)];
const place = (random: () => number, bytes: Uint8Array): number => Math.floor(random() * bytes.length);
/** Most headers are at the start; most damage that matters is there. */
const early = (random: () => number, bytes: Uint8Array): number =>
  Math.floor(random() ** 3 * Math.min(bytes.length, 4096));

type Mutation = (random: () => number, bytes: Uint8Array) => Uint8Array;

const NUMBERS = [
  0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff,
];

const anyFile: Readonly<Record<string, Mutation>> = {
  'bits flipped': (random, bytes) => {
    for (let n = 1 + Math.floor(random() * 8); n > 0; n--)
      bytes[early(random, bytes)] ^= 1 << Math.floor(random() * 8);
    return bytes;
  },
  'bytes replaced anywhere': (random, bytes) => {
    for (let n = 1 + Math.floor(random() * 64); n > 0; n--)
      bytes[place(random, bytes)] = Math.floor(random() * 256);
    return bytes;
  },
  'cut short': (random, bytes) =>
    bytes.slice(0, random() < 0.5 ? early(random, bytes) : place(random, bytes)),
  'a part left out': (random, bytes) => {
    const at = early(random, bytes);
    const length = 1 + Math.floor(random() * 200);
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
  },
  'a part doubled': (random, bytes) => {
    const at = early(random, bytes);
    const part = bytes.subarray(at, at + 1 + Math.floor(random() * 400));
    return Buffer.concat([bytes.subarray(0, at), part, part, bytes.subarray(at + part.length)]);
  },
  'an edge number written': (random, bytes) => {
    const value = pick(random, NUMBERS);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const at = early(random, bytes);
    const wide = random() < 0.5;
    if (at + 4 > bytes.length) return bytes;
    if (wide) view.setUint32(at, value, random() < 0.8);
    else view.setUint16(at, value & 0xffff, random() < 0.8);
    return bytes;
  },
  'noise appended': (random, bytes) =>
    Buffer.concat([bytes, Uint8Array.from({ length: 64 }, () => Math.floor(random() * 256))]),
};

/** Offsets of DICOM elements of explicit little endian, found by their look: group, element, a known VR. */
function elementsOf(bytes: Uint8Array): { at: number; short: boolean; length: number }[] {
  const found = [];
  const end = Math.min(bytes.length - 12, 20_000);
  for (let at = 132; at < end; at += 2) {
    const vr = String.fromCharCode(bytes[at + 4], bytes[at + 5]);
    if (!/^(AE|AS|CS|DA|DS|DT|FD|FL|IS|LO|LT|PN|SH|SL|SQ|SS|ST|TM|UI|UL|US|UT|OB|OW|UN)$/.test(vr)) continue;
    const short = !/^(OB|OW|SQ|UN|UT)$/.test(vr);
    const length = short ? bytes[at + 6] | (bytes[at + 7] << 8) : bytes[at + 8] | (bytes[at + 9] << 8);
    found.push({ at, short, length });
  }
  return found;
}

const TEXTS = [
  '',
  '0',
  '-1',
  '1e999',
  'Infinity',
  '1\\2',
  '1\\2\\3\\4\\5\\6\\7',
  '99999999999999999999',
  '0.0\\0.0',
  ' ',
  '^^^^',
  '\\\\\\',
  '../../x',
];

const dicom: Readonly<Record<string, Mutation>> = {
  'a length changed': (random, bytes) => {
    const elements = elementsOf(bytes);
    if (elements.length === 0) return bytes;
    const { at, short } = pick(random, elements);
    const value = pick(random, NUMBERS);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (short) view.setUint16(at + 6, value & 0xffff, true);
    else view.setUint32(at + 8, value >>> 0, true);
    return bytes;
  },
  'a value changed': (random, bytes) => {
    const elements = elementsOf(bytes).filter((e) => e.short && e.length > 0 && e.length < 128);
    if (elements.length === 0) return bytes;
    const { at, length } = pick(random, elements);
    const text = pick(random, TEXTS).padEnd(length, ' ').slice(0, length);
    bytes.set(Buffer.from(text, 'latin1'), at + 8);
    return bytes;
  },
  'digits of a value changed': (random, bytes) => {
    const elements = elementsOf(bytes).filter(
      (e) => /DS|IS/.test(String.fromCharCode(bytes[e.at + 4], bytes[e.at + 5])) && e.length > 0,
    );
    if (elements.length === 0) return bytes;
    const { at, length } = pick(random, elements);
    const byte = at + 8 + Math.floor(random() * length);
    if (byte < bytes.length) bytes[byte] = 0x30 + Math.floor(random() * 10);
    return bytes;
  },
  'a value representation changed': (random, bytes) => {
    const elements = elementsOf(bytes);
    if (elements.length === 0) return bytes;
    const { at } = pick(random, elements);
    bytes.set(Buffer.from(pick(random, ['SQ', 'UN', 'OB', 'US', 'DS', 'ZZ', 'UT']), 'latin1'), at + 4);
    return bytes;
  },
  'an element removed': (random, bytes) => {
    const elements = elementsOf(bytes).filter((e) => e.short && e.length < 512);
    if (elements.length === 0) return bytes;
    const { at, length } = pick(random, elements);
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 8 + length)]);
  },
};

/** Fields of a NIfTI-1 header by offset: sizes, types, pixdim, qform and sform. */
const nifti: Readonly<Record<string, Mutation>> = {
  'a dimension changed': (random, bytes) => {
    if (bytes.length > 56)
      new DataView(bytes.buffer, bytes.byteOffset).setInt16(
        40 + 2 * Math.floor(random() * 8),
        pick(random, [0, 1, -1, 2, 7, 8, 32767, -32768]),
        true,
      );
    return bytes;
  },
  'a header float changed': (random, bytes) => {
    if (bytes.length > 348)
      new DataView(bytes.buffer, bytes.byteOffset).setFloat32(
        pick(random, [76, 80, 84, 88, 108, 112, 116, 256, 260, 264, 268, 280, 284, 288, 292, 296, 312, 320]),
        pick(random, [0, -1, 1e30, -1e30, NaN, Infinity, 1e-30, 2.5]),
        true,
      );
    return bytes;
  },
  'a code changed': (random, bytes) => {
    if (bytes.length > 256)
      new DataView(bytes.buffer, bytes.byteOffset).setInt16(
        pick(random, [70, 72, 252, 254]),
        pick(random, NUMBERS) & 0x7fff,
        true,
      );
    return bytes;
  },
};

const textHeader: Readonly<Record<string, Mutation>> = {
  'a line changed': (random, bytes) => {
    const head = Buffer.from(bytes.subarray(0, 2000)).toString('latin1');
    const numbers = [...head.matchAll(/-?\d+(\.\d+)?/g)];
    if (numbers.length === 0) return bytes;
    const { index, 0: old } = pick(random, numbers);
    const text = pick(random, ['0', '-1', '1e30', 'nan', '99999999999', '2', '']);
    return Buffer.concat([bytes.subarray(0, index), Buffer.from(text), bytes.subarray(index + old.length)]);
  },
};

const STRUCTURES: readonly (readonly [RegExp, Readonly<Record<string, Mutation>>])[] = [
  [/\.dcm$/, dicom],
  [/\.nii$/, nifti],
  [/\.(nrrd|mha)$/, textHeader],
];

/** @param name of the file: its format tells which structure can be hit. */
export function mutate(random: () => number, name: string, original: Uint8Array): Mutated {
  const structured = STRUCTURES.find(([pattern]) => pattern.test(name))?.[1] ?? anyFile;
  const all = random() < 0.6 ? structured : anyFile;
  const how = pick(random, Object.keys(all));
  return { bytes: all[how](random, Uint8Array.from(original)), how };
}

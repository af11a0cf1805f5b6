/**
 * Text in the character sets of PS3.3 C.12.1.1.2, by the platform's TextDecoder. What cannot be decoded becomes
 * replacement characters: a name that reads badly must never keep a scan from being read.
 */

/** Defined terms without and with code extensions → WHATWG encoding labels. */
const single: Readonly<Record<string, string>> = {
  '': 'windows-1252',
  'ISO_IR 6': 'windows-1252',
  'ISO_IR 100': 'windows-1252',
  'ISO_IR 101': 'iso-8859-2',
  'ISO_IR 109': 'iso-8859-3',
  'ISO_IR 110': 'iso-8859-4',
  'ISO_IR 144': 'iso-8859-5',
  'ISO_IR 127': 'iso-8859-6',
  'ISO_IR 126': 'iso-8859-7',
  'ISO_IR 138': 'iso-8859-8',
  'ISO_IR 148': 'windows-1254',
  'ISO_IR 203': 'iso-8859-15',
  'ISO_IR 13': 'shift_jis',
  'ISO_IR 166': 'windows-874',
  'ISO_IR 192': 'utf-8',
  GB18030: 'gb18030',
  GBK: 'gbk',
};

/** The label that a defined term starts a value with; ISO 2022 terms begin in their single-byte set. */
function initialLabel(term: string): string {
  const plain = term.replace(/^ISO 2022 IR /, 'ISO_IR ');
  // Multi-byte sets of ISO 2022 (87, 149, 159, 58) are entered by an escape; a value begins in ASCII.
  return single[plain] ?? 'windows-1252';
}

/** Escape sequences of PS3.3 tables C.12-3 and C.12-4 → how the bytes behind them are decoded. */
const escapes: readonly (readonly [sequence: string, label: string])[] = [
  ['(B', 'windows-1252'],
  ['(J', 'shift_jis'],
  [')I', 'shift_jis'],
  ['-A', 'windows-1252'],
  ['-B', 'iso-8859-2'],
  ['-C', 'iso-8859-3'],
  ['-D', 'iso-8859-4'],
  ['-L', 'iso-8859-5'],
  ['-G', 'iso-8859-6'],
  ['-F', 'iso-8859-7'],
  ['-H', 'iso-8859-8'],
  ['-M', 'windows-1254'],
  ['-b', 'iso-8859-15'],
  ['-T', 'windows-874'],
  ['$B', 'jis-x-0208'],
  ['$(D', 'jis-x-0212'],
  ['$)C', 'euc-kr'],
  ['$)A', 'gbk'],
];

const escape = 0x1b;
/** Control characters and separators behind which the initial set is active again (PS3.5, 6.1.2.5.3). */
const resets = new Set([0x0a, 0x0c, 0x0d, 0x09, 0x5c, 0x5e, 0x3d]);

/** Decodes a value of VR SH, LO, ST, LT, UC, UT or PN. `terms`: the values of Specific Character Set. */
export function decodeText(bytes: Uint8Array, terms: readonly string[]): string {
  const ascii = plain(bytes);
  if (ascii !== null) return ascii;
  const first = initialLabel(terms[0] ?? '');
  if (!bytes.includes(escape)) return decode(bytes, first);
  let out = '';
  let label = first;
  let start = 0;
  for (let at = 0; at <= bytes.length; at++) {
    const byte = bytes[at];
    const atEnd = at === bytes.length;
    const isReset = !atEnd && resets.has(byte) && !label.startsWith('jis-');
    if (!atEnd && byte !== escape && !isReset) continue;
    out += decode(bytes.subarray(start, at), label);
    if (atEnd) break;
    if (isReset) {
      out += String.fromCharCode(byte);
      label = first;
      start = at + 1;
      continue;
    }
    const hit = escapes.find(([sequence]) =>
      [...sequence].every((c, n) => bytes[at + 1 + n] === c.charCodeAt(0)),
    );
    if (hit) label = hit[1];
    start = at + 1 + (hit ? hit[0].length : 0);
    at = start - 1;
  }
  return out;
}

/** Making a decoder costs more than most values take to decode. */
const decoders = new Map<string, InstanceType<typeof TextDecoder>>();
function decoder(label: string): InstanceType<typeof TextDecoder> {
  const known = decoders.get(label);
  if (known) return known;
  const made = new TextDecoder(label);
  decoders.set(label, made);
  return made;
}

/** The text if it is short plain ASCII without escapes, which reads the same in all sets; else null. */
function plain(bytes: Uint8Array): string | null {
  if (bytes.length > 256) return null;
  let text = '';
  for (const byte of bytes) {
    if (byte >= 0x80 || byte === escape) return null;
    text += String.fromCharCode(byte);
  }
  return text;
}

function decode(bytes: Uint8Array, label: string): string {
  if (bytes.length === 0) return '';
  if (label === 'jis-x-0208') {
    // The seven-bit codes of JIS X 0208 are those of EUC-JP without the high bits.
    return decoder('euc-jp').decode(bytes.map((b) => b | 0x80));
  }
  if (label === 'jis-x-0212') {
    const euc: number[] = [];
    for (let n = 0; n + 1 < bytes.length; n += 2) euc.push(0x8f, bytes[n] | 0x80, bytes[n + 1] | 0x80);
    return decoder('euc-jp').decode(Uint8Array.from(euc));
  }
  return decoder(label).decode(bytes);
}

import { describe, expect, test } from 'vitest';
import { decodeText } from '../../main/imaging/dicom/charset';

const bytes = (...parts: (string | number[])[]): Uint8Array =>
  Buffer.concat(parts.map((p) => (typeof p === 'string' ? Buffer.from(p, 'latin1') : Buffer.from(p))));

/** Examples of PS3.5, annexes H to K, and of PS3.3 C.12.1.1.2. */
describe('names in the character sets of PS3.5', () => {
  test.each<[string, string[], Uint8Array, string]>([
    ['ASCII', [], bytes('Adams^John Robert Quincy'), 'Adams^John Robert Quincy'],
    ['Latin 1', ['ISO_IR 100'], bytes('Buc^J\xe9r\xf4me'), 'Buc^Jérôme'],
    ['Greek', ['ISO_IR 126'], bytes([0xc4, 0xe9, 0xef, 0xed, 0xf5, 0xf3, 0xe9, 0xef, 0xf2]), 'Διονυσιος'],
    [
      'Cyrillic',
      ['ISO_IR 144'],
      bytes([0xbb, 0xee, 0xda, 0x63, 0x65, 0xdc, 0xd1, 0x79, 0x70, 0xd3]),
      'Люкceмбypг',
    ],
    ['UTF-8', ['ISO_IR 192'], Buffer.from('Wang^XiaoDong=王^小东'), 'Wang^XiaoDong=王^小东'],
    [
      'GB18030',
      ['GB18030'],
      bytes('Wang^XiaoDong=', [0xcd, 0xf5], '^', [0xd0, 0xa1, 0xb6, 0xab]),
      'Wang^XiaoDong=王^小东',
    ],
    [
      'Japanese, H.3.1',
      ['', 'ISO 2022 IR 87'],
      bytes('Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B=\x1b$B$d$^$@\x1b(B^\x1b$B$?$m$&\x1b(B'),
      'Yamada^Tarou=山田^太郎=やまだ^たろう',
    ],
    [
      'Japanese with half-width katakana, H.3.2',
      ['ISO 2022 IR 13', 'ISO 2022 IR 87'],
      bytes([0xd4, 0xcf, 0xc0, 0xde], '^', [0xc0, 0xdb, 0xb3], '=\x1b$B;3ED\x1b(J^\x1b$BB@O:\x1b(J'),
      'ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎',
    ],
    [
      'Korean, I.2',
      ['', 'ISO 2022 IR 149'],
      bytes('Hong^Gildong=\x1b$)C', [0xfb, 0xf3], '^\x1b$)C', [0xd1, 0xce, 0xd4, 0xd7]),
      'Hong^Gildong=洪^吉洞',
    ],
    [
      'Chinese by ISO 2022, K.3',
      ['', 'ISO 2022 IR 58'],
      bytes('Zhang^XiaoDong=\x1b$)A', [0xd5, 0xc5], '^\x1b$)A', [0xd0, 0xa1, 0xb6, 0xab]),
      'Zhang^XiaoDong=张^小东',
    ],
    ['an unknown set is read as Latin 1', ['ISO_IR 999'], bytes('M\xfcller'), 'Müller'],
  ])('%s', (_, terms, value, text) => {
    expect(decodeText(value, terms)).toBe(text);
  });
});

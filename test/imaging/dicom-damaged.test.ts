import { readFileSync } from 'node:fs';
import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  groupIntoVolumes,
  ImagingError,
  readDicomHeader,
  readDicomHeaderFrom,
  readDicomVolume,
} from '../../main/imaging';
import { dataPath, sharedData } from '../data';

/** Bytes of a small explicit little-endian DICOM file around the given elements. */
function dicom(elements: Uint8Array, syntax = '1.2.840.10008.1.2.1'): Uint8Array {
  const uid = Buffer.from(syntax.length % 2 ? `${syntax}\0` : syntax, 'latin1');
  const meta = Buffer.concat([Buffer.from([2, 0, 16, 0]), Buffer.from('UI'), u16(uid.length), uid]);
  return Buffer.concat([Buffer.alloc(128), Buffer.from('DICM'), meta, elements]);
}
const u16 = (v: number): Buffer => Buffer.from([v & 255, v >> 8]);
const u32 = (v: number): Buffer => {
  const b = Buffer.alloc(4);
  b.writeUInt32LE(v);
  return b;
};
const element = (group: number, number: number, vr: string, value: Uint8Array): Buffer =>
  'SQ OB OW UN UT'.includes(vr)
    ? Buffer.concat([u16(group), u16(number), Buffer.from(vr), u16(0), u32(value.length), value])
    : Buffer.concat([u16(group), u16(number), Buffer.from(vr), u16(value.length), value]);

const codeOf = (read: () => unknown): string => {
  try {
    read();
    return 'read';
  } catch (error) {
    return error instanceof ImagingError ? error.code : `escaped: ${String(error)}`;
  }
};

describe('what nobody should send us', () => {
  test('10,000 nested sequences are refused, with and without lengths', () => {
    const open = Buffer.concat([
      u16(8),
      u16(0x1140),
      Buffer.from('SQ'),
      u16(0),
      u32(0xffffffff),
      Buffer.from([0xfe, 0xff, 0, 0xe0]),
      u32(0xffffffff),
    ]);
    expect(codeOf(() => readDicomHeader(dicom(Buffer.concat(Array(10_000).fill(open)))))).toBe('over-limit');
  });

  test('a file of nothing but tiny elements stops at a limit', () => {
    const tiny = element(9, 1, 'LO', Buffer.alloc(0));
    const inItem = Buffer.concat(Array(2000).fill(tiny));
    const many = Buffer.concat(Array(2000).fill(inItem));
    const open = Buffer.concat([
      u16(8),
      u16(0x1140),
      Buffer.from('SQ'),
      u16(0),
      u32(0xffffffff),
      Buffer.from([0xfe, 0xff, 0, 0xe0]),
      u32(0xffffffff),
      many,
    ]);
    expect(codeOf(() => readDicomHeader(dicom(open)))).toBe('over-limit');
  });

  test('65,536 announced frames and pixels beyond any scan are refused before anything is made', () => {
    const image = (frames: string, rows: number): Buffer =>
      Buffer.concat([
        element(0x28, 2, 'US', u16(1)),
        element(0x28, 8, 'IS', Buffer.from(frames)),
        element(0x28, 0x10, 'US', u16(rows)),
        element(0x28, 0x11, 'US', u16(rows)),
        element(0x28, 0x100, 'US', u16(16)),
        element(0x7fe0, 0x10, 'OW', Buffer.alloc(2)),
      ]);
    expect(codeOf(() => readDicomHeader(dicom(image('65536 ', 16))))).toBe('over-limit');
    expect(codeOf(() => readDicomHeader(dicom(image('60000 ', 65_000))))).toBe('over-limit');
    expect(codeOf(() => readDicomHeader(dicom(image('-1', 16))))).toBe('malformed');
  });

  test('an inflate bomb costs no more than its header', () => {
    const header = Buffer.concat([
      element(0x28, 0x10, 'US', u16(4)),
      element(0x28, 0x11, 'US', u16(4)),
      element(0x28, 0x100, 'US', u16(16)),
    ]);
    const pixels = element(0x7fe0, 0x10, 'OW', Buffer.alloc(32));
    const bomb = deflateRawSync(Buffer.concat([header, pixels, Buffer.alloc(600 * 2 ** 20)]));
    const before = process.memoryUsage().rss;
    expect(codeOf(() => readDicomHeader(dicom(bomb, '1.2.840.10008.1.2.1.99')))).toBe('over-limit');
    expect(process.memoryUsage().rss - before).toBeLessThan(256 * 2 ** 20);
  });

  test('blanks of a crafted value are trimmed in one pass', () => {
    const blanks = Buffer.alloc(60_000, 0x20);
    blanks[0] = blanks[59_999] = 0x41;
    expect(readDicomHeader(dicom(element(0x10, 0x10, 'PN', blanks))).patient.name.length).toBe(60_000);
  });

  test('whatever the bytes, a header is read or refused with a reason', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        expect(codeOf(() => readDicomHeader(bytes))).not.toMatch(/escaped/);
        expect(codeOf(() => readDicomHeader(dicom(bytes)))).not.toMatch(/escaped/);
      }),
      { numRuns: 500 },
    );
  });
});

describe.skipIf(sharedData === null)('damaged real files', () => {
  const folder = ['archive', 'transfer-syntaxes'];
  const names = [
    'pydicom-data/emri_small_jpeg_2k_lossless.dcm',
    'pydicom-data/MR2_J2KR.dcm',
    'pydicom-data/explicit_VR-UN.dcm',
    'cornerstone-testImages/CTImage.dcm_JPEGProcess14SV1TransferSyntax_1.2.840.10008.1.2.4.70.dcm',
    'cornerstone-testImages/CTImage.dcm_JPEGProcess2_4TransferSyntax_1.2.840.10008.1.2.4.51.dcm',
    'cornerstone-testImages/CTImage.dcm_JPEGProcess1TransferSyntax_1.2.840.10008.1.2.4.50.dcm',
    'cornerstone-testImages/CTImage.dcm_JPEGLSLosslessTransferSyntax_1.2.840.10008.1.2.4.80.dcm',
    'cornerstone-testImages/CTImage.dcm_RLELosslessTransferSyntax_1.2.840.10008.1.2.5.dcm',
    'cornerstone-testImages/CTImage.dcm_DeflatedExplicitVRLittleEndianTransferSyntax_1.2.840.10008.1.2.1.99.dcm',
    'cornerstone-testImages/CTImage.dcm_BigEndianExplicitTransferSyntax_1.2.840.10008.1.2.2.dcm',
  ];

  /** Reads one file to voxels, as far as it goes; fails on anything but an ImagingError. */
  async function outcome(bytes: Uint8Array): Promise<string> {
    try {
      const { volumes, leftOut } = groupIntoVolumes([{ ...readDicomHeader(bytes), path: 'file' }]);
      if (volumes.length === 0) return leftOut[0].code;
      const volume = await readDicomVolume(volumes[0], async () => bytes);
      return volume.voxels.length === volume.geometry.size.reduce((n, d) => n * d, 1)
        ? 'read'
        : 'escaped: wrong size';
    } catch (error) {
      return error instanceof ImagingError ? error.code : `escaped: ${String(error)}`;
    }
  }

  test.each(names)('%s: cut anywhere and with bytes changed', async (name) => {
    const bytes = readFileSync(dataPath(...folder, ...name.split('/')));
    let random = 12345;
    const next = (below: number): number => (random = (random * 1103515245 + 12345) % 2 ** 31) % below;
    for (let round = 0; round < 12; round++) {
      const changed = new Uint8Array(bytes);
      for (let n = 0; n < 1 + next(20); n++)
        changed[next(round % 2 ? Math.min(4000, bytes.length) : bytes.length)] = next(256);
      expect(await outcome(changed)).not.toMatch(/escaped/);
      expect(await outcome(new Uint8Array(bytes.subarray(0, next(bytes.length))))).not.toMatch(/escaped/);
    }
    // A codec that failed on damaged frames still decodes sound ones.
    expect(await outcome(new Uint8Array(bytes))).toMatch(/^(read|no-geometry)$/);
  });

  test('the truncated J2K and the broken sequence of pydicom', async () => {
    const file = (name: string): Uint8Array => readFileSync(dataPath(...folder, 'pydicom-data', name));
    expect(await outcome(file('emri_small_jpeg_2k_lossless_too_short.dcm'))).toBe('no-geometry');
    expect(await outcome(file('bad_sequence.dcm'))).toBe('read');
  });

  test('a header is read from the first bytes only', async () => {
    const path = dataPath('archive', 'dcm_qa_ct-GE-tilt-variable-spacing', '01.dcm');
    const bytes = readFileSync(path);
    let most = 0;
    const header = await readDicomHeaderFrom({
      size: bytes.length,
      read(start, length) {
        most = Math.max(most, start + length);
        return bytes.subarray(start, start + length);
      },
    });
    expect(header).toEqual(readDicomHeader(bytes));
    expect(most).toBeLessThan(20_000);
  });
});

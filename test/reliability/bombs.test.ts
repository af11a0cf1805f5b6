import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { zipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openParcel } from '../../main/learning/registry/parcel';
import { archiveInOwnFolders } from '../archive/studio';
import { dataPath, sharedData } from '../data';

/** What a bomb may cost its reader. */
const MOST_SECONDS = 2;
const MOST_MEGABYTES = 512;
/** What a bomb holds; four times what its reader may take. */
const BLAST = 2 ** 31;

const u16 = (v: number): Buffer => Buffer.from([v & 255, v >> 8]);
const u32 = (v: number): Buffer => {
  const b = Buffer.alloc(4);
  b.writeUInt32LE(v >>> 0);
  return b;
};
const element = (group: number, number: number, vr: string, value: Uint8Array): Buffer =>
  'SQ OB OW UN UT'.includes(vr)
    ? Buffer.concat([u16(group), u16(number), Buffer.from(vr), u16(0), u32(value.length), value])
    : Buffer.concat([u16(group), u16(number), Buffer.from(vr), u16(value.length), value]);
const padded = (text: string): Buffer => Buffer.from(text.length % 2 ? `${text}\0` : text, 'latin1');
const dicom = (elements: Uint8Array, syntax = '1.2.840.10008.1.2.1'): Buffer =>
  Buffer.concat([Buffer.alloc(128), Buffer.from('DICM'), element(2, 0x10, 'UI', padded(syntax)), elements]);

const ct = (frames: string, rows = 16): Buffer =>
  Buffer.concat([
    element(8, 0x16, 'UI', padded('1.2.840.10008.5.1.4.1.1.2')),
    element(8, 0x18, 'UI', padded('1.2.3.4.5.6.7')),
    element(8, 0x60, 'CS', padded('CT')),
    element(0x20, 0xd, 'UI', padded('1.2.3.4.5.6')),
    element(0x20, 0xe, 'UI', padded('1.2.3.4.5.8')),
    element(0x28, 2, 'US', u16(1)),
    element(0x28, 8, 'IS', padded(frames)),
    element(0x28, 0x10, 'US', u16(rows)),
    element(0x28, 0x11, 'US', u16(rows)),
    element(0x28, 0x100, 'US', u16(16)),
  ]);

/** A sequence within a sequence, so many times, with or without lengths. */
function nested(depth: number, withLengths: boolean): Buffer {
  const item = Buffer.from([0xfe, 0xff, 0, 0xe0]);
  const tag = Buffer.concat([u16(8), u16(0x1140), Buffer.from('SQ'), u16(0)]);
  if (!withLengths)
    return Buffer.concat(
      Array.from({ length: depth }, () => Buffer.concat([tag, u32(0xffffffff), item, u32(0xffffffff)])),
    );
  const parts: Buffer[] = [];
  // 20 bytes a level: 12 of the sequence, 8 of its item.
  for (let level = 0; level < depth; level++) {
    const inside = 20 * (depth - level - 1);
    parts.push(tag, u32(inside + 8), item, u32(inside));
  }
  return Buffer.concat(parts);
}

/** Compressed nothing: many members of one stream, made once. */
const zeros = Buffer.alloc(2 ** 26);
const member = gzipSync(zeros);
const gzipBomb = (start: Uint8Array): Buffer =>
  Buffer.concat([gzipSync(start), ...Array.from({ length: BLAST / zeros.length }, () => member)]);
/** Deflate has no members: stored whole, a sixteenth of the blast. */
const deflateBomb = (start: Uint8Array, raw: boolean): Buffer => {
  const inside = Buffer.concat([start, Buffer.alloc(BLAST / 4)]);
  return raw ? deflateRawSync(inside) : deflateSync(inside);
};

function nifti(sizes: readonly number[]): Buffer {
  const header = Buffer.alloc(352);
  header.writeInt32LE(348, 0);
  header.writeInt16LE(sizes.length, 40);
  for (const [n, size] of sizes.entries()) header.writeInt16LE(size, 42 + 2 * n);
  header.writeInt16LE(4, 70);
  header.writeInt16LE(16, 72);
  for (let n = 0; n < 8; n++) header.writeFloatLE(1, 76 + 4 * n);
  header.writeFloatLE(352, 108);
  header.writeInt16LE(1, 254);
  for (let row = 0; row < 3; row++) header.writeFloatLE(1, 280 + 16 * row + 4 * row);
  header.write('n+1\0', 344, 'latin1');
  return header;
}
const nrrd = (sizes: string): string =>
  `NRRD0004\ntype: short\ndimension: 3\nspace: left-posterior-superior\nsizes: ${sizes}\nspace directions: (1,0,0) (0,1,0) (0,0,1)\nkinds: domain domain domain\nendian: little\nencoding: gzip\nspace origin: (0,0,0)\n\n`;
const meta = (sizes: string): string =>
  `ObjectType = Image\nNDims = 3\nBinaryData = True\nBinaryDataByteOrderMSB = False\nCompressedData = True\nTransformMatrix = 1 0 0 0 1 0 0 0 1\nOffset = 0 0 0\nElementSpacing = 1 1 1\nDimSize = ${sizes}\nElementType = MET_SHORT\nElementDataFile = LOCAL\n`;

const BOMBS: Readonly<Record<string, () => [string, Uint8Array]>> = {
  'gzip bomb behind a small NIfTI header': () => [
    'CT.nii.gz',
    gzipBomb(Buffer.concat([nifti([8, 8, 8]), Buffer.alloc(1024)])),
  ],
  'NIfTI header of 32767³ voxels': () => [
    'CT.nii',
    Buffer.concat([nifti([32767, 32767, 32767]), Buffer.alloc(64)]),
  ],
  'NIfTI header of 32767 volumes': () => [
    'CT.nii',
    Buffer.concat([nifti([64, 64, 64, 32767]), Buffer.alloc(64)]),
  ],
  'gzip bomb behind an NRRD header': () => [
    'CT.nrrd',
    Buffer.concat([Buffer.from(nrrd('8 8 8')), gzipBomb(Buffer.alloc(1024))]),
  ],
  'NRRD header of 10¹⁵ voxels': () => ['CT.nrrd', Buffer.from(nrrd('100000 100000 100000'))],
  'deflate bomb behind a MetaImage header': () => [
    'CT.mha',
    Buffer.concat([Buffer.from(meta('8 8 8')), deflateBomb(Buffer.alloc(1024), false)]),
  ],
  'deflated DICOM bomb': () => [
    'one.dcm',
    dicom(
      deflateBomb(Buffer.concat([ct('1'), element(0x7fe0, 0x10, 'OW', Buffer.alloc(512))]), true),
      '1.2.840.10008.1.2.1.99',
    ),
  ],
  '10,000-deep sequences without lengths': () => ['one.dcm', dicom(nested(10_000, false))],
  '10,000-deep sequences with lengths': () => ['one.dcm', dicom(nested(10_000, true))],
  'header of 65,536 frames': () => [
    'one.dcm',
    dicom(Buffer.concat([ct('65536'), element(0x7fe0, 0x10, 'OW', Buffer.alloc(512))])),
  ],
  'header of 65,535 frames of 65,000²': () => [
    'one.dcm',
    dicom(Buffer.concat([ct('65535', 65_000), element(0x7fe0, 0x10, 'OW', Buffer.alloc(512))])),
  ],
};

test('a model file whose weights would inflate to far more than itself is refused before they do', () => {
  const place = mkdtempSync(join(tmpdir(), 'amlp-parcel-bomb-'));
  try {
    const file = join(place, 'bomb.amlp');
    const parts = {
      'model.json': Buffer.from('{}'),
      'signature.json': Buffer.from('{}'),
      'weights.safetensors': Buffer.alloc(2 ** 28),
    };
    writeFileSync(file, zipSync(parts, { level: 1 }));
    const before = process.memoryUsage().arrayBuffers;
    expect(() => openParcel(file)).toThrow('a part of it is missing');
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 26);
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
});

/** Processor seconds and peak memory, MB, of a process so far; unlike the clock, no busy machine stretches them. */
function costOf(pid: number): { seconds: number; megabytes: number } {
  const [user, system] = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1].split(' ').slice(11, 13);
  const peak = /^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'));
  return { seconds: (Number(user) + Number(system)) / 100, megabytes: Number(peak?.[1]) / 1024 };
}

describe.skipIf(process.platform !== 'linux')('bombs', () => {
  let folder: string;
  beforeAll(
    () => (folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'amlp-bombs-'))),
  );
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test.each(Object.keys(BOMBS))('%s: refused by a reader that took little', async (name) => {
    const place = join(folder, String(Object.keys(BOMBS).indexOf(name)));
    mkdirSync(place);
    const [file, bytes] = BOMBS[name]();
    writeFileSync(join(place, file), bytes);
    const { archive, close } = await archiveInOwnFolders();
    try {
      // An empty folder first: starting a reader is no part of what the bomb costs.
      mkdirSync(join(folder, 'empty'), { recursive: true });
      await archive.open(join(folder, 'empty'));
      await archive.scanned();
      const scanner = archive.workers.scanner!;
      const before = costOf(scanner);
      await archive.open(place);
      await archive.scanned();
      // The same process: nothing ended it.
      expect(archive.workers.scanner).toBe(scanner);
      const after = costOf(scanner);
      let seconds = after.seconds - before.seconds;
      let { megabytes } = after;
      const reasons = (await archive.leftOut()).map((l) => l.reason);
      for (const volume of archive.volumes()) {
        const refused = await archive.prepare(volume.id).then(
          () => null,
          (error: Error) => error.message,
        );
        expect(refused).not.toBeNull();
        reasons.push(refused ?? '');
        const reader = archive.workers.reader;
        if (reader !== undefined) {
          const cost = costOf(reader);
          seconds += cost.seconds;
          megabytes = Math.max(megabytes, cost.megabytes);
        }
      }
      console.log(
        `bomb: ${name}: ${seconds.toFixed(2)} s of a processor, ${Math.round(megabytes)} MB, "${reasons[0]}"`,
      );
      expect(reasons.length).toBeGreaterThan(0);
      expect(reasons.join()).not.toMatch(/stopped its reader/);
      expect(seconds).toBeLessThan(MOST_SECONDS);
      expect(megabytes).toBeLessThan(MOST_MEGABYTES);
    } finally {
      await close();
    }
  });

  test.skipIf(sharedData === null)('as masks to import: refused the same way', async () => {
    const { archive, close } = await archiveInOwnFolders();
    try {
      await archive.open(dataPath('archive', 'sts', 'STS_008', 'CT'));
      await archive.scanned();
      const [volume] = archive.volumes();
      const seg = element(8, 0x16, 'UI', padded('1.2.840.10008.5.1.4.1.1.66.4'));
      const rtstruct = element(8, 0x16, 'UI', padded('1.2.840.10008.5.1.4.1.1.481.3'));
      const masks: Readonly<Record<string, Uint8Array>> = {
        'deep.dcm': dicom(Buffer.concat([rtstruct, nested(10_000, false)])),
        'frames.dcm': dicom(
          Buffer.concat([
            seg,
            ct('65536').subarray(seg.length),
            element(0x7fe0, 0x10, 'OW', Buffer.alloc(512)),
          ]),
        ),
        'bomb.dcm': dicom(
          deflateBomb(Buffer.concat([seg, Buffer.alloc(64)]), true),
          '1.2.840.10008.1.2.1.99',
        ),
        'bomb.nii.gz': gzipBomb(Buffer.concat([nifti([8, 8, 8]), Buffer.alloc(1024)])),
      };
      for (const [name, bytes] of Object.entries(masks)) {
        const file = join(folder, name);
        writeFileSync(file, bytes);
        const before = archive.workers.reader === undefined ? 0 : costOf(archive.workers.reader).seconds;
        await expect(
          archive.importMasks({
            file,
            source: volume.source,
            geometry: volume.geometry!,
            frameOfReference: volume.frameOfReference,
          }),
          name,
        ).rejects.toThrow(/^(?!This stopped its reader)/);
        const { seconds, megabytes } = costOf(archive.workers.reader!);
        console.log(
          `bomb: ${name}: ${(seconds - before).toFixed(2)} s of a processor, ${Math.round(megabytes)} MB`,
        );
        expect(seconds - before).toBeLessThan(MOST_SECONDS);
        expect(megabytes).toBeLessThan(MOST_MEGABYTES);
      }
    } finally {
      await close();
    }
  });
});

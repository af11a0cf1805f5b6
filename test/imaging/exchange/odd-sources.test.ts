import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { SourceSeries } from '../../../main/imaging/dicom/source-series';
import { fitted, fittedName } from '../../../main/imaging/dicom/write';
import { exportLabelMap } from '../../../main/imaging/exchange/export-label-map';
import { openMasks } from '../../../main/imaging/exchange/import-masks';
import type { Segment } from '../../../main/imaging/mask/label-map';
import { voxelCount } from '../../../main/imaging/space/geometry';
import { hasProgram } from '../../python';
import { obliqueGrid } from '../grids';
import { labelMap, segment, sourceOn, writer } from '../source';

const geometry = obliqueGrid([8, 7, 4]);
const mask = new Uint8Array(voxelCount(geometry)).map((_, v) => (v % 8 < 4 ? 1 : 0));
const scan = sourceOn(geometry);
const folder = mkdtempSync(join(tmpdir(), 'odd-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const written = (source: SourceSeries, more: Partial<Segment> = {}): readonly Uint8Array[] =>
  exportLabelMap(labelMap(geometry, segment('GTV', mask, more)), source, {
    formats: ['rtstruct', 'seg'],
    writer,
  }).files.map(({ bytes }) => bytes);

/** What dciodvfy calls an error. */
function errorsIn(bytes: Uint8Array): string[] {
  const file = join(folder, 'file.dcm');
  writeFileSync(file, bytes);
  const { stdout, stderr } = spawnSync('dciodvfy', [file], { encoding: 'latin1' });
  return `${stdout}\n${stderr}`.split('\n').filter((line) => line.startsWith('Error'));
}

describe.skipIf(!hasProgram('dciodvfy'))(
  'what scans and people write beyond the rules gives valid files',
  () => {
    const { patient, series } = scan;
    test.each<[string, SourceSeries, Partial<Segment>]>([
      ['a name of 250 letters', { ...scan, patient: { ...patient, name: 'N'.repeat(250) } }, {}],
      ['a name with a backslash', { ...scan, patient: { ...patient, name: 'A\\B^C' } }, {}],
      ['control characters', { ...scan, patient: { ...patient, name: 'A^B\n' } }, { name: 'GTV\n1\tx' }],
      ['a description with zeros', scan, { description: 'a\u0000b\u001bc' }],
      ['the largest series number', { ...scan, series: { ...series, number: 2_147_483_000 } }, {}],
      ['half a series number', { ...scan, series: { ...series, number: 1.5 } }, {}],
      ['a code of 20 digits', scan, { code: { value: '1'.repeat(20), scheme: 'SCT', meaning: 'x' } }],
      ['a long coding scheme', scan, { code: { value: '1', scheme: 'S'.repeat(20), meaning: 'x' } }],
      ['a code without a meaning', scan, { code: { value: '1', scheme: 'SCT', meaning: '' } }],
      ['a code without a value', scan, { code: { value: '', scheme: 'SCT', meaning: 'x' } }],
    ])('%s', (_, source, more) => {
      for (const bytes of written(source, more)) expect(errorsIn(bytes)).toEqual([]);
    });
  },
);

test('a UID with a leading zero is quoted as it is: a reference that mends it would find nothing', async () => {
  const uid = '1.2.840.01.5';
  const source = {
    ...scan,
    images: scan.images.map((image, k) => ({ ...image, sopInstanceUid: `${uid}.0${k}` })),
  };
  const target = {
    geometry,
    frameOfReference: null,
    sopInstanceUids: new Set(source.images.map((image) => image.sopInstanceUid)),
  };
  const { warnings } = await openMasks(written(source)[0], target);
  expect(warnings.join()).not.toContain('images that are not in this scan');
});

test('a code of 20 digits comes back from both', async () => {
  const code = { value: '1'.repeat(20), scheme: 'SCT', meaning: 'x' };
  for (const bytes of written(scan, { code })) {
    const file = await openMasks(bytes, { geometry, frameOfReference: scan.frameOfReference });
    expect((await file.read(0)).code).toEqual(code);
  }
});

describe('a scan that cannot be referred to is refused with a way out, as DICOM', () => {
  test.each<[string, SourceSeries]>([
    ['Study Instance UID', { ...scan, study: { ...scan.study, uid: '' } }],
    ['Series Instance UID', { ...scan, series: { ...scan.series, uid: '1.2.3.' } }],
    ['SOP Instance UID', { ...scan, images: [{ ...scan.images[0], sopInstanceUid: '' }] }],
  ])('%s', (name, source) => {
    for (const format of ['rtstruct', 'seg'] as const)
      expect(() =>
        exportLabelMap(labelMap(geometry, segment('GTV', mask)), source, { formats: [format], writer }),
      ).toThrow(`have no valid ${name}, so no other system could tell`);
    const nifti = { formats: ['nifti'] as const, writer };
    expect(exportLabelMap(labelMap(geometry, segment('GTV', mask)), source, nifti).files).toHaveLength(1);
  });
});

test('text is never cut within a character', () => {
  expect(fitted(`${'x'.repeat(63)}\u{1f600}`, 'LO')).toBe('x'.repeat(63));
  expect(fitted('one\ntwo', 'LO')).toBe('one two');
  expect(fitted('one\r\ntwo', 'ST')).toBe('one\r\ntwo');
  expect(fittedName(`${'n'.repeat(70)}=${'王'.repeat(70)}=三=四`)).toBe(
    `${'n'.repeat(64)}=${'王'.repeat(64)}=三`,
  );
});

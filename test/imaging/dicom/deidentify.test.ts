import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { exportLabelMap } from '../../../main/imaging/exchange/export-label-map';
import { importMasks } from '../../../main/imaging/exchange/import-masks';
import { readRtStruct } from '../../../main/imaging/rtstruct/read';
import { readSeg } from '../../../main/imaging/seg/read';
import { voxelCount } from '../../../main/imaging/space/geometry';
import { hasProgram } from '../../python';
import { obliqueGrid } from '../grids';
import { labelMap, segment, sourceOn, writer } from '../source';

const grid = obliqueGrid([12, 10, 5]);
const mask = new Uint8Array(voxelCount(grid)).map((_, v) => (v % 12 > 4 && v % 5 > 0 ? 1 : 0));
const map = labelMap(grid, segment('GTV', mask, { description: 'as told by Phantom' }));
const source = sourceOn(grid);
const exported = (secret: string) =>
  exportLabelMap(map, source, {
    formats: ['rtstruct', 'seg', 'nifti'],
    writer,
    approvedBy: { name: 'Reader^Dr', at: writer.now },
    deidentify: { patientCode: 'CODE-1', secret },
  });
const { files } = exported('the secret of a site');

test('nothing of the patient, the people, the times or the UIDs is left in any file', () => {
  const identifying = [
    ...Object.values(source.patient).filter((value) => value.length > 1),
    source.study.uid,
    source.study.date,
    source.study.time,
    source.study.description,
    source.study.accessionNumber,
    source.series.uid,
    source.frameOfReference,
    ...source.images.map((image) => image.sopInstanceUid),
    'Phantom',
    'Reader',
    '20260131',
  ];
  for (const { bytes } of files) {
    const text = Buffer.from(bytes).toString('latin1');
    for (const value of identifying) expect(text).not.toContain(value);
  }
});

test('files of one secret refer to each other, those of another do not', () => {
  const set = readRtStruct(files[0].bytes);
  const seg = readSeg(files[1].bytes);
  expect(set.patientId).toBe('CODE-1');
  expect(set.framesOfReference).toEqual(seg.framesOfReference);
  const again = readRtStruct(exported('the secret of a site').files[0].bytes);
  expect([again.studyUid, again.seriesUids]).toEqual([set.studyUid, set.seriesUids]);
  const images = (file: typeof set) => file.rois[0].contours.flatMap((c) => c.images);
  expect(images(again)).toEqual(images(set));
  expect(readRtStruct(exported('another').files[0].bytes).studyUid).not.toBe(set.studyUid);
  expect(() => exported('')).toThrow(RangeError);
});

test('masks are what they were, and dciodvfy finds no error', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'code-'));
  for (const { name, bytes } of files) {
    const { segments } = await importMasks(bytes, { geometry: grid, frameOfReference: null });
    expect(segments[0].mask).toEqual(mask);
    if (!name.endsWith('.dcm') || !hasProgram('dciodvfy')) continue;
    writeFileSync(join(folder, name), bytes);
    const { stderr } = spawnSync('dciodvfy', [join(folder, name)], { encoding: 'utf8' });
    expect(stderr.split('\n').filter((line) => line.startsWith('Error'))).toEqual([]);
  }
  rmSync(folder, { recursive: true });
});

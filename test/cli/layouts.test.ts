import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { casesWith, labelOf, readDataFolder } from '../../main/cli/layouts';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'layout-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Layouts are told by names alone; what is in the files is read later. */
const touch = (...names: string[]): void => {
  for (const name of names) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), '');
  }
};

test('<case>/<channel>.nii.gz', () => {
  touch('A/CT.nii.gz', 'A/MR_T1.nii.gz', 'A/GTV.nii.gz', 'B/CT.nii', 'notes.txt', 'C/readme.txt');
  const data = readDataFolder(folder);
  expect(data?.layout).toBe('plain');
  expect(data?.cases.map(({ id }) => id)).toEqual(['A', 'B']);
  if (!data) return;
  expect(casesWith(data, folder, ['CT']).map(({ id }) => id)).toEqual(['A', 'B']);
  expect(casesWith(data, folder, ['CT', 'MR_T1']).map(({ id }) => id)).toEqual(['A']);
  expect(labelOf(data.cases[0], 'GTV')).toEqual({ file: join(folder, 'A', 'GTV.nii.gz'), values: null });
  expect(() => labelOf(data.cases[1], 'GTV')).toThrow(/Case B has no label "GTV"/);
});

test('nnU-Net v2', () => {
  touch(
    'imagesTr/x_001_0000.nii.gz',
    'imagesTr/x_001_0001.nii.gz',
    'imagesTr/x_002_0000.nii.gz',
    'labelsTr/x_001.nii.gz',
  );
  writeFileSync(
    join(folder, 'dataset.json'),
    JSON.stringify({
      channel_names: { 0: 'CT', 1: 'PET' },
      labels: { background: 0, tumour: 1, node: [2, 3] },
      file_ending: '.nii.gz',
      numTraining: 2,
    }),
  );
  const data = readDataFolder(folder);
  expect(data?.layout).toBe('nnU-Net v2');
  const [first, second] = data?.cases ?? [];
  expect([...first.channels.keys()]).toEqual(['CT', 'PET']);
  expect(first.labels.get('tumour')?.values).toEqual([1]);
  expect(first.labels.get('node')?.values).toEqual([2, 3]);
  expect(second.labels.size).toBe(0);
});

test.each([
  ['to 2021', ['t1', 't1ce', 't2', 'flair'], '_', 'nii.gz'],
  ['from 2023', ['t1n', 't1c', 't2w', 't2f'], '-', 'nii.gz'],
])('BraTS %s: nested regions are sets of values', (_when, names, mark, end) => {
  const id = 'BraTS-001';
  touch(...[...names, 'seg'].map((name) => `${id}/${id}${mark}${name}.${end}`));
  const data = readDataFolder(folder);
  expect(data?.layout).toBe('BraTS');
  expect([...(data?.cases[0].channels.keys() ?? [])].sort()).toEqual(['FLAIR', 'T1', 'T1CE', 'T2']);
  expect(data?.cases[0].labels.get('WT')?.values).toBeNull();
  expect(data?.cases[0].labels.get('ET')?.values).toEqual([3, 4]);
});

test('HECKTOR', () => {
  touch('imagesTr/CHUM-001__CT.nii.gz', 'imagesTr/CHUM-001__PT.nii.gz', 'labelsTr/CHUM-001.nii.gz');
  const data = readDataFolder(folder);
  expect(data?.layout).toBe('HECKTOR');
  expect([...(data?.cases[0].channels.keys() ?? [])]).toEqual(['CT', 'PET']);
  expect(data?.cases[0].labels.get('GTVp')?.values).toEqual([1]);
});

test('a folder without cases is none, and no folder is named', () => {
  touch('scan/0001.dcm');
  expect(readDataFolder(folder)).toBeNull();
  expect(() => readDataFolder(join(folder, 'nowhere'))).toThrow(/There is no folder/);
});

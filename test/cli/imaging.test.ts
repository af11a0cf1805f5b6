import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readNifti } from '../../main/imaging';
import { writeNiftiMask } from '../../main/imaging/nifti/write';
import { toPatient, voxelIndex } from '../../main/imaging/space/geometry';
import { dataPath, sharedData } from '../data';
import { cli } from './cli';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'cli-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** The folder of one series of the archive of sarcomas. */
const seriesFolder = (patient: string, modality: string): string =>
  dataPath('archive', 'sts', patient, modality);

describe('usage', () => {
  test('--help lists every command and exits with 0; each command explains itself with an example', async () => {
    const help = await cli(['--help']);
    expect(help.status).toBe(0);
    for (const name of [
      'index',
      'convert',
      'mask',
      'export',
      'pretrain',
      'finetune',
      'segment',
      'evaluate',
      'ablate',
      'label-efficiency',
      'demo',
      'doctor',
    ]) {
      expect(help.out).toMatch(new RegExp(`^  ${name}\\b`, 'm'));
      const own = await cli([name, '--help']);
      expect(own.status).toBe(0);
      expect(own.out).toContain(`Example:\n  amlp-studio ${name}`);
      expect(own.out).toContain('--json');
    }
  });

  test.each([
    [['fly']],
    [['convert']],
    [['convert', 'x', '--out', 'y.nii.gz', '--speed']],
    [['convert', 'x', '--out', 'y.dcm']],
    [['pretrain', 'x', '--channels', 'CT', '--out', 'm', '--epochs', 'many']],
    [['segment', 'x', '--model', 'm', '--out', 'o', '--to', 'pdf']],
  ])('wrong usage ends with 2: %j', async (args) => {
    const ran = await cli(args);
    expect(ran.status).toBe(2);
    expect(ran.out).toBe('');
    expect(ran.err).not.toBe('');
  });
});

describe.skipIf(sharedData === null)('on real scans', () => {
  test('convert: CT, MR and PET series with the voxels that pydicom reads', async () => {
    for (const [modality, min, max, mean] of [
      ['CT', -1000, 1479, -407.26293],
      ['MR_T1', 0, 1140, 488.860713],
      ['PET', 0, 6.50177621833271, 0.329105],
    ] as const) {
      const out = join(folder, `${modality}.nii.gz`);
      const ran = await cli(['convert', seriesFolder('STS_008', modality), '--out', out, '--json']);
      expect(ran).toMatchObject({ status: 0 });
      const {
        volumes: [{ voxels }],
      } = await readNifti(readFileSync(out));
      let [low, high, sum] = [Infinity, -Infinity, 0];
      for (const v of voxels) [low, high, sum] = [Math.min(low, v), Math.max(high, v), sum + v];
      expect(low).toBeCloseTo(min, 4);
      expect(high).toBeCloseTo(max, 4);
      expect(sum / voxels.length).toBeCloseTo(mean, 4);
    }
  });

  test('convert: PET from Bq/ml to SUV', async () => {
    const base = dataPath('archive', 'pet-bqml-derived');
    const out = join(folder, 'pet.nii.gz');
    const ran = await cli(['convert', base, '--suv', '--out', out, '--json']);
    expect(ran).toMatchObject({ status: 0 });
    expect(ran.json()).toMatchObject({ unit: 'SUVbw' });
  });

  test('RT-STRUCT to masks, and masks back to RT-STRUCT and NIfTI, are one', async () => {
    const series = seriesFolder('STS_008', 'CT');
    const made = await cli([
      'mask',
      dataPath('archive', 'sts', 'STS_008', 'CT_RTSTRUCT.dcm'),
      '--series',
      series,
      '--out',
      join(folder, 'masks'),
      '--json',
    ]);
    expect(made).toMatchObject({ status: 0 });
    const [file] = made.json()['files'] as string[];
    const exported = await cli([
      'export',
      file,
      '--series',
      series,
      '--to',
      'rtstruct,nifti',
      '--out',
      join(folder, 'exported'),
      '--name',
      'GTV',
      '--json',
    ]);
    expect(exported).toMatchObject({ status: 0 });
    const again = await cli([
      'mask',
      join(folder, 'exported', 'RTSTRUCT.dcm'),
      '--series',
      series,
      '--out',
      join(folder, 'again'),
      '--json',
    ]);
    expect(again).toMatchObject({ status: 0 });
    const authors = dataPath('archive', 'sts-reference-nifti', 'STS_008', 'CT_mask.nii.gz');
    for (const copy of [
      authors,
      join(folder, 'exported', 'GTV.nii.gz'),
      join(folder, 'again', 'GTV.nii.gz'),
    ]) {
      const compared = await cli(['evaluate', copy, file, '--json']);
      expect(compared.json()).toMatchObject({ cases: [{ dsc: 1, hd95: 0 }] });
    }
  });

  test('the other forms of RT-STRUCT and SEG give the mask back as well', async () => {
    const series = seriesFolder('STS_025', 'PET');
    const run = async (command: string, file: string, out: string, ...more: string[]): Promise<string[]> => {
      const args = [command, file, '--series', series, '--out', join(folder, out), ...more, '--json'];
      const ran = await cli(args);
      expect(ran).toMatchObject({ status: 0 });
      return ran.json()['files'] as string[];
    };
    const [mask] = await run('mask', dataPath('archive', 'sts', 'STS_025', 'PET_RTSTRUCT.dcm'), 'other');
    const forms = ['--seg', 'labelmap', '--contours', 'voxel-exact', '--holes', 'inner'];
    const written = await run('export', mask, 'forms', '--to', 'rtstruct,seg', '--name', 'GTV', ...forms);
    for (const [n, file] of written.entries()) {
      const [back] = await run('mask', file, `back-${n}`);
      const compared = await cli(['evaluate', back, mask, '--json']);
      expect(compared.json()).toMatchObject({ cases: [{ dsc: 1, hd95: 0 }] });
    }
    expect(written).toHaveLength(2);
  });

  test('voxels of a mask that lie outside the scan are not dropped without a word', async () => {
    const authors = dataPath('archive', 'sts-reference-nifti', 'STS_025', 'PET_mask.nii.gz');
    const { geometry, voxels } = (await readNifti(readFileSync(authors))).volumes[0];
    // The whole grid filled, and moved by two voxels along each row: two columns lie beyond the scan.
    const origin = toPatient(geometry, voxelIndex(2, 0, 0));
    const file = join(folder, 'moved.nii.gz');
    writeFileSync(file, writeNiftiMask(new Uint8Array(voxels.length).fill(1), { ...geometry, origin }));
    const to = ['--to', 'nifti', '--out', join(folder, 'out'), '--json'];
    const ran = await cli(['export', file, '--series', seriesFolder('STS_025', 'PET'), ...to]);
    expect(ran).toMatchObject({ status: 0 });
    const outside = 2 * geometry.size[1] * geometry.size[2];
    expect(ran.json()['warnings']).toContain(`"moved": ${outside} voxels lie outside the scan.`);
  });

  test('evaluate: folders by case, and a report', async () => {
    for (const id of ['STS_001', 'STS_003']) {
      mkdirSync(join(folder, 'p', id), { recursive: true });
      copyFileSync(dataPath('labelled', 'sts', id, 'GTV.nii.gz'), join(folder, 'p', id, 'GTV.nii.gz'));
    }
    const report = join(folder, 'report.md');
    const ran = await cli([
      'evaluate',
      join(folder, 'p'),
      dataPath('labelled', 'sts'),
      '--label',
      'GTV',
      '--out',
      report,
      '--json',
    ]);
    expect(ran).toMatchObject({ status: 0 });
    expect(ran.json()).toMatchObject({ overall: { dsc: { count: 2, mean: 1, sd: 0 } } });
    expect(readFileSync(report, 'utf8')).toMatch(/\| STS_001 \| 1\.000 /);
  });

  test('a mask of another patient is refused in a sentence that names it', async () => {
    const other = dataPath('labelled', 'sts', 'STS_001', 'GTV.nii.gz');
    const ran = await cli([
      'export',
      other,
      '--series',
      seriesFolder('STS_008', 'CT'),
      '--to',
      'nifti',
      '--out',
      folder,
    ]);
    expect(ran.status).toBe(1);
    expect(ran.err).toMatch(/GTV\.nii\.gz.*another patient/s);
    const compared = await cli(['evaluate', other, dataPath('labelled', 'sts', 'STS_003', 'GTV.nii.gz')]);
    expect(compared.status).toBe(1);
    expect(compared.err).toMatch(/another patient/);
  });

  test('a series with a missing slice: the sentence says so, and convert resamples with a remark', async () => {
    const series = seriesFolder('STS_008', 'CT');
    const files = readdirSync(series).sort();
    mkdirSync(join(folder, 'gap'));
    for (const [n, file] of files.entries())
      if (n !== Math.floor(files.length / 2)) copyFileSync(join(series, file), join(folder, 'gap', file));
    const ran = await cli(['convert', join(folder, 'gap'), '--out', join(folder, 'gap.nii.gz'), '--json']);
    expect(ran).toMatchObject({ status: 0 });
    expect(String(ran.json()['remarks'])).toMatch(/missing|gap|resampled/i);
  });

  test('a truncated file ends in one sentence that names it', async () => {
    const whole = readFileSync(dataPath('labelled', 'sts', 'STS_001', 'CT.nii.gz'));
    const cut = join(folder, 'cut.nii.gz');
    writeFileSync(cut, whole.subarray(0, whole.length >> 1));
    const ran = await cli(['convert', cut, '--out', join(folder, 'out.nii.gz')]);
    expect(ran.status).toBe(1);
    expect(ran.err).toContain('cut.nii.gz');
    expect(readdirSync(folder)).toEqual(['cut.nii.gz']);
  });
});

test('a folder with no scans ends in a sentence and a way out, for people and for machines', async () => {
  writeFileSync(join(folder, 'notes.txt'), 'nothing');
  const ran = await cli(['convert', folder, '--out', join(folder, 'x.nii.gz')]);
  expect(ran).toMatchObject({ status: 1, out: '' });
  expect(ran.err).toContain(folder);
  const machine = await cli(['convert', folder, '--out', join(folder, 'x.nii.gz'), '--json']);
  expect(machine.status).toBe(1);
  expect(Object.keys(machine.json())).toEqual(['error', 'hint']);
});

import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readNifti } from '../../main/imaging';
import { readModel } from '../../main/learning/registry/model-folder';
import { dataPath, sharedData } from '../data';
import { bundle } from '../learning/bundle';
import { built, cli } from './cli';

const patients = ['STS_001', 'STS_003', 'STS_004', 'STS_008', 'STS_010'];
const tiny = ['--width', '4', '--batch', '4', '--epochs', '1'];

describe.skipIf(sharedData === null)(
  'learning from the command line, on real PET',
  { timeout: 300_000 },
  () => {
    let folder: string;
    let data: string;
    const at = (...parts: string[]): string => join(folder, ...parts);

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'cli-learning-'));
      data = at('data');
      for (const id of patients) {
        mkdirSync(join(data, id), { recursive: true });
        copyFileSync(dataPath('labelled', 'sts', id, 'PET_native.nii.gz'), join(data, id, 'PET.nii.gz'));
        copyFileSync(dataPath('labelled', 'sts', id, 'PET_native_GTV.nii.gz'), join(data, id, 'GTV.nii.gz'));
      }
      await bundle({ 'archive-worker': 'main/archive/worker/process.ts' }, built);
    });
    afterAll(() => {
      rmSync(folder, { recursive: true, force: true });
      rmSync(built, { recursive: true, force: true });
    });

    test('pretrain, finetune, segment, evaluate: a model, proposals on the scan’s own grid, figures', async () => {
      const learnt = await cli([
        'pretrain',
        data,
        '--channels',
        'PET',
        '--out',
        at('learnt'),
        '--cache',
        at('cache'),
        ...tiny,
        '--json',
      ]);
      expect(learnt).toMatchObject({ status: 0 });
      expect(learnt.err).toMatch(/About .* of disk for \d+ slices of 5 scans/);
      const { description } = readModel(at('learnt'));
      expect(description).toMatchObject({
        kind: 'pretrained',
        parent: null,
        learntFrom: { patients: 5, scans: 5 },
        recipe: { channels: ['PET'], reading: { foreground: 'small', order: 'margin' } },
      });

      const taught = await cli([
        'finetune',
        data,
        '--channels',
        'PET',
        '--label',
        'GTV',
        '--cases',
        'STS_001,STS_003',
        '--slices',
        '4',
        '--from',
        at('learnt'),
        '--out',
        at('taught'),
        '--cache',
        at('cache'),
        ...tiny.slice(2),
        '--self-training',
        '--json',
      ]);
      expect(taught).toMatchObject({ status: 0 });
      expect(taught.err).toMatch(/slices of 2 scans, and \d+ slices that nobody contoured/);
      expect(taught.json()).toMatchObject({ cases: ['STS_001', 'STS_003'] });
      const model = readModel(at('taught'));
      expect(model.description).toMatchObject({ kind: 'taught', parent: description.id, segments: ['GTV'] });
      expect(model.description.learntFrom.slices).toBeLessThanOrEqual(8);
      expect(model.description.figures.join()).toMatch(/3 scans that nobody contoured/);

      const proposed = await cli([
        'segment',
        join(data, 'STS_008'),
        '--model',
        at('taught'),
        '--out',
        at('proposals'),
        '--uncertainty',
        '--json',
      ]);
      expect(proposed).toMatchObject({ status: 0 });
      const [mask] = (await readNifti(readFileSync(at('proposals', 'STS_008', 'GTV.nii.gz')))).volumes;
      const [scan] = (await readNifti(readFileSync(join(data, 'STS_008', 'PET.nii.gz')))).volumes;
      expect(mask.geometry.size).toEqual(scan.geometry.size);
      expect(existsSync(at('proposals', 'STS_008', 'uncertainty.nii.gz'))).toBe(true);

      const judged = await cli(['evaluate', at('proposals'), data, '--label', 'GTV', '--json']);
      expect(judged).toMatchObject({ status: 0 });
      expect(judged.json()).toMatchObject({ cases: [{ case: 'STS_008' }] });
    });

    test('Ctrl-C stops cleanly with 1; the same command then goes on and ends as if nothing had happened', async () => {
      const args = (out: string): string[] => [
        'pretrain',
        data,
        '--channels',
        'PET',
        '--out',
        at(out),
        '--cache',
        at('cache'),
        ...tiny.slice(0, 4),
        '--epochs',
        '3',
        '--seed',
        '5',
      ];
      expect((await cli(args('whole'))).status).toBe(0);
      const abort = new AbortController();
      const stopped = await cli(args('cut'), abort.signal, (err) => {
        if (err.includes('epoch 2 of 3')) abort.abort();
      });
      expect(stopped.status).toBe(1);
      expect(stopped.err).toMatch(/Stopped; what was done stays\.\nRun the same command again/);
      expect(existsSync(at('cut'))).toBe(false);
      expect((await cli(args('cut'))).status).toBe(0);
      // Bit for bit: the hash of the weights is that of the run that nothing interrupted.
      expect(readModel(at('cut')).description.weights.sha256).toBe(
        readModel(at('whole')).description.weights.sha256,
      );
    });

    test('ablate: rows, Markdown, JSON and a plot; a second run takes what is there', async () => {
      const args = [
        'ablate',
        '--table',
        'IV',
        data,
        '--channels',
        'PET',
        '--label',
        'GTV',
        '--labels',
        '1p',
        '--seeds',
        '1',
        '--arms',
        'scratch,amlp',
        '--teach-epochs',
        '1',
        '--out',
        at('ablation'),
        ...tiny,
        '--json',
      ];
      const first = await cli(args);
      expect(first).toMatchObject({ status: 0 });
      const { results } = first.json() as {
        results: { arm: string; budget: string; dscPerPatient: unknown[] }[];
      };
      expect(results.map(({ arm, budget }) => [arm, budget])).toEqual([
        ['scratch', '1 patient'],
        ['amlp', '1 patient'],
      ]);
      expect(readFileSync(at('ablation', 'table-IV.md'), 'utf8')).toMatch(
        /\| 1 patient \| AMLP \| \d\.\d{3} /,
      );
      expect(readFileSync(at('ablation', 'table-IV.svg'), 'utf8')).toMatch(/^<svg xmlns/);
      const again = await cli(args);
      expect(again.json()['results']).toEqual(results);
      expect(again.err).not.toContain('teaching');
      // Rows of other settings never stand in one table with these.
      const other = await cli([...args, '--teach-epochs', '2']);
      expect(other.status).toBe(1);
      expect(other.err).toMatch(/made with other settings: teaching epochs 1 then, 2 now/);
    });

    test('ablate: a row that these scans cannot have is left out and named', async () => {
      const about = ['ablate', '--table', 'fig5', data, '--channels', 'PET', '--label', 'GTV'];
      const ran = await cli([...about, '--arms', 'mae-32', '--labels', '1p', '--out', at('fig5'), ...tiny]);
      expect(ran).toMatchObject({ status: 0 });
      expect(readFileSync(at('fig5', 'table-fig5.md'), 'utf8')).toMatch(
        /Left out: MAE, patch 32: patches of 32 pixels do not fill the slices of 48/,
      );
    });

    test('ablate, Table VII: every reading’s precision, without training', async () => {
      const ran = await cli([
        'ablate',
        '--table',
        'VII',
        data,
        '--channels',
        'PET',
        '--label',
        'GTV',
        '--out',
        at('vii'),
        '--json',
      ]);
      expect(ran).toMatchObject({ status: 0 });
      const { ranking, chance } = ran.json() as { ranking: { precision: number }[]; chance: number };
      expect(ranking[0].precision).toBeGreaterThan(2 * chance);
      expect(ranking.map(({ precision }) => precision)).toEqual(
        ranking.map(({ precision }) => precision).sort((a, b) => b - a),
      );
    });

    test('index: NIfTI and DICOM, and what was left out', async () => {
      writeFileSync(
        join(data, 'broken.dcm'),
        Buffer.concat([Buffer.alloc(128), Buffer.from('DICM'), Buffer.alloc(40, 7)]),
      );
      const ran = await cli(['index', data, '--db', at('index.sqlite'), '--json']);
      expect(ran).toMatchObject({ status: 0 });
      expect(ran.json()).toMatchObject({ patients: 5 });
      expect(JSON.stringify(ran.json()['notRead'])).toContain('broken.dcm');
      rmSync(join(data, 'broken.dcm'));
      mkdirSync(at('empty'));
      const none = await cli(['index', at('empty'), '--db', at('none.sqlite')]);
      expect(none.status).toBe(1);
      expect(none.err).toMatch(/holds no scans/);
    });

    test('a label or channel that is not there: the sentence names what is', async () => {
      const noChannel = await cli(['pretrain', data, '--channels', 'FLAIR', '--out', at('x')]);
      expect(noChannel.status).toBe(1);
      expect(noChannel.err).toMatch(/No case in .* has FLAIR[\s\S]*PET/);
      const noLabel = await cli(['finetune', data, '--channels', 'PET', '--label', 'LUNG', '--out', at('x')]);
      expect(noLabel.err).toMatch(/no label "LUNG"[\s\S]*GTV/);
      const noCase = await cli([
        'finetune',
        data,
        '--channels',
        'PET',
        '--label',
        'GTV',
        '--cases',
        'NOBODY',
        '--out',
        at('x'),
      ]);
      expect(noCase.err).toMatch(/no case NOBODY/);
      const untaught = await cli([
        'segment',
        join(data, 'STS_008'),
        '--model',
        at('learnt'),
        '--out',
        at('y'),
      ]);
      expect(untaught.err).toMatch(/never taught/);
      const noModel = await cli([
        'segment',
        join(data, 'STS_008'),
        '--model',
        at('nowhere'),
        '--out',
        at('y'),
      ]);
      expect(noModel.err).toMatch(/no model/);
    });

    test('a contour of another patient stops teaching with a sentence that names the case', async () => {
      const mixed = at('mixed');
      for (const id of ['STS_001', 'STS_003']) {
        mkdirSync(join(mixed, id), { recursive: true });
        copyFileSync(join(data, id, 'PET.nii.gz'), join(mixed, id, 'PET.nii.gz'));
      }
      copyFileSync(join(data, 'STS_003', 'GTV.nii.gz'), join(mixed, 'STS_001', 'GTV.nii.gz'));
      const ran = await cli([
        'finetune',
        mixed,
        '--channels',
        'PET',
        '--label',
        'GTV',
        '--cases',
        'STS_001',
        '--out',
        at('z'),
        ...tiny,
      ]);
      expect(ran.status).toBe(1);
      expect(ran.err).toMatch(/STS_001.*another patient/);
      expect(readdirSync(folder)).not.toContain('z');
    });
  },
);

import {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { dataPath, sharedData } from '../data';
import { launch, type Launched } from './launch';
import { Workstation } from './workstation';

test.describe('bad input ends in a sentence', () => {
  test.skip(sharedData === null, 'The real scans are not on this machine.');

  let launched: Launched;
  let studio: Workstation;
  let work: string;

  test.beforeAll(async () => {
    work = mkdtempSync(join(tmpdir(), 'amlp-studio-bad-'));
    launched = await launch();
    studio = new Workstation(launched);
  });
  test.afterAll(async () => {
    await launched.close();
    rmSync(work, { recursive: true, force: true });
  });

  test('a folder without scans says so and what to do', async () => {
    mkdirSync(join(work, 'empty'));
    writeFileSync(join(work, 'empty', 'notes.txt'), 'no scan');
    studio.willChoose(join(work, 'empty'));
    await studio.get('welcome-open').click();
    await expect(studio.get('worklist')).toContainText(/no (usable )?scans/i);
  });

  test('a truncated file and a missing slice are named; the rest opens', async () => {
    const series = join(work, 'damaged');
    cpSync(dataPath('archive/sts/STS_008/PET'), series, { recursive: true });
    const files = readdirSync(series).sort();
    // One slice from the middle of the stack, whatever the names: its neighbours stay.
    rmSync(join(series, files[files.length >> 1]));
    const whole = readFileSync(join(series, files[3]));
    writeFileSync(join(series, 'truncated.dcm'), whole.subarray(0, whole.length >> 1));
    await studio.openArchive(series, 1);
    const row = studio.page.getByTestId('volume-row').first();
    await expect(row).toHaveAttribute('title', /missing|gap/i);
  });

  test('a mask of another patient is refused by name of what does not fit', async () => {
    await studio.openArchive(dataPath('archive/sts'), 2);
    await studio.openVolume('STS_008', 'PT');
    const foreign = join(work, 'foreign.dcm');
    copyFileSync(dataPath('archive/sts/STS_025/PET_RTSTRUCT.dcm'), foreign);
    await studio.get('import').click();
    studio.willChoose(foreign);
    await studio.get('import-choose').click();
    const dialog = studio.get('dialog');
    await expect(dialog.getByRole('alert')).toContainText(/frame of reference|patient/i);
    await studio.page.screenshot({ path: 'test-output/real-scans/11-foreign-mask.png' });
    await studio.get('dialog-close').click();
    await expect(studio.get('segment')).toHaveCount(0);
  });
});

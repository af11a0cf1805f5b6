import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { readNifti } from '../../main/imaging/nifti/read';
import { dice, overlap } from '../../models/metrics';
import { dataPath, sharedData } from '../data';
import { runPython } from '../python';
import { launch, type Launched } from './launch';
import { slicesOf, Workstation, type MaskOnGrid } from './workstation';

/** Patients that teach; STS_008 is in the DICOM archive alone, so no model has seen anything of it. */
const taught = ['STS_001', 'STS_003'];
const unlabelled = ['STS_004', 'STS_010', 'STS_011', 'STS_014', 'STS_015', 'STS_016'];
const unseen = 'STS_008';

/** These show real scans: looked at, never published. */
const pictures = 'test-output/real-scans';

async function truthOf(patient: string): Promise<MaskOnGrid> {
  const file = dataPath('labelled/sts', patient, 'PET_native_GTV.nii.gz');
  const [volume] = (await readNifti(readFileSync(file))).volumes;
  return { geometry: volume.geometry, mask: Uint8Array.from(volume.voxels, (v) => (v > 0 ? 1 : 0)) };
}

/** The first and the last slice where they show no tumour. */
const emptySlices = (truth: MaskOnGrid): number[] => {
  const lesion = slicesOf(truth);
  return [1, truth.geometry.size[2] - 2].filter((k) => !lesion.includes(k));
};

test.describe('from a folder of scans to an exported contour', () => {
  test.skip(sharedData === null, 'The real scans are not on this machine.');
  test.setTimeout(18 * 60_000);

  let launched: Launched;
  let studio: Workstation;
  let work: string;

  test.beforeAll(async () => {
    mkdirSync(pictures, { recursive: true });
    work = mkdtempSync(join(tmpdir(), 'amlp-studio-way-'));
    for (const patient of [...taught, ...unlabelled]) {
      mkdirSync(join(work, 'scans', patient), { recursive: true });
      copyFileSync(
        dataPath('labelled/sts', patient, 'PET_native.nii.gz'),
        join(work, 'scans', patient, 'PET_native.nii.gz'),
      );
    }
    mkdirSync(join(work, 'export'));
    launched = await launch();
    studio = new Workstation(launched);
  });
  test.afterAll(async () => {
    await launched.close();
    rmSync(work, { recursive: true, force: true });
  });

  test('opens, learns, is taught, proposes on a patient it never saw, exports what others read', async () => {
    const { page } = studio;
    const picture = (name: string) => page.screenshot({ path: join(pictures, `${name}.png`) });
    await picture('01-first-run');

    await test.step('a folder of DICOM is indexed and shown', async () => {
      await studio.openArchive(dataPath('archive/sts'), 2);
      await studio.openVolume(unseen, 'CT');
      const { n, of } = await studio.slice();
      expect(of).toBe(51);
      expect(n).toBeGreaterThan(0);
      await picture('02-ct');
    });

    await test.step('learns from the unlabelled scans of another archive', async () => {
      await studio.openArchive(join(work, 'scans'), taught.length + unlabelled.length);
      await studio.openVolume(taught[0], 'PT');
      await studio.selectProfile(/PET|PT/);
      const outcome = await studio.learn('learn', 3, async () => {
        await expect(studio.get('curve').first()).toBeVisible({ timeout: 5 * 60_000 });
        await picture('03-learning');
      });
      console.log(`learn: ${outcome.replace(/\s+/g, ' ')}`);
    });

    await test.step('a tumour is painted with the mouse on slices of two patients', async () => {
      for (const patient of taught) {
        const truth = await truthOf(patient);
        const all = slicesOf(truth);
        await studio.openVolume(patient, 'PT');
        await studio.get('segment-add').click();
        await studio.get('segment-name').fill('GTV');
        await studio.get('segment-add-confirm').click();
        await studio.useTool('brush');
        await studio.brushDiameter(truth.geometry.spacing[1]);
        let strokes = 0;
        for (const part of [0.25, 0.5, 0.75])
          strokes += await studio.paintSlice(truth, all[Math.floor(all.length * part)]);
        // Slices without a tumour teach as well: judged, with nothing drawn.
        for (const k of emptySlices(truth)) {
          await studio.scrollTo(truth.geometry, k);
          await studio.get('slice-reviewed').check();
        }
        await studio.saved();
        const voxels = await studio.segmentVoxels();
        console.log(`paint ${patient}: ${strokes} strokes, ${voxels} voxels`);
        expect(voxels).toBeGreaterThan(20);
        await expect(studio.get('reviewed-count')).toContainText(`${3 + emptySlices(truth).length}`);
        await picture(`04-painted-${patient}`);
      }
    });

    await test.step('undo takes strokes back by name and redo brings them back', async () => {
      const before = await studio.segmentVoxels();
      // Judging a slice is a step as well.
      const steps = emptySlices(await truthOf(taught[1])).length + 2;
      for (let n = 0; n < steps; n++) await page.keyboard.press('Control+z');
      await expect.poll(() => studio.segmentVoxels()).toBeLessThan(before);
      for (let n = 0; n < steps; n++) await page.keyboard.press('Control+Shift+z');
      await expect.poll(() => studio.segmentVoxels()).toBe(before);
      await studio.saved();
    });

    await test.step('a few contours teach', async () => {
      const outcome = await studio.learn('teach', 12, () => picture('05-teaching').then(() => undefined));
      console.log(`teach: ${outcome.replace(/\s+/g, ' ')}`);
      await picture('06-taught');
    });

    await test.step('proposes on a patient that it never saw', async () => {
      await studio.openArchive(dataPath('archive/sts'), 2);
      await studio.openVolume(unseen, 'PT');
      await studio.get('propose').click();
      await expect(studio.get('proposal')).toBeVisible({ timeout: 120_000 });
      const truth = await truthOf(unseen);
      const all = slicesOf(truth);
      await studio.scrollTo(truth.geometry, all[all.length >> 1]);
      await picture('07-proposal');
    });

    await test.step('the proposal is taken over, edited, undone, and the case accepted', async () => {
      await studio.get('accept-all').click();
      await expect.poll(() => studio.segmentVoxels()).toBeGreaterThan(0);
      const accepted = await studio.segmentVoxels();
      await studio.useTool('brush');
      await studio.brushDiameter(15);
      const box = await studio.box('axial');
      const centre = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
      await studio.drag(centre, { x: centre.x + 30, y: centre.y + 20 });
      await studio.useTool('eraser');
      await studio.drag({ x: centre.x, y: centre.y + 30 }, { x: centre.x + 30, y: centre.y + 30 });
      await picture('08-edited');
      while ((await studio.segmentVoxels()) !== accepted) {
        const now = await studio.segmentVoxels();
        await page.keyboard.press('Control+z');
        await expect.poll(() => studio.segmentVoxels()).not.toBe(now);
      }
      await studio.saved();
      // A change after acceptance opens the case again, even one that was taken back.
      await studio.get('accept-case').click();
      await expect(studio.get('case-accepted')).toHaveAttribute('data-accepted', 'true');
      await picture('09-accepted');
    });

    await test.step('exports RT-STRUCT, SEG and NIfTI', async () => {
      await studio.get('export').click();
      for (const format of ['rtstruct', 'seg', 'nifti']) await studio.get(`export-format-${format}`).check();
      studio.willChoose(join(work, 'export'));
      await studio.get('export-folder').click();
      await picture('10-export');
      await studio.get('export-write').click();
      await expect(studio.get('export-done')).toBeVisible({ timeout: 60_000 });
    });

    await test.step('independent readers agree with what was exported', async () => {
      const files = readdirSync(join(work, 'export'), { recursive: true, encoding: 'utf8' });
      const figures = JSON.parse(
        runPython('test/e2e/check_export.py', join(work, 'export'), dataPath('archive/sts', unseen, 'PET')),
      ) as { dciodvfy_errors: string[]; rt_utils_dsc: number; seg_equal: boolean; nifti_voxels: number };
      console.log(`export: ${files.length} files, ${JSON.stringify(figures)}`);
      expect(figures.dciodvfy_errors).toEqual([]);
      expect(figures.rt_utils_dsc).toBeGreaterThanOrEqual(0.99);
      expect(figures.seg_equal).toBe(true);
      const nifti = files.find((file) => file.endsWith('.nii.gz'));
      const [exported] = (await readNifti(readFileSync(join(work, 'export', nifti ?? '')))).volumes;
      const truth = await truthOf(unseen);
      const dsc = dice(
        overlap(
          Uint8Array.from(exported.voxels, (v) => (v > 0 ? 1 : 0)),
          truth.mask,
        ),
      );
      console.log(`proposal on ${unseen}, never seen: DSC ${dsc.toFixed(3)}`);
      expect(dsc).toBeGreaterThan(0.2);
    });
  });
});

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import { expect, test } from '@playwright/test';
import {
  demonstrationScans,
  demonstrationTruth,
  writeDemonstrationArchive,
} from '../../main/cli/demo/phantom-archive';
import { readNifti } from '../../main/imaging/nifti/read';
import { toPatient, voxelIndex } from '../../main/imaging/space/geometry';
import { launch, type Launched } from './launch';
import { slicesOf, Workstation, type MaskOnGrid } from './workstation';

/** On generated scans, so that its pictures may be published and it runs on any machine. */
test.describe('a tour on the demonstration archive', () => {
  test.setTimeout(12 * 60_000);

  const pictures = 'test-output/pictures';
  let launched: Launched;
  let studio: Workstation;
  let work: string;
  let codes: readonly string[];

  const truthOf = async (code: string, modality: 'CT' | 'PT' | 'MR'): Promise<MaskOnGrid> => {
    const [volume] = (await readNifti(readFileSync(demonstrationTruth(work, code, modality)))).volumes;
    return { geometry: volume.geometry, mask: Uint8Array.from(volume.voxels, (v) => (v > 0 ? 1 : 0)) };
  };
  /** The slice on which most of the tumour lies. */
  const widest = ({ geometry, mask }: MaskOnGrid): number => {
    const n = geometry.size[0] * geometry.size[1];
    const count = (k: number): number => mask.subarray(k * n, (k + 1) * n).reduce((sum, v) => sum + v, 0);
    return slicesOf({ geometry, mask }).reduce((best, k) => (count(k) > count(best) ? k : best));
  };
  /** The middle of the tumour on its widest slice, mm. */
  const middle = (truth: MaskOnGrid): readonly [number, number] => {
    const [nx, ny] = truth.geometry.size;
    const k = widest(truth);
    const set = [...Array(nx * ny).keys()].filter((v) => truth.mask[k * nx * ny + v] === 1);
    const mean = (of: (v: number) => number): number => set.reduce((sum, v) => sum + of(v), 0) / set.length;
    const p = toPatient(
      truth.geometry,
      voxelIndex(
        mean((v) => v % nx),
        mean((v) => Math.floor(v / nx)),
        k,
      ),
    );
    return [p[0], p[1]];
  };
  /** Half faded in, nothing has its colour yet. */
  const still = (): Promise<unknown> =>
    studio.page.evaluate(
      'Promise.allSettled(document.getAnimations().filter((one) => one.effect?.getComputedTiming().iterations !== Infinity).map((one) => one.finished)).then(() => null)',
    );
  const picture = async (name: string): Promise<void> => {
    await still();
    await studio.page.screenshot({ path: join(pictures, `${name}.png`) });
  };
  /** Serious faults of accessibility on the screen as it is. */
  const faults = async (): Promise<string[]> => {
    await still();
    const { violations } = await new AxeBuilder({ page: studio.page }).setLegacyMode().analyze();
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`);
  };

  test.beforeAll(async () => {
    mkdirSync(pictures, { recursive: true });
    work = mkdtempSync(join(tmpdir(), 'amlp-studio-tour-'));
    codes = (await writeDemonstrationArchive(work, { seed: 7, patients: 4 })).patients.map(
      ({ code }) => code,
    );
    launched = await launch();
    studio = new Workstation(launched);
  });
  test.afterAll(async () => {
    await launched.close();
    rmSync(work, { recursive: true, force: true });
  });

  test('every main screen, with the mouse, and without serious faults of accessibility', async () => {
    const { page } = studio;
    await expect(studio.get('engine-state')).toHaveAttribute('data-state', 'ready');
    await picture('01-first-run');
    expect(await faults()).toEqual([]);

    await studio.dropFolder(demonstrationScans(work));
    await expect(studio.get('patient')).toHaveCount(codes.length, { timeout: 180_000 });
    await studio.openVolume(codes[0], 'CT');
    const ct = await truthOf(codes[0], 'CT');
    await studio.scrollTo(ct.geometry, widest(ct));
    await expect(studio.get('fused').first()).toContainText('PT');
    await picture('02-ct');
    expect(await faults()).toEqual([]);

    await studio.openVolume(codes[0], 'PT');
    await studio.selectProfile(/PET|PT/);
    await studio.learn('learn', 4, async () => {
      await expect(studio.get('curve').first()).toBeVisible({ timeout: 5 * 60_000 });
      await picture('03-learning');
    });

    for (const code of codes.slice(0, 2)) {
      const truth = await truthOf(code, 'PT');
      await studio.openVolume(code, 'PT');
      await studio.get('segment-add').click();
      await studio.get('segment-name').fill('GTV');
      await studio.get('segment-add-confirm').click();
      await studio.useTool('brush');
      await studio.brushDiameter(truth.geometry.spacing[1]);
      await studio.paintSlice(truth, widest(truth));
      await studio.scrollTo(truth.geometry, 1);
      await studio.get('slice-reviewed').check();
      await studio.scrollTo(truth.geometry, widest(truth));
      await studio.saved();
      expect(await studio.segmentVoxels()).toBeGreaterThan(0);
    }
    await picture('04-painted');
    expect(await faults()).toEqual([]);

    await studio.learn('teach', 6);
    await picture('05-taught');

    await studio.openVolume(codes[3], 'PT');
    await studio.get('propose').click();
    // Who rearranges the views meanwhile gets the proposal all the same.
    for (const key of ['Alt+2', 'Alt+5', 'Alt+1', 'Alt+3']) await page.keyboard.press(key);
    await expect(studio.get('proposal')).toBeVisible({ timeout: 120_000 });
    const unseen = await truthOf(codes[3], 'PT');
    await studio.scrollTo(unseen.geometry, widest(unseen));
    await picture('06-proposal');
    expect(await faults()).toEqual([]);

    // A correction on one slice moves what is offered on the others; taken back, it is the model's own again.
    const offered = (): Promise<string> => studio.get('proposal-volume').innerText();
    const own = await offered();
    await studio.get('accept-slice').click();
    await expect(studio.get('following')).toContainText('1');
    await studio.get('section-operations').click();
    await studio.get('operation-mm').fill('6');
    await studio.get('shrink').click();
    await expect.poll(offered).not.toBe(own);
    await page.keyboard.press('Control+z');
    await page.keyboard.press('Control+z');
    await expect(studio.get('following')).toHaveCount(0);
    await expect.poll(offered).toBe(own);
    await studio.get('section-operations').click();

    // Whoever erases from a dashed contour has taken the slice over, corrected: one step, which undo takes back whole.
    expect(await studio.segmentVoxels()).toBe(0);
    await studio.useTool('eraser');
    await studio.brushDiameter(10);
    const [x, y] = middle(unseen);
    const pixels = await studio.axialPixels();
    await page.mouse.click(pixels(x, y).x, pixels(x, y).y);
    await expect.poll(() => studio.segmentVoxels()).toBeGreaterThan(0);
    await expect(studio.get('following')).toContainText('1');
    await page.keyboard.press('Control+z');
    await expect.poll(() => studio.segmentVoxels()).toBe(0);
    await expect.poll(offered).toBe(own);
    await studio.useTool('brush');

    await studio.get('accept-all').click();
    await expect(studio.get('case-accepted')).toHaveAttribute('data-accepted', 'true');
    await picture('07-accepted');

    await studio.get('export').click();
    studio.willChoose(work);
    await studio.get('export-folder').click();
    await expect(studio.get('export-write')).toBeEnabled();
    await picture('08-export');
    expect(await faults()).toEqual([]);
    await studio.get('dialog-close').click();

    await studio.get('open-shortcuts').click();
    await picture('09-keys');
    await studio.get('dialog-close').click();
    await studio.get('theme').click();
    await picture('10-light');
    expect(await faults()).toEqual([]);
    await page.keyboard.press('Escape');

    await studio.get('copy-csv').click();
    await expect
      .poll(() => launched.app.evaluate(({ clipboard }) => clipboard.readText()))
      .toMatch(/^[^\n]*,[^\n]*\n"?GTV"?,/);
  });

  test('surfaces, two scans, thick slices, models and every dialog, without serious faults either', async () => {
    const { page } = studio;
    await studio.get('theme').click();
    await page.keyboard.press('Alt+4');
    await expect
      .poll(async () => Number(await studio.get('view-surface').getAttribute('data-triangles')))
      .toBeGreaterThan(50);
    await picture('11-surfaces');
    expect(await faults()).toEqual([]);

    await page.keyboard.press('Alt+5');
    const choice = studio.get('second-choice').filter({ hasText: 'CT' });
    await expect(async () => {
      if (await choice.isVisible()) await choice.click({ timeout: 2000 });
      await expect(studio.get('value-second')).toContainText('HU', { timeout: 8000 });
    }).toPass({ timeout: 60_000 });
    await picture('12-side-by-side');
    expect(await faults()).toEqual([]);

    await page.keyboard.press('Alt+3');
    await expect(studio.get('fused').first()).toContainText('CT');
    await picture('23-fusion');
    await page.keyboard.press('Shift+F');
    await expect(studio.get('fused')).toHaveCount(0);
    await studio.get('slab').selectOption({ index: 5 });
    await picture('13-maximum-intensity');
    await studio.get('slab').selectOption({ index: 0 });

    for (const [key, name] of [
      ['Control+m', '14-models'],
      ['Control+Shift+c', '15-compare'],
      ['Control+k', '16-palette'],
    ] as const) {
      await page.keyboard.press(key);
      await expect(page.getByRole('dialog')).toBeVisible();
      if (name === '15-compare') {
        await studio.get('compare-second').selectOption({ index: 1 });
        await expect(studio.get('agreement')).toBeVisible();
      }
      await picture(name);
      expect(await faults()).toEqual([]);
      if (name === '14-models') {
        studio.willChoose(join(work, 'model.amlp'));
        await launched.app.evaluate(
          ({ dialog }, filePath) => {
            dialog.showSaveDialog = async () => ({ canceled: false, filePath });
          },
          join(work, 'model.amlp'),
        );
        await studio.get('model-export').first().click();
        await expect(studio.get('models-done')).toBeVisible();
        await studio.get('model-import').click();
        await expect(studio.get('model-parcel')).toBeVisible();
        await picture('22-model-import');
        expect(await faults()).toEqual([]);
      }
      await page.keyboard.press('Escape');
      await expect(page.getByRole('dialog')).toHaveCount(0);
    }
    await studio.get('import').click();
    await expect(page.getByRole('dialog')).toBeVisible();
    await picture('18-import');
    expect(await faults()).toEqual([]);
    await page.keyboard.press('Escape');

    const box = await studio.box('axial');
    await page.mouse.click(box.x + box.width / 2, box.y + box.height / 3, { button: 'right' });
    await expect(page.getByRole('menu')).toBeVisible();
    await picture('19-menu');
    expect(await faults()).toEqual([]);
    await page.keyboard.press('Escape');

    await studio.get('segment-look').first().click();
    for (const section of ['assist', 'measure']) await studio.get(`section-${section}`).click();
    await expect(studio.get('history')).toBeVisible();
    await picture('20-segment-and-history');
    expect(await faults()).toEqual([]);
    for (const section of ['assist', 'measure']) await studio.get(`section-${section}`).click();
    await studio.get('segment-look').first().click();

    await studio.get('language').selectOption('zh');
    await picture('21-chinese');
    expect(await faults()).toEqual([]);
    await studio.get('language').selectOption('en');
  });

  // The window is 1440 wide: 1152 and 960 are left, as on a screen of 1920 at 167 and at 200 %.
  test('scaled up, nothing lies over anything else', async () => {
    const { page } = studio;
    await studio.useTool('threshold-brush');
    for (const scale of [1.25, 1.5]) {
      await launched.app.evaluate(
        ({ BrowserWindow }, factor) => BrowserWindow.getAllWindows()[0].webContents.setZoomFactor(factor),
        scale,
      );
      await expect
        .poll(() => page.evaluate('Math.round(100 * devicePixelRatio)'))
        .toBe(Math.round(100 * scale));
      const outside = (): Promise<unknown> =>
        page.evaluate(`(() => {
          const box = (element) => element.getBoundingClientRect();
          const whole = { left: 0, top: 0, right: innerWidth, bottom: innerHeight };
          const within = (name, frame, controls) => [...controls].filter((control) => {
            const { left, right, top, bottom, width } = box(control);
            return width > 0 && (left < frame.left - 1 || right > frame.right + 1 || top < frame.top - 1 || bottom > frame.bottom + 1);
          }).map((control) => name + ': ' + (control.dataset.testid ?? control.getAttribute('aria-label') ?? control.textContent.trim()));
          const bar = document.querySelector('[data-testid="view-bar"]');
          return [
            ...within('view bar', box(bar), bar.querySelectorAll('button, select, input')),
            ...within('title', whole, document.querySelectorAll('header button, header select')),
            ...within('learning', whole, document.querySelectorAll('footer button, footer select')),
          ];
        })()`);
      await expect.poll(outside).toEqual([]);
      // The driver's own pictures do not know of the scale.
      if (scale === 1.5)
        writeFileSync(
          join(pictures, '17-scaled.png'),
          Buffer.from(
            await launched.app.evaluate(async ({ BrowserWindow }) =>
              (await BrowserWindow.getAllWindows()[0].webContents.capturePage()).toPNG().toString('base64'),
            ),
            'base64',
          ),
        );
    }
    await launched.app.evaluate(({ BrowserWindow }) =>
      BrowserWindow.getAllWindows()[0].webContents.setZoomFactor(1),
    );
  });
});

import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, type Locator } from '@playwright/test';
import { demonstrationScans, writeDemonstrationArchive } from '../../main/cli/demo/phantom-archive';
import { keptOf } from './drawing-board';
import { launch, type Launched } from './launch';
import { Workstation } from './workstation';

/** The whole job by keys alone: this file must not know a mouse. */
test.describe('without a mouse', () => {
  test.setTimeout(12 * 60_000);

  let launched: Launched;
  let studio: Workstation;
  let work: string;
  let codes: readonly string[];

  test.beforeAll(async () => {
    work = mkdtempSync(join(tmpdir(), 'amlp-studio-keyboard-'));
    codes = (await writeDemonstrationArchive(join(work, 'archive'), { seed: 11, patients: 3 })).patients.map(
      ({ code }) => code,
    );
    mkdirSync(join(work, 'export'));
    launched = await launch();
    studio = new Workstation(launched);
  });
  test.afterAll(async () => {
    await launched.close();
    rmSync(work, { recursive: true, force: true });
  });

  const press = async (...keys: readonly string[]): Promise<void> => {
    for (const key of keys) await studio.page.keyboard.press(key);
  };
  /** Goes on with Tab until the control has the focus; a control that Tab never reaches fails. */
  async function reach(control: Locator): Promise<void> {
    for (let n = 0; n < 250; n++) {
      if (await control.evaluate((element) => element === element.ownerDocument.activeElement)) return;
      await press('Tab');
    }
    throw new Error('The control is not reached by Tab.');
  }
  /** Puts the focus on the axial view, where tools and slices take the keys. */
  const toView = (): Promise<void> => reach(studio.get('view-axial'));

  async function open(code: string): Promise<void> {
    const row = studio.row(code, 'PT');
    await reach(row);
    await press('Enter');
    await expect(row).toHaveAttribute('aria-current', 'true', { timeout: 60_000 });
    await expect(studio.get('save-state')).toBeVisible({ timeout: 60_000 });
  }

  async function job(kind: 'pretrain' | 'teach', epochs: number, start: string): Promise<void> {
    if (!(await studio.get('epochs').isVisible())) {
      await reach(studio.get('learn-more'));
      await press('Enter');
    }
    await reach(studio.get('epochs'));
    await press('Control+a');
    await studio.page.keyboard.type(String(epochs));
    await toView();
    await press(start);
    const outcome = studio.get('learn-outcome').and(studio.page.locator(`[data-kind="${kind}"]`));
    await expect(outcome).toBeVisible({ timeout: 8 * 60_000 });
    expect(await outcome.getAttribute('data-state')).toBe('done');
  }

  test('a folder is opened, learnt from, contoured, taught, proposed on, accepted and exported', async () => {
    await expect(studio.get('engine-state')).toHaveAttribute('data-state', 'ready');
    studio.willChoose(demonstrationScans(join(work, 'archive')));
    await press('Control+o');
    await expect(studio.get('patient')).toHaveCount(codes.length, { timeout: 180_000 });

    for (const code of codes.slice(0, 2)) {
      await open(code);
      await toView();
      // A disc where the crosshair is, then a stroke to the right, then a contour round a corner.
      await press('b', ' ');
      await press('Control+ ', ...Array<string>(6).fill('Control+ArrowRight'), 'Control+ ');
      await press('g', ' ', ...Array<string>(5).fill('Control+ArrowDown'), ' ');
      await press(...Array<string>(5).fill('Control+ArrowLeft'), ' ', 'Enter');
      await studio.saved();
      const { masks, position } = await keptOf(studio.page);
      expect(masks[0].reduce((sum, v) => sum + v, 0)).toBeGreaterThan(10);
      // The segment, the disc, the stroke and the contour.
      expect(position).toBe(4);
      await press('Control+z');
      await expect.poll(async () => (await keptOf(studio.page)).position).toBe(3);
      await press('Control+Shift+z');
      await expect.poll(async () => (await keptOf(studio.page)).position).toBe(4);
      // A slice without a tumour, judged.
      await press(...Array<string>(2).fill('PageUp'), 'm');
      await studio.saved();
    }

    await job('pretrain', 1, 'Control+l');
    // A second round takes its time and no key.
    await reach(studio.get('learn-uncontoured'));
    await press(' ');
    await expect(studio.get('learn-uncontoured')).not.toBeChecked();
    await job('teach', 4, 'Control+t');

    await open(codes[2]);
    await toView();
    await press('Control+p');
    await expect(studio.get('proposal')).toBeVisible({ timeout: 180_000 });
    await toView();
    await press('a');
    await expect(studio.get('case-accepted')).toHaveAttribute('data-accepted', 'true');

    await press('Control+e');
    studio.willChoose(join(work, 'export'));
    await reach(studio.get('export-folder'));
    await press('Enter');
    await reach(studio.get('export-write'));
    await press('Enter');
    await expect(studio.get('export-done')).toBeVisible({ timeout: 60_000 });
    expect(existsSync(join(work, 'export'))).toBe(true);
    expect(readdirSync(join(work, 'export'), { recursive: true }).length).toBeGreaterThan(0);
    await press('Escape');
  });
});

import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { seeded } from '../annotation/random-edits';
import { keptOf } from './drawing-board';
import { launch, type Launched } from './launch';
import { toolScans, writeToolScan } from './tool-scans';
import { Workstation } from './workstation';

const operations = 200;
const seed = 20_260_105;

test.describe('the history', () => {
  test.setTimeout(12 * 60_000);

  let launched: Launched;
  let studio: Workstation;
  let work: string;
  const userData = (): string => join(work, 'user-data');

  async function start(): Promise<void> {
    launched = await launch({ userData: userData() });
    studio = new Workstation(launched);
    await studio.openArchive(join(work, 'scans'), 1);
    await studio.openVolume(toolScans[0].code, 'CT');
  }

  test.beforeAll(async () => {
    work = mkdtempSync(join(tmpdir(), 'amlp-studio-history-'));
    writeToolScan(join(work, 'scans'), toolScans[0]);
    await start();
    await studio.get('section-operations').click();
  });
  test.afterAll(async () => {
    await launched.close();
    rmSync(work, { recursive: true, force: true });
  });

  const kept = async (): Promise<{ position: number; picture: string }> => {
    await studio.saved();
    return keptOf(studio.page);
  };

  async function press(key: string, times: number, until: number): Promise<void> {
    for (let n = 0; n < times; n++) await studio.page.keyboard.press(key);
    await expect.poll(async () => (await kept()).position).toBe(until);
  }

  test('takes back 200 operations of all tools and brings them again, also after a restart', async () => {
    const { page } = studio;
    const random = seeded(seed);
    const upTo = (n: number): number => Math.floor(random() * n);
    const box = await studio.box('axial');
    const spot = (): { x: number; y: number } => ({
      x: Math.round(box.x + box.width * (0.3 + 0.4 * random())),
      y: Math.round(box.y + box.height * (0.3 + 0.4 * random())),
    });
    const drags = [
      'brush',
      'eraser',
      'threshold-brush',
      'smart-brush',
      'nudge',
      'mend',
      'freehand',
      'scissors',
      'ball-threshold',
    ];
    const buttons = [
      'grow',
      'shrink',
      'smooth',
      'fill-holes',
      'keep-largest',
      'copy-next',
      'interpolate',
      'remove-small',
    ];

    const operate = async (): Promise<void> => {
      const choice = random();
      if (choice < 0.6) {
        await studio.useTool(drags[upTo(drags.length)]);
        const [from, way, to] = [spot(), spot(), spot()];
        await page.mouse.move(from.x, from.y);
        await page.mouse.down();
        await page.mouse.move(way.x, way.y, { steps: 2 });
        await page.mouse.move(to.x, to.y, { steps: 2 });
        await page.mouse.up();
      } else if (choice < 0.66) {
        await studio.useTool(random() < 0.5 ? 'polygon' : 'spline');
        for (let n = 0; n < 4; n++) {
          const { x, y } = spot();
          await page.mouse.click(x, y);
        }
        await page.keyboard.press('Enter');
      } else if (choice < 0.84) {
        const button = studio.get(buttons[upTo(buttons.length)]);
        if (await button.isEnabled()) await button.click();
      } else if (choice < 0.88 && (await studio.get('segment').count()) < 4) {
        await studio.get('segment-add').click();
        await studio.get('segment-name').fill(`Segment ${upTo(1000)}`);
        await studio.get('segment-add-confirm').click();
      } else if (choice < 0.9 && (await studio.get('segment').count()) > 1) {
        await studio
          .get('segment')
          .last()
          .getByRole('button', { name: /^(Remove|Delete)/ })
          .click();
      } else if (choice < 0.93) await page.keyboard.press('M');
      else if (choice < 0.96) await page.keyboard.press(random() < 0.5 ? 'ArrowDown' : 'ArrowUp');
      else {
        // Back a few steps: what is then done cuts off what was ahead.
        const back = 1 + upTo(3);
        for (let n = 0; n < back; n++) await page.keyboard.press('Control+z');
      }
    };

    await studio.useTool('brush');
    await studio.brushDiameter(14);
    const first = await kept();
    expect(first.position).toBe(0);
    for (let n = 0; n < operations; n++) await operate();
    const last = await kept();
    console.log(`history: ${operations} operations, ${last.position} steps`);
    expect(last.position).toBeGreaterThan(60);

    await press('Control+z', last.position, 0);
    expect((await kept()).picture).toBe(first.picture);
    await press('Control+Shift+z', last.position, last.position);
    expect((await kept()).picture).toBe(last.picture);

    // Whoever closes the window at once loses nothing: it waits for the disk. The driver would close it all the same, and
    // Electron may have taken the question back before it is answered.
    page.on('dialog', (dialog) => void dialog.dismiss().catch(() => undefined));
    const ended = launched.app.waitForEvent('close');
    await page
      .evaluate(
        `(async () => {
          for (let n = 0; n < 8; n++) {
            document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'z', ctrlKey: true, bubbles: true }));
            for (let turn = 0; turn < 20; turn++) await null;
          }
          window.close();
        })()`,
      )
      .catch(() => undefined);
    await ended;
    await start();
    expect((await kept()).position).toBe(last.position - 8);
    await press('Control+Shift+z', 8, last.position);
    expect(await kept()).toMatchObject({ position: last.position, picture: last.picture });
    await expect(studio.get('undo')).toBeEnabled();
    await press('Control+z', last.position, 0);
    expect((await kept()).picture).toBe(first.picture);
    await press('Control+Shift+z', last.position, last.position);
    expect((await kept()).picture).toBe(last.picture);
  });

  test('comes along to a copy of the folder when it is asked for, and the former folder is one choice away', async () => {
    const before = await kept();
    expect(before.position).toBeGreaterThan(0);
    cpSync(join(work, 'scans'), join(work, 'copied'), { recursive: true });
    await studio.openArchive(join(work, 'copied'), 1);
    await expect(studio.get('former')).toContainText(join(work, 'scans'));
    await studio.get('former-take').click();
    await expect(studio.get('former')).toHaveCount(0);
    await studio.openVolume(toolScans[0].code, 'CT');
    expect(await kept()).toMatchObject(before);

    await studio.page.keyboard.press('Control+z');
    await studio.get('recent-archives').selectOption({ label: 'scans' });
    await expect(studio.get('open-folder')).toContainText('scans');
    await studio.openVolume(toolScans[0].code, 'CT');
    // Both go their own ways: what was taken back in the copy stands here.
    expect(await kept()).toMatchObject(before);
  });
});

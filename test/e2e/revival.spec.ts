import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { journalsOf, lostRecords } from '../endurance/kept';
import { Survivor, until } from '../endurance/survivor';
import { openToDraw, placeFor } from '../endurance/work';

// The driver may lose hold of a window that was killed; the application is not asked to help it.
test.describe.configure({ retries: 2, timeout: 120_000 });
test.skip(process.platform !== 'linux', 'Processes are looked up in /proc.');

test('a window whose process is killed comes back with its case and its contours, and says so', async () => {
  const home = mkdtempSync(join(tmpdir(), 'amlp-revival-'));
  const data = join(home, 'data');
  mkdirSync(data);
  const place = await placeFor(join(home, 'scans'), 5, 2);
  const survivor = new Survivor(data);
  try {
    await survivor.start();
    await survivor.studio.openArchive(place.scans, place.codes.length);
    await openToDraw(survivor.studio, place.codes[1], 'PT');
    await survivor.studio.useTool('brush');
    await survivor.studio.brushDiameter(30);
    const box = await survivor.studio.box('axial');
    const middle = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
    await survivor.studio.drag(middle, { x: middle.x + 30, y: middle.y + 20 });
    await survivor.studio.saved();
    const drawn = await survivor.studio.segmentVoxels();
    expect(drawn).toBeGreaterThan(0);
    const before = await journalsOf(data);
    const pid = await survivor.pidOf('window');
    process.kill(pid!, 'SIGKILL');
    await until('the window came back', 60, async () => {
      await survivor.attach();
      return (await survivor.studio.get('save-state').count()) === 1;
    });
    await expect(survivor.studio.row(place.codes[1], 'PT')).toHaveAttribute('aria-current', 'true');
    await expect.poll(() => survivor.studio.segmentVoxels()).toBe(drawn);
    await expect(survivor.studio.page.getByText('The window had to be started again.')).toBeVisible();
    expect(lostRecords(before, await journalsOf(data))).toBe(0);
  } finally {
    await survivor.close();
    rmSync(home, { recursive: true, force: true });
  }
});

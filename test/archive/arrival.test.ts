import { readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ArrivingVolume } from '../../preload/api';
import { toolScans, writeToolScan } from '../e2e/tool-scans';
import { archiveInOwnFolders } from './studio';

let studio: Awaited<ReturnType<typeof archiveInOwnFolders>>;

beforeAll(async () => {
  studio = await archiveInOwnFolders();
  for (const scan of toolScans) writeToolScan(join(studio.home, 'scans'), scan);
  await studio.archive.open(join(studio.home, 'scans'));
  await studio.archive.scanned();
}, 120_000);
afterAll(() => studio.close());

test('slices can be read from the middle outwards before a volume is prepared, and stay what they were', async () => {
  const { archive } = studio;
  for (const { id } of archive.volumes()) {
    const told: ArrivingVolume[] = [];
    const parts: Promise<{ from: number; bytes: Buffer }>[] = [];
    const stop = archive.onArriving((arrival) => {
      told.push(arrival);
      const { from, to, volume } = arrival;
      const slice = 2 * volume.geometry.size[0] * volume.geometry.size[1];
      parts.push(
        (async () => {
          const file = await archive.voxelsFile(id);
          const handle = await open(file ?? '', 'r');
          const bytes = Buffer.alloc((to - from) * slice);
          await handle.read(bytes, 0, bytes.length, from * slice);
          await handle.close();
          return { from: from * slice, bytes };
        })(),
      );
    });
    const { voxelsFile, volume } = await archive.prepare(id);
    stop();
    const whole = readFileSync(voxelsFile);
    const [first] = told;
    const last = told[told.length - 1];
    expect([first.from, first.to].includes(24) || (first.from < 24 && first.to > 24)).toBe(true);
    for (let n = 1; n < told.length; n++) {
      expect(told[n].from).toBeLessThanOrEqual(told[n - 1].from);
      expect(told[n].to).toBeGreaterThanOrEqual(told[n - 1].to);
    }
    expect(last).toMatchObject({ from: 0, to: 48, last: true });
    expect(last.volume.range).toEqual(volume.range);
    for (const { from, bytes } of await Promise.all(parts))
      expect(bytes.equals(whole.subarray(from, from + bytes.length))).toBe(true);
  }
}, 60_000);

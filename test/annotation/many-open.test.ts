import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { auditReport } from '../../main/annotation/audit-report';
import { nodeDisk, type Disk } from '../../main/annotation/disk';
import { AnnotationService } from '../../main/annotation/service';
import type { Edit, VolumeId } from '../../preload/api';
import { smallGrid } from './random-edits';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'amlp-open-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A disk whose flushes take as long as those of a busy hard disk. */
const slowDisk: Disk = {
  ...nodeDisk,
  async open(file) {
    const opened = await nodeDisk.open(file);
    return {
      ...opened,
      async sync() {
        await new Promise((resolve) => setTimeout(resolve, 20));
        await opened.sync();
      },
    };
  },
};

const service = (disk: Disk, archive = { archiveId: 'a'.repeat(32) }): AnnotationService =>
  new AnnotationService({
    folder,
    by: 'reader',
    disk,
    archive: Object.assign(archive, { volume: () => ({ geometry: smallGrid }) }),
  });
const idOf = (n: number): VolumeId => n.toString(16).padStart(32, '0') as VolumeId;
const add = (n: number): Edit => ({
  kind: 'add-segment',
  name: `Add ${n}`,
  segment: { id: `s${n}`, name: `GTV ${n}`, color: [1, 2, 3], generation: 'MANUAL', locked: false },
  mask: Uint32Array.of(n % 100, 3),
});

test('strokes that are drawn while many other cases are looked through are all kept', async () => {
  const before = service(nodeDisk);
  for (let n = 0; n < 70; n++) await before.apply(idOf(n), 0, add(0));
  await before.close();

  const one = service(slowDisk);
  let looking = true;
  const look = (async () => {
    for (let n = 1; n < 70; n++) await one.open(idOf(n));
    looking = false;
  })();
  let drawn = 1;
  for (; looking; drawn++) await one.apply(idOf(0), drawn, add(drawn));
  await look;
  await one.close();

  const after = service(nodeDisk);
  const { segments, remarks } = await after.open(idOf(0));
  expect(drawn).toBeGreaterThan(3);
  expect(remarks).toBeUndefined();
  expect(segments.map(({ info }) => info.id)).toEqual(Array.from({ length: drawn }, (_, n) => `s${n}`));
  expect((await auditReport(after)).faults).toEqual([]);
  await after.close();
  expect(readdirSync(join(folder, 'a'.repeat(32), idOf(0))).join()).not.toContain('quarantine');
});

test('a case that is closed to make room is opened again only when it is closed', async () => {
  const before = service(nodeDisk);
  for (let n = 0; n < 40; n++) await before.apply(idOf(n), 0, add(0));
  await before.close();

  const one = service(slowDisk);
  for (let n = 0; n < 32; n++) await one.open(idOf(n));
  // Strokes are still being flushed when the case becomes the one that was not used for longest.
  const strokes = Promise.all([1, 2, 3, 4, 5, 6].map((n) => one.apply(idOf(0), n, add(n))));
  const look = (async () => {
    for (let n = 1; n < 40; n++) await one.open(idOf(n));
  })();
  await new Promise((resolve) => setTimeout(resolve, 30));
  const { position } = await one.open(idOf(0));
  await strokes;
  expect(position).toBe(7);
  await one.apply(idOf(0), position, add(7));
  await look;
  await one.close();
  const after = service(nodeDisk);
  expect((await after.open(idOf(0))).segments).toHaveLength(8);
  await after.close();
});

test('an archive that is opened again at once waits for its own lock', async () => {
  const archive = { archiveId: 'a'.repeat(32) };
  const one = service(slowDisk, archive);
  await one.apply(idOf(0), 0, add(0));
  archive.archiveId = 'b'.repeat(32);
  const other = one.ready();
  archive.archiveId = 'a'.repeat(32);
  await Promise.all([other, one.ready()]);
  expect((await one.open(idOf(0))).segments).toHaveLength(1);
  await one.close();
});

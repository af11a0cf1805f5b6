import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { auditReport } from '../../main/annotation/audit-report';
import { AnnotationService } from '../../main/annotation/service';
import { sentenceOf } from '../../main/ipc/gate';
import type { Edit, VolumeId } from '../../preload/api';
import { smallGrid } from './random-edits';

/** A disk of one megabyte that is really full, or really read-only: root may make one. */
const place = mkdtempSync(join(tmpdir(), 'amlp-disk-'));
const run = (...command: string[]): boolean =>
  process.platform === 'linux' &&
  process.getuid?.() === 0 &&
  spawnSync(command[0], command.slice(1), { stdio: 'ignore' }).status === 0;
const mounted = run('mount', '-t', 'tmpfs', '-o', 'size=1m', 'amlp', place);
afterAll(() => {
  if (mounted) run('umount', place);
  rmSync(place, { recursive: true, force: true });
});

const ID = 'd'.repeat(32) as VolumeId;
const service = (): AnnotationService =>
  new AnnotationService({
    folder: join(place, 'annotations'),
    by: 'reader',
    archive: { archiveId: 'a'.repeat(32), volume: () => ({ geometry: smallGrid }) },
  });
const add = (n: number): Edit => ({
  kind: 'add-segment',
  name: `Add ${n}`,
  segment: { id: `s${n}`, name: `GTV ${n}`, color: [1, 2, 3], generation: 'MANUAL', locked: false },
  mask: Uint32Array.of(n % 100, 3),
});
const failure = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'no failure',
    (error: unknown) => sentenceOf(error),
  );

describe.skipIf(!mounted)('on a real disk', () => {
  beforeAll(async () => {
    const one = service();
    await one.apply(ID, 0, add(0));
    await one.close();
  });

  test('that is full, changes are refused with a sentence, none is lost, and work goes on when there is room', async () => {
    const one = service();
    await one.open(ID);
    const ballast = join(place, 'ballast');
    // As much as there is.
    spawnSync('dd', ['if=/dev/zero', `of=${ballast}`, 'bs=4096'], { stdio: 'ignore' });
    let position = 1;
    let refused = 'nothing was refused';
    // The journal's last page has room for some.
    for (let n = 1; n < 200; n++) {
      const said = await failure(one.apply(ID, position, add(n)));
      if (said !== 'no failure') {
        refused = said;
        break;
      }
      position++;
    }
    expect(refused).toMatch(/disk is full/);
    expect((await one.open(ID)).position).toBe(position);
    rmSync(ballast);
    expect(await failure(one.apply(ID, position, add(999)))).toBe('no failure');
    await one.accept(ID);
    await one.close();
    const again = service();
    const state = await again.open(ID);
    expect(state.position).toBe(position + 1);
    expect(state.accepted).toBe(true);
    expect((await auditReport(again)).faults).toEqual([]);
    await again.close();
  });

  test('that is read-only, changes are refused with a sentence and nothing that was kept is harmed', async () => {
    const before = service();
    const kept = await before.open(ID);
    await before.close();
    expect(run('mount', '-o', 'remount,ro', place)).toBe(true);
    try {
      const one = service();
      expect(await failure(one.apply(ID, kept.position, add(1000)))).toMatch(/read-only/);
      await one.close();
    } finally {
      expect(run('mount', '-o', 'remount,rw', place)).toBe(true);
    }
    const after = service();
    expect(await after.open(ID)).toEqual(kept);
    await after.close();
    expect(readdirSync(join(place, 'annotations', 'a'.repeat(32), ID)).join()).not.toContain('quarantine');
    writeFileSync(join(place, 'still-writable'), 'x');
  });
});

import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { AnnotationService } from '../../main/annotation/service';
import { archiveIdOf } from '../../main/archive/identity';
import type { VolumeId } from '../../preload/api';
import { smallGrid } from '../annotation/random-edits';
import { cli } from './cli';

const ID = 'd'.repeat(32) as VolumeId;
let home: string;
let scans: string;
let annotation: AnnotationService;

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'cli-audit-'));
  scans = join(home, 'scans');
  mkdirSync(scans);
  annotation = new AnnotationService({
    folder: join(home, 'annotations'),
    by: 'Dr Reader',
    version: '1.2.3',
    archive: { archiveId: archiveIdOf(realpathSync(scans)), volume: () => ({ geometry: smallGrid }) },
  });
  const segment = { id: 's', name: 'GTV', color: [1, 2, 3], generation: 'MANUAL', locked: false } as const;
  await annotation.apply(ID, 0, {
    kind: 'add-segment',
    name: 'Add GTV',
    segment,
    mask: new Uint32Array(0),
  });
  await annotation.apply(ID, 1, {
    kind: 'flip',
    name: 'Brush',
    segmentId: 's',
    flips: Uint32Array.of(3, 4),
    reviewedSlices: [0],
  });
});
afterEach(async () => {
  await annotation.close();
  rmSync(home, { recursive: true, force: true });
});

const verify = (what = scans): ReturnType<typeof cli> =>
  cli(['audit', 'verify', what, '--data', home, '--json']);

test('the trail is whole, leaves as a file that says so itself, and a change to either is found', async () => {
  expect(await verify()).toMatchObject({ status: 1, err: expect.stringContaining('close it first') });
  await annotation.close();

  const whole = await verify();
  expect(whole.json()).toMatchObject({ ok: true, faults: [] });
  expect(whole.status).toBe(0);

  const written = await cli([
    'audit',
    'export',
    scans,
    '--out',
    join(home, 'report'),
    '--data',
    home,
    '--json',
  ]);
  expect(written, written.err + written.out).toMatchObject({ status: 0 });
  const { file } = written.json() as { file: string };
  expect(readFileSync(file, 'utf8')).toContain('Dr Reader');
  expect((await verify(file)).json()).toMatchObject({ ok: true });
  writeFileSync(file, readFileSync(file, 'utf8').replace('Dr Reader', 'Dr Writer'));
  const changed = await verify(file);
  expect(changed.status).toBe(1);
  expect(changed.json()).toMatchObject({ ok: false });

  const journals = join(home, 'annotations', archiveIdOf(realpathSync(scans)), ID);
  const journal = join(journals, readdirSync(journals).find((name) => name.endsWith('.amlj')) ?? '');
  const bytes = readFileSync(journal);
  bytes[bytes.length >> 1] ^= 1;
  writeFileSync(journal, bytes);
  const broken = await verify();
  expect(broken.status, broken.out + readdirSync(journals).join()).not.toBe(0);
});

test('a folder that nobody contoured is told', async () => {
  await annotation.close();
  expect(await verify(home)).toMatchObject({
    status: 1,
    err: expect.stringContaining('Nobody has contoured'),
  });
});

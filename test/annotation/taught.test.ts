import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { AnnotationService } from '../../main/annotation/service';
import type { VolumeGeometry } from '../../main/imaging/space/geometry';
import type { VolumeId } from '../../preload/api';
import { smallGrid } from './random-edits';

const CHANGED = 'c'.repeat(32) as VolumeId;
const WHOLE = 'e'.repeat(32) as VolumeId;
const segment = { id: 's', name: 'GTV', color: [1, 2, 3], generation: 'MANUAL', locked: false } as const;
let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'amlp-taught-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const service = (geometryOf: (id: VolumeId) => VolumeGeometry): AnnotationService =>
  new AnnotationService({
    folder,
    by: 'Dr Reader',
    version: '1.2.3',
    archive: { archiveId: 'a'.repeat(32), volume: (id) => ({ geometry: geometryOf(id) }) },
  });

test('a case whose scan has changed keeps no other kind of scan from teaching', async () => {
  const before = service(() => smallGrid);
  for (const id of [CHANGED, WHOLE]) {
    await before.apply(id, 0, { kind: 'add-segment', name: 'Add GTV', segment, mask: Uint32Array.of(3, 4) });
    await before.accept(id);
  }
  await before.close();

  const [nx, ny, nz] = smallGrid.size;
  const longer: VolumeGeometry = { ...smallGrid, size: [nx, ny, nz + 1] };
  const after = service((id) => (id === CHANGED ? longer : smallGrid));
  expect(await after.taught((id) => id === WHOLE)).toMatchObject([{ volumeId: WHOLE }]);
  // Where that case itself is to teach, it says so instead of being left out in silence.
  await expect(after.taught()).rejects.toThrow('another grid');
  await after.close();
});

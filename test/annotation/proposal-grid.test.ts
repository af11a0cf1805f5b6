import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { AnnotationService } from '../../main/annotation/service';
import type { VolumeGeometry } from '../../main/imaging/space/geometry';
import type { ModelId, VolumeId } from '../../preload/api';
import { smallGrid } from './random-edits';

const ID = 'd'.repeat(32) as VolumeId;
let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'amlp-grid-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const service = (geometry: VolumeGeometry): AnnotationService =>
  new AnnotationService({
    folder,
    by: 'Dr Reader',
    version: '1.2.3',
    archive: { archiveId: 'a'.repeat(32), volume: () => ({ geometry }) },
  });

test('a proposal made before more slices of a scan had come is not shown on the longer scan', async () => {
  const [nx, ny, nz] = smallGrid.size;
  const before = service(smallGrid);
  await before.saveProposal(ID, {
    modelId: 'm' as ModelId,
    modelName: 'PET',
    segments: [{ name: 'GTV', mask: Uint32Array.of(3, 4), millilitres: 0.012 }],
    sliceUncertainty: new Array<number>(nz).fill(0.1),
    uncertainty: new Uint8Array(nx * ny * nz),
  });
  await before.close();

  // One more slice below the first: every mask of before would stand one slice too low.
  const longer = service({ ...smallGrid, size: [nx, ny, nz + 1] });
  expect(await longer.proposal(ID)).toBeNull();
  expect(await longer.uncertaintyFile(ID)).toBeNull();
  await longer.close();

  const [x, y, z] = smallGrid.origin;
  const elsewhere = service({ ...smallGrid, origin: [x, y, z - 3] as unknown as VolumeGeometry['origin'] });
  expect(await elsewhere.proposal(ID)).toBeNull();
  await elsewhere.close();

  const again = service(smallGrid);
  expect((await again.proposal(ID))?.segments[0].mask).toEqual(Uint32Array.of(3, 4));
  expect(await again.uncertaintyFile(ID)).not.toBeNull();
  await again.close();
});

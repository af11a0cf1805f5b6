import { cpSync, mkdirSync, mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { auditReport } from '../../main/annotation/audit-report';
import { AnnotationService } from '../../main/annotation/service';
import type { SegmentInfo, VolumeId } from '../../preload/api';
import { archiveInOwnFolders } from '../archive/studio';
import { dataPath, sharedData } from '../data';

const segment: SegmentInfo = {
  id: 's',
  name: 'GTV',
  color: [1, 2, 3],
  generation: 'MANUAL',
  locked: false,
};

let work: string;
let studio: Awaited<ReturnType<typeof archiveInOwnFolders>>;
let annotation: AnnotationService;
beforeEach(async () => {
  work = mkdtempSync(join(tmpdir(), 'amlp-former-'));
  studio = await archiveInOwnFolders();
  annotation = new AnnotationService({
    folder: join(studio.home, 'data', 'annotations'),
    archive: studio.archive,
    by: 'reader',
  });
});
afterEach(async () => {
  await annotation.close();
  await studio.close();
  rmSync(work, { recursive: true, force: true });
});

async function open(folder: string): Promise<VolumeId[]> {
  await studio.archive.open(folder);
  await studio.archive.scanned();
  return [...studio.archive.volumes()].map((volume) => volume.id);
}
const draw = async (id: VolumeId): Promise<void> => {
  await annotation.apply(id, 0, {
    kind: 'add-segment',
    name: 'Add GTV',
    segment,
    mask: Uint32Array.of(7, 9),
  });
};
const masksOf = async (id: VolumeId): Promise<number[][]> =>
  (await annotation.open(id)).segments.map((s) => [...s.mask]);

describe.skipIf(sharedData === null)('an archive that is found elsewhere', () => {
  test('moved: its contours are offered, come over when a person says yes, and stay where they were too', async () => {
    cpSync(dataPath('archive', 'sts', 'STS_008', 'PET'), join(work, 'scans', 'PET'), { recursive: true });
    const [pet] = await open(join(work, 'scans'));
    await draw(pet);
    renameSync(join(work, 'scans'), join(work, 'renamed'));
    expect(await open(join(work, 'renamed'))).toEqual([pet]);
    expect(await masksOf(pet)).toEqual([]);
    const former = (await annotation.former())!;
    expect(former).toMatchObject({ isThere: false, volumeIds: [pet] });
    expect(former.folder).toMatch(/scans$/);
    expect(await annotation.takeOverFormer(former.archiveId)).toBe(1);
    expect(await masksOf(pet)).toEqual([[7, 9]]);
    expect(annotation.stateOf(pet)).toBe('in-work');
    expect(await annotation.former()).toBeNull();
    const { lines, faults } = await auditReport(annotation);
    expect(faults).toEqual([]);
    expect(lines.map((l) => l.what).join()).toContain('taken over: 1 cases');
    renameSync(join(work, 'renamed'), join(work, 'scans'));
    await open(join(work, 'scans'));
    expect(await masksOf(pet)).toEqual([[7, 9]]);
  });

  test('copied: both go their own ways, and what was drawn here is never replaced', async () => {
    cpSync(dataPath('archive', 'sts', 'STS_008', 'PET'), join(work, 'one', 'PET'), { recursive: true });
    const [pet] = await open(join(work, 'one'));
    await draw(pet);
    cpSync(join(work, 'one'), join(work, 'two'), { recursive: true });
    await open(join(work, 'two'));
    expect(await annotation.former()).toMatchObject({ isThere: true, volumeIds: [pet] });
    await annotation.apply(pet, 0, {
      kind: 'add-segment',
      name: 'Add another',
      segment: { ...segment, id: 'own' },
      mask: Uint32Array.of(1, 2),
    });
    expect(await annotation.former()).toBeNull();
    expect(await masksOf(pet)).toEqual([[1, 2]]);
  });

  test('files of the same name that are other scans are never taken for the ones that were contoured', async () => {
    const nifti = dataPath('labelled', 'sts', 'STS_001', 'PET_native.nii.gz');
    for (const archive of ['one', 'two']) mkdirSync(join(work, archive, 'case'), { recursive: true });
    cpSync(nifti, join(work, 'one', 'case', 'PET.nii.gz'));
    const [pet] = await open(join(work, 'one'));
    await draw(pet);
    cpSync(
      dataPath('labelled', 'sts', 'STS_003', 'PET_native.nii.gz'),
      join(work, 'two', 'case', 'PET.nii.gz'),
    );
    expect(await open(join(work, 'two'))).toEqual([pet]);
    expect(await annotation.former()).toBeNull();
    // The same bytes at another time are not known to be the same scan either; a move keeps the time.
    cpSync(nifti, join(work, 'two', 'case', 'PET.nii.gz'));
    utimesSync(join(work, 'two', 'case', 'PET.nii.gz'), new Date(), new Date(2001, 1, 1));
    await open(join(work, 'two'));
    expect(await annotation.former()).toBeNull();
    renameSync(join(work, 'one'), join(work, 'three'));
    await open(join(work, 'three'));
    expect(await annotation.former()).toMatchObject({ volumeIds: [pet] });
  });

  test('nothing is offered where nothing is in common, nor taken over that was not offered', async () => {
    cpSync(dataPath('archive', 'sts', 'STS_008', 'PET'), join(work, 'one', 'PET'), { recursive: true });
    const [pet] = await open(join(work, 'one'));
    await draw(pet);
    cpSync(dataPath('archive', 'sts', 'STS_025', 'PET'), join(work, 'two', 'PET'), { recursive: true });
    await open(join(work, 'two'));
    writeFileSync(join(work, 'two', 'note.txt'), 'x');
    expect(await annotation.former()).toBeNull();
    await expect(annotation.takeOverFormer('0'.repeat(32))).rejects.toThrow('no contours of that archive');
  });
});

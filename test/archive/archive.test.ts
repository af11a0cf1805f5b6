import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ArchiveService } from '../../main/archive/service';
import { voxelCount } from '../../main/imaging/space/geometry';
import { dataPath, sharedData } from '../data';
import { archiveInOwnFolders } from './studio';

describe.skipIf(sharedData === null)('an archive of two sarcoma patients', () => {
  let archive: ArchiveService;
  let close: () => Promise<void>;
  beforeAll(async () => {
    ({ archive, close } = await archiveInOwnFolders());
    await archive.open(dataPath('archive', 'sts'));
    await archive.scanned();
  });
  afterAll(() => close());

  test('has two patients with CT, PET and MR each', async () => {
    const patients = await archive.worklist();
    expect(patients).toHaveLength(2);
    for (const patient of patients)
      expect(
        patient.studies
          .flatMap((s) => s.volumes)
          .map((v) => v.modality)
          .sort(),
      ).toEqual(['CT', 'MR', 'PT']);
  });

  test('makes a picture of each volume', async () => {
    for (const volume of archive.volumes()) {
      const file = await archive.thumbnailFile(volume.id);
      expect(file).not.toBeNull();
      expect([...(await readFile(file!)).subarray(1, 4)]).toEqual([0x50, 0x4e, 0x47]);
    }
  });

  test('offers the structure sets of a volume for import', () => {
    for (const volume of archive.volumes()) expect(archive.importable(volume.id).length).toBeGreaterThan(0);
  });

  test('prepares each volume with as many voxels as its grid, inside its own extremes', async () => {
    for (const { id, geometry } of archive.volumes()) {
      const { volume, voxelsFile } = await archive.prepare(id);
      expect(volume.geometry).toEqual(geometry);
      expect((await readFile(voxelsFile)).byteLength % voxelCount(volume.geometry)).toBe(0);
      expect(volume.range.min).toBeLessThanOrEqual(volume.range.p1);
      expect(volume.range.p1).toBeLessThan(volume.range.p99);
      expect(volume.range.p99).toBeLessThanOrEqual(volume.range.max);
      if (volume.modality === 'CT') expect(volume.unit).toBe('HU');
      if (volume.modality === 'PT') expect(volume.unit).toBe('SUVbw');
    }
  });

  test('reads nothing again when nothing changed', async () => {
    const seen: number[] = [];
    const stop = archive.onProgress((p) => {
      if (p.phase === 'reading') seen.push(p.filesSeen);
    });
    const before = JSON.stringify(await archive.worklist());
    await archive.rescan();
    await archive.scanned();
    stop();
    expect(new Set(seen).size).toBe(1);
    expect(JSON.stringify(await archive.worklist())).toBe(before);
  });
});

test.skipIf(sharedData === null)('nothing in an archive is written to', async () => {
  const folder = dataPath('archive', 'sts', 'STS_008', 'CT');
  const { archive, close } = await archiveInOwnFolders();
  const digest = (): string =>
    createHash('sha256')
      .update(
        [...archive.volumes()]
          .flatMap((v) => (v.source.kind === 'dicom' ? v.source.plan.frames : []))
          .map((f) =>
            createHash('sha256')
              .update(readFileSync(`${folder}/${f.path}`))
              .digest('hex'),
          )
          .join(''),
      )
      .digest('hex');
  await archive.open(folder);
  await archive.scanned();
  const before = digest();
  for (const { id } of archive.volumes()) await archive.prepare(id);
  expect(digest()).toBe(before);
  await close();
});

test.skipIf(sharedData === null)(
  'irregular slices are opened on a regular grid once a person agrees, and never otherwise',
  async () => {
    const { archive, close } = await archiveInOwnFolders();
    try {
      await archive.open(dataPath('archive', 'dcm_qa_ct-GE-tilt-variable-spacing'));
      await archive.scanned();
      const listed = (await archive.worklist()).flatMap((p) => p.studies.flatMap((s) => s.volumes));
      const irregular = listed.find((v) => v.resampling !== undefined);
      if (!irregular) throw new Error('The tilted series is listed without the offer.');
      expect(irregular.usable).toBe(false);
      expect(irregular.resampling).toMatch(/\.$/);
      await expect(archive.openVolume(irregular.id)).rejects.toThrow('resampled to a regular grid');
      await archive.allowResampling(irregular.id);
      const opened = await archive.openVolume(irregular.id);
      expect(opened.resampled).toBe(true);
      expect(opened.remarks.join(' ')).toContain('resampled');
      // What contours are kept on is the grid that is seen, and learning leaves it out.
      expect(archive.volume(irregular.id)?.geometry).toEqual(opened.geometry);
      expect(archive.volume(irregular.id)?.usable).toBe(false);
      await expect(archive.allowResampling('f'.repeat(32) as typeof irregular.id)).rejects.toThrow();
      for (const { id, usable } of listed)
        if (usable) expect((await archive.openVolume(id)).resampled).toBeUndefined();
    } finally {
      await close();
    }
  },
);

import { mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeNiftiVolume } from '../../main/imaging/nifti/write';
import { patientPoint, patientVector } from '../../main/imaging/space/geometry';
import { archiveInOwnFolders } from './studio';

let studio: Awaited<ReturnType<typeof archiveInOwnFolders>>;
const folderOf = (name: string): string => join(studio.home, name);

beforeAll(async () => {
  studio = await archiveInOwnFolders();
  for (const [n, name] of ['one', 'other'].entries()) {
    mkdirSync(join(folderOf(name), 'patient1'), { recursive: true });
    const file = join(folderOf(name), 'patient1', 'ct.nii');
    const voxels = new Int16Array(64 * 64 * 40).fill(100 + n);
    writeFileSync(
      file,
      writeNiftiVolume({
        geometry: {
          size: [64, 64, 40],
          spacing: [2, 2, 2],
          origin: patientPoint(0, 0, 0),
          axes: [patientVector(1, 0, 0), patientVector(0, 1, 0), patientVector(0, 0, 1)],
        },
        unit: 'HU',
        modality: 'CT',
        frameOfReference: null,
        remarks: [],
        voxels,
      }),
    );
    utimesSync(file, new Date(2026, 0, 1 + n), new Date(2026, 0, 1 + n));
  }
}, 120_000);
afterAll(() => studio.close());

test('a volume that lies at the same place of two archives is never shown with the voxels of the other', async () => {
  const { archive } = studio;
  const open = async (name: string) => {
    await archive.open(folderOf(name));
    await archive.scanned();
    return [...archive.volumes()][0].id;
  };
  const id = await open('one');
  // What was asked for before the archive was left is still being read when the other one is asked.
  const before = archive.prepare(id).catch((error: unknown) => error);
  expect(await open('other')).toBe(id);
  const { voxelsFile } = await archive.prepare(id);
  expect(new Set(new Int16Array(readFileSync(voxelsFile).buffer))).toEqual(new Set([101]));
  await before;
  expect(await archive.voxelsFile(id)).toBe(voxelsFile);
  expect(new Set(new Int16Array(readFileSync(voxelsFile).buffer))).toEqual(new Set([101]));
}, 60_000);

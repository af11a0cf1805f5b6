import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { groupIntoVolumes, readDicomHeader, readDicomVolume } from '../../../main/imaging';
import { sameGrid, voxelMillilitres } from '../../../main/imaging/space/geometry';
import {
  demonstrationScans,
  demonstrationTruth,
  writeDemonstrationArchive,
  type DemonstrationArchive,
} from '../../../main/cli/demo/phantom-archive';
import { createPhantomPatient, PHANTOM_MODALITIES } from '../../../main/cli/demo/phantom-patient';
import { hasProgram, python, runPython } from '../../python';

const SEED = 7;
const temporary = mkdtempSync(join(tmpdir(), 'amlp-studio-phantom-'));
const folder = join(temporary, 'demonstration');
let archive: DemonstrationArchive;

beforeAll(async () => {
  archive = await writeDemonstrationArchive(folder, { seed: SEED, patients: 2 });
});
afterAll(() => rmSync(temporary, { recursive: true, force: true }));

const filesOf = (code: string, modality: string): string[] =>
  readdirSync(join(demonstrationScans(folder), code, modality))
    .sort()
    .map((name) => join(demonstrationScans(folder), code, modality, name));

const digest = (root: string): string => {
  const hash = createHash('sha256');
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((e) => e.isFile())
    .map((e) => join(e.parentPath, e.name))
    .sort())
    hash.update(entry.slice(root.length)).update(readFileSync(entry));
  return hash.digest('hex');
};

describe('the demonstration archive', () => {
  test('is the same for the same seed, whichever other patients it has, and another for another', async () => {
    const again = join(temporary, 'again');
    const other = join(temporary, 'other');
    await writeDemonstrationArchive(again, { seed: SEED, patients: 1 });
    await writeDemonstrationArchive(other, { seed: SEED + 1, patients: 1 });
    const first = (archiveFolder: string): string =>
      digest(join(demonstrationScans(archiveFolder), 'DEMO-001'));
    expect(first(again)).toBe(first(folder));
    expect(first(other)).not.toBe(first(folder));
  });

  test('is kept when it is there, and leaves nothing behind when it is aborted', async () => {
    const steps: number[] = [];
    await writeDemonstrationArchive(folder, {
      seed: SEED,
      patients: 2,
      onProgress: ({ patient }) => steps.push(patient),
    });
    expect(steps).toEqual([]);
    const controller = new AbortController();
    const aborted = writeDemonstrationArchive(join(temporary, 'aborted'), {
      seed: SEED,
      patients: 2,
      signal: controller.signal,
      onProgress: ({ patient }) => {
        if (patient === 2) controller.abort();
      },
    });
    await expect(aborted).rejects.toThrow();
    expect(readdirSync(temporary).filter((name) => name.startsWith('aborted'))).toEqual([]);
  });

  test('has tumours in every patient and slices without one in every scan', () => {
    for (const patient of archive.patients) {
      expect(patient.tumours.length).toBeGreaterThan(0);
      for (const modality of PHANTOM_MODALITIES) {
        const slices = filesOf(patient.code, modality).length;
        expect(patient.scans[modality].slicesWithTumour).toBeGreaterThan(1);
        expect(patient.scans[modality].slicesWithTumour).toBeLessThan(slices);
      }
      // The same tumours on three grids: volumes differ only by what voxels of 5 mm make of their borders.
      const [ct, pt, mr] = PHANTOM_MODALITIES.map((modality) => patient.scans[modality].tumourMillilitres);
      expect(pt / ct).toBeCloseTo(1, 0.7);
      expect(mr / ct).toBeCloseTo(1, 0.7);
    }
  });

  test('is read by this program as it was rendered, PET in SUV, on the grid of its truth', async () => {
    const code = archive.patients[0].code;
    const patient = createPhantomPatient(SEED, 1);
    for (const modality of PHANTOM_MODALITIES) {
      const headers = filesOf(code, modality).map((path) => ({
        ...readDicomHeader(readFileSync(path)),
        path,
      }));
      const { volumes, leftOut } = groupIntoVolumes(headers);
      expect(leftOut).toEqual([]);
      expect(volumes).toHaveLength(1);
      expect(volumes[0].warnings).toEqual([]);
      const volume = await readDicomVolume(volumes[0], (path) => readFile(path), {
        suv: modality === 'PT' ? 'bw' : undefined,
      });
      const scan = patient.scan(modality);
      expect(sameGrid(volume.geometry, scan.geometry, 1e-3)).toBe(true);
      expect(volume.unit).toBe({ CT: 'HU', PT: 'SUVbw', MR: 'stored' }[modality]);
      const largest = scan.values.reduce((most, value) => Math.max(most, value), 0);
      const tolerance = modality === 'PT' ? largest / 32000 : 0.5;
      let worst = 0;
      for (let v = 0; v < volume.voxels.length; v++)
        worst = Math.max(worst, Math.abs(volume.voxels[v] - scan.values[v]));
      expect(worst).toBeLessThanOrEqual(tolerance + 1e-3);
    }
  });

  test.skipIf(!hasProgram('dciodvfy'))('has no error by dciodvfy', () => {
    for (const modality of PHANTOM_MODALITIES)
      for (const file of filesOf(archive.patients[1].code, modality).slice(0, 3)) {
        const { stderr, stdout } = spawnSync('dciodvfy', ['-new', file], { encoding: 'utf8' });
        expect(`${stdout}${stderr}`.split('\n').filter((line) => line.startsWith('Error'))).toEqual([]);
      }
  });

  test.skipIf(python === null)(
    'is read alike by SimpleITK and pydicom, its truth by nibabel and SimpleITK',
    () => {
      const code = archive.patients[0].code;
      for (const modality of PHANTOM_MODALITIES) {
        const answer = JSON.parse(
          runPython(
            '-c',
            `
import json, sys, hashlib, numpy, pydicom, SimpleITK, nibabel
series, truth = sys.argv[1:3]
reader = SimpleITK.ImageSeriesReader()
names = reader.GetGDCMSeriesFileNames(series)
reader.SetFileNames(names)
image = reader.Execute()
mask = SimpleITK.ReadImage(truth)
slices = [pydicom.dcmread(name) for name in names]
values = numpy.stack([s.pixel_array * float(s.get("RescaleSlope", 1)) + float(s.get("RescaleIntercept", 0)) for s in slices])
voxels = SimpleITK.GetArrayFromImage(image)
inside = SimpleITK.GetArrayFromImage(mask) > 0
close = lambda a, b: bool(numpy.allclose(a, b, atol=1e-3))
print(json.dumps({
  "files": len(names), "size": image.GetSize(),
  "sameValues": close(values, voxels),
  "sameGrid": image.GetSize() == mask.GetSize() and close(image.GetOrigin(), mask.GetOrigin())
     and close(image.GetSpacing(), mask.GetSpacing()) and close(image.GetDirection(), mask.GetDirection()),
  "millilitres": float(inside.sum() * numpy.prod(mask.GetSpacing()) / 1000),
  "nibabel": int(numpy.asarray(nibabel.load(truth).dataobj).sum()) == int(inside.sum()),
}))
`,
            join(demonstrationScans(folder), code, modality),
            demonstrationTruth(folder, code, modality),
          ),
        ) as Record<string, unknown>;
        expect(answer).toMatchObject({ sameValues: true, sameGrid: true, nibabel: true });
        expect(answer.files).toBe(filesOf(code, modality).length);
        expect(answer.millilitres).toBeCloseTo(archive.patients[0].scans[modality].tumourMillilitres, 2);
      }
    },
  );

  test('shows tumours hot on PET, bright on MR and enhanced on CT', () => {
    const contrasts = [1, 2].map((number) => {
      const patient = createPhantomPatient(SEED, number);
      const mean = (values: Float32Array, mask: Uint8Array): number =>
        values.reduce((sum, value, v) => sum + value * mask[v], 0) / mask.reduce((sum, m) => sum + m, 0);
      const [ct, pt, mr] = [patient.scan('CT'), patient.scan('PT'), patient.scan('MR')];
      expect(voxelMillilitres(ct.geometry)).toBeLessThan(voxelMillilitres(pt.geometry));
      return {
        ct: mean(ct.values, ct.truth),
        pt: mean(pt.values, pt.truth),
        mr:
          mean(mr.values, mr.truth) /
          mean(
            mr.values,
            mr.truth.map((inside) => 1 - inside),
          ),
      };
    });
    for (const { ct, pt, mr } of contrasts) {
      expect(ct).toBeGreaterThan(70);
      expect(ct).toBeLessThan(160);
      expect(mr).toBeGreaterThan(2);
      expect(pt).toBeGreaterThan(1.5);
    }
  });
});

test.skipIf(!hasProgram('dcmdump'))('names no patient', () => {
  const [file] = filesOf(archive.patients[0].code, 'CT');
  expect(execFileSync('dcmdump', ['+P', '0010,0010', file], { encoding: 'utf8' })).toContain('Phantom^DEMO');
});

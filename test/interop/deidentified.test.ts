import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ExchangeService } from '../../main/annotation/exchange';
import { AnnotationService } from '../../main/annotation/service';
import type { ArchiveService } from '../../main/archive/service';
import { demonstrationScans, writeDemonstrationArchive } from '../../main/cli/demo/phantom-archive';
import { readRtStruct } from '../../main/imaging/rtstruct/read';
import { readSeg } from '../../main/imaging/seg/read';
import type { ExportResult, VolumeId } from '../../preload/api';
import { archiveInOwnFolders } from '../archive/studio';
import { hasProgram, python, runPython } from '../python';

/** A patient whose every attribute of words says who it is, exported through the application's own services. */
describe.skipIf(python === null)('a de-identified export', () => {
  const work = mkdtempSync(join(tmpdir(), 'deidentified-'));
  let forbidden: string[];
  let archive: ArchiveService;
  let annotation: AnnotationService;
  let exchange: ExchangeService;
  let close: () => Promise<void>;
  const folders = { staging: join(work, 'staging'), identity: join(work, 'identity') };

  beforeAll(async () => {
    const demo = join(work, 'demo');
    await writeDemonstrationArchive(demo, { patients: 1 });
    forbidden = JSON.parse(runPython('test/interop/poison.py', demonstrationScans(demo))) as string[];
    const studio = await archiveInOwnFolders();
    ({ archive, close } = studio);
    annotation = new AnnotationService({
      folder: join(work, 'annotations'),
      archive,
      by: 'Zqreader',
    });
    exchange = new ExchangeService(archive, annotation, '0.0.0', folders);
    await archive.open(demonstrationScans(demo));
    await archive.scanned();
  }, 120_000);
  afterAll(async () => {
    await annotation.close();
    await close();
    rmSync(work, { recursive: true, force: true });
  });

  const volumeOf = (modality: string): VolumeId =>
    [...archive.volumes()].find((volume) => volume.modality === modality)!.id;

  /** One segment of a few voxels on two slices, accepted by the reader. */
  async function contour(id: VolumeId, name = 'GTV'): Promise<void> {
    const { position } = await annotation.open(id);
    const mask = Uint32Array.of(5000, 40, 5300, 40, 20_000, 40);
    const segment = {
      id: name,
      name,
      color: [1, 2, 3] as const,
      generation: 'MANUAL' as const,
      locked: false,
    };
    await annotation.apply(id, position, { kind: 'add-segment', name: 'Add', segment, mask });
    await annotation.accept(id);
  }
  async function exported(id: VolumeId, folder: string, patientCode = ''): Promise<ExportResult> {
    mkdirSync(join(work, folder), { recursive: true });
    const { segments } = await annotation.open(id);
    return exchange.export({
      volumeId: id,
      formats: ['rtstruct', 'seg', 'nifti'],
      segmentIds: segments.map(({ info }) => info.id),
      folder: join(work, folder),
      choices: { deidentify: { patientCode } },
    });
  }
  const textOf = (file: string): string => {
    const bytes = readFileSync(file);
    return (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('latin1');
  };

  test('holds nothing that the scan says of the patient, in the files and in their names', async () => {
    expect(forbidden.length).toBeGreaterThan(500);
    const ct = volumeOf('CT');
    await contour(ct);
    const { files, warnings } = await exported(ct, 'first');
    expect(warnings).toEqual([]);
    expect(files).toHaveLength(3);
    for (const file of files) {
      const text = file.slice(work.length) + textOf(file);
      expect(forbidden.filter((value) => text.includes(value))).toEqual([]);
      expect(text).not.toContain('Zq');
    }
    // Not de-identified, the same export does hold it: the marks can be found where they are.
    const { segments } = await annotation.open(ct);
    mkdirSync(join(work, 'plain'));
    const plain = await exchange.export({
      volumeId: ct,
      formats: ['rtstruct'],
      segmentIds: segments.map(({ info }) => info.id),
      folder: join(work, 'plain'),
    });
    expect(forbidden.filter((value) => textOf(plain.files[0]).includes(value)).length).toBeGreaterThan(5);
  });

  test.skipIf(!hasProgram('dciodvfy'))('is clean for dciodvfy', async () => {
    const { files } = await exported(volumeOf('CT'), 'checked');
    for (const file of files.filter((name) => name.endsWith('.dcm'))) {
      const { stderr } = spawnSync('dciodvfy', [file], { encoding: 'utf8' });
      expect(stderr.split('\n').filter((line) => line.startsWith('Error'))).toEqual([]);
    }
  });

  test('refers to the same scan each time, also after a restart, and to one study across series', async () => {
    const [ct, pet] = [volumeOf('CT'), volumeOf('PT')];
    await contour(pet);
    const first = (await exported(ct, 'a')).files;
    exchange = new ExchangeService(archive, annotation, '0.0.0', folders);
    const again = (await exported(ct, 'b')).files;
    const other = (await exported(pet, 'c')).files;
    const [setA, setB, setC] = [first, again, other].map(([file]) => readRtStruct(readFileSync(file)));
    const images = (set: typeof setA): unknown => set.rois.map((roi) => roi.contours.map((c) => c.images));
    expect(images(setB)).toEqual(images(setA));
    expect([setB.patientId, setB.studyUid, setB.seriesUids]).toEqual([
      setA.patientId,
      setA.studyUid,
      setA.seriesUids,
    ]);
    expect([setC.patientId, setC.studyUid]).toEqual([setA.patientId, setA.studyUid]);
    expect(setC.seriesUids).not.toEqual(setA.seriesUids);
    expect(readSeg(readFileSync(first[1])).framesOfReference).toEqual(setA.framesOfReference);
    expect(setA.patientId).toMatch(/^P-[0-9A-F]{10}$/);
  });

  test("says so where a segment's name or the code holds the patient's name", async () => {
    const mr = volumeOf('MR');
    await contour(mr, 'GTV Zqgiven');
    const { warnings } = await exported(mr, 'named', 'zqpatient-4711-b');
    expect(warnings.join(' ')).toMatch(/"GTV Zqgiven" holds/);
    expect(warnings.join(' ')).toMatch(/"zqpatient-4711-b" holds/);
  });

  test('leaves nothing behind of what was only looked at', async () => {
    const ct = volumeOf('CT');
    const plan = await exchange.plan({ volumeId: ct, formats: ['seg'], segmentIds: ['GTV'] });
    const header = plan.files[0].header ?? [];
    const valueOf = (name: string): string | undefined => header.find((row) => row.name === name)?.value;
    expect(valueOf('PatientID')).toBe('ZqPatient-4711');
    // The index keeps no names; what leaves for the clinic has them all the same.
    expect(valueOf('PatientName')).toBe('Zqfamily^Zqgiven^^Dr');
    expect(valueOf('PatientBirthDate')).toBe('19370412');
    expect(valueOf('SegmentSequence')).toBe('1 item');
    expect(header.find((row) => row.name === 'SegmentLabel')).toMatchObject({ depth: 1, value: 'GTV' });
    await exchange.discardPlan();
    expect(() => readFileSync(join(folders.staging, plan.id, plan.files[0].name))).toThrow();
    await expect(exchange.write(plan.id, work)).rejects.toThrow(/look at it again/);
  });
});

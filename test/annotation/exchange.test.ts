import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ExchangeService } from '../../main/annotation/exchange';
import { patientCodeOf, siteSecret } from '../../main/annotation/pseudonym';
import { AnnotationService } from '../../main/annotation/service';
import type { ArchiveService } from '../../main/archive/service';
import type { VolumeId } from '../../preload/api';
import { archiveInOwnFolders } from '../archive/studio';
import { dataPath, sharedData } from '../data';

describe.skipIf(sharedData === null)('masks of a real patient', () => {
  let archive: ArchiveService;
  let annotation: AnnotationService;
  let exchange: ExchangeService;
  let close: () => Promise<void>;
  let out: string;
  let ct: VolumeId;
  beforeAll(async () => {
    const studio = await archiveInOwnFolders();
    ({ archive } = studio);
    annotation = new AnnotationService({ folder: join(studio.home, 'annotations'), archive, by: 'reader' });
    exchange = new ExchangeService(archive, annotation, '0.0.0', {
      staging: join(studio.home, 'export'),
      identity: join(studio.home, 'identity'),
    });
    out = mkdtempSync(join(tmpdir(), 'amlp-export-'));
    close = async () => {
      await annotation.close();
      await studio.close();
      rmSync(out, { recursive: true, force: true });
    };
    await archive.open(dataPath('archive', 'sts'));
    await archive.scanned();
    ct = [...archive.volumes()].find((v) => v.modality === 'CT' && v.patientCode === 'STS_008')!.id;
  });
  afterAll(() => close());

  test('come in from an RT-STRUCT as locked segments and leave as files that bring the same voxels back', async () => {
    const file = join(archive.root, 'STS_008', 'CT_RTSTRUCT.dcm');
    const imported = await exchange.import(ct, file);
    expect(imported.segments.length).toBeGreaterThan(0);
    const before = await annotation.open(ct);
    expect(before.segments.every((s) => s.info.locked && s.mask.length > 0)).toBe(true);

    const { files } = await exchange.export({
      volumeId: ct,
      formats: ['rtstruct', 'nifti'],
      segmentIds: before.segments.map((s) => s.info.id),
      folder: out,
    });
    expect(files).toHaveLength(1 + before.segments.length);
    for (const written of files) {
      await exchange.import(ct, written);
      const { segments } = await annotation.open(ct);
      const found = segments.slice(before.segments.length).map((s) => s.mask);
      expect(
        before.segments.some((s) => found.some((mask) => Buffer.compare(bytes(mask), bytes(s.mask)) === 0)),
      ).toBe(true);
      await annotation.moveTo(ct, before.position);
    }
  });

  test('overwrite nothing, and tell no name', async () => {
    const { segments } = await annotation.open(ct);
    const request = {
      volumeId: ct,
      formats: ['rtstruct'] as const,
      segmentIds: [segments[0].info.id],
      folder: out,
    };
    const [first] = (await exchange.export(request)).files;
    writeFileSync(first, 'precious');
    const [second] = (await exchange.export(request)).files;
    expect(second).not.toBe(first);
    expect(readFileSync(first, 'utf8')).toBe('precious');
    expect(readdirSync(out).join()).not.toContain('STS');
    expect(exchange.wrote(second)).toBe(true);
    expect(exchange.wrote('/etc/passwd')).toBe(false);
  });

  test("another patient's structure set is refused with a sentence, and nothing is changed", async () => {
    const before = (await annotation.open(ct)).position;
    await expect(exchange.import(ct, join(archive.root, 'STS_025', 'CT_RTSTRUCT.dcm'))).rejects.toThrow(
      /another (patient|frame of reference)/,
    );
    expect((await annotation.open(ct)).position).toBe(before);
  });

  test('patients without an ID are never given one code, those with one keep theirs', async () => {
    const nameless = (study: string): ArchiveService =>
      new Proxy(archive, {
        get: (of, key) =>
          key === 'volume'
            ? (id: VolumeId) => ({
                ...of.volume(id)!,
                patient: `study ${study}`,
                patientCode: 'No patient ID',
              })
            : typeof of[key as keyof ArchiveService] === 'function'
              ? (of[key as keyof ArchiveService] as (...args: unknown[]) => unknown).bind(of)
              : of[key as keyof ArchiveService],
      });
    const folders = { staging: join(out, '..', `${basename(out)}-s`), identity: join(out, 'identity') };
    const { segments } = await annotation.open(ct);
    const codeOf = async (of: ArchiveService): Promise<string | null> => {
      const service = new ExchangeService(of, annotation, '0.0.0', folders);
      const { patientCode } = await service.plan({
        volumeId: ct,
        formats: ['nifti'],
        segmentIds: [segments[0].info.id],
        choices: { deidentify: { patientCode: '' } },
      });
      await service.discardPlan();
      return patientCode;
    };
    const [one, other, again] = [
      await codeOf(nameless('1.2')),
      await codeOf(nameless('1.3')),
      await codeOf(nameless('1.2')),
    ];
    expect(one).not.toBe(other);
    expect(one).toBe(again);
    expect(await codeOf(archive)).toBe(patientCodeOf(await siteSecret(folders.identity), 'STS_008'));
  });

  test('acceptance, export and import are in the audit trail, and its chain is sound', async () => {
    await annotation.accept(ct);
    expect(annotation.stateOf(ct)).toBe('accepted');
    const { segments } = await annotation.open(ct);
    await exchange.export({
      volumeId: ct,
      formats: ['rtstruct'],
      segmentIds: [segments[0].info.id],
      folder: out,
    });
    const kinds = (await annotation.audit()).map((e) => e.kind);
    expect(kinds[0]).toBe('imported');
    expect(kinds.slice(-2)).toEqual(['accepted', 'exported']);
    expect((await annotation.audit()).every((e) => e.by === 'reader' && e.mark !== null)).toBe(true);
  });
});

const bytes = (runs: Uint32Array): Uint8Array =>
  new Uint8Array(runs.buffer, runs.byteOffset, runs.byteLength);

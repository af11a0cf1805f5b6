import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { auditFile, verifyAuditFile } from '../../main/annotation/audit-file';
import { auditReport } from '../../main/annotation/audit-report';
import { AnnotationService } from '../../main/annotation/service';
import type { ModelId, VolumeId } from '../../preload/api';
import { smallGrid } from './random-edits';

const ID = 'c'.repeat(32) as VolumeId;
let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'amlp-audit-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const service = (): AnnotationService =>
  new AnnotationService({
    folder,
    by: 'Dr Reader',
    version: '1.2.3',
    archive: { archiveId: 'a'.repeat(32), volume: () => ({ geometry: smallGrid }) },
  });
const segment = { id: 's', name: 'GTV', color: [1, 2, 3], generation: 'MANUAL', locked: false } as const;

const flip = {
  kind: 'flip',
  segmentId: 's',
  flips: Uint32Array.of(3, 4),
  reviewedSlices: [0],
} as const;

async function work(): Promise<void> {
  const one = service();
  await one.apply(ID, 0, { kind: 'add-segment', name: 'Add GTV', segment, mask: new Uint32Array(0) });
  await one.saveProposal(ID, {
    modelId: 'model-1' as ModelId,
    modelName: 'PET',
    segments: [{ name: 'GTV', mask: Uint32Array.of(3, 4), millilitres: 0.012 }],
    sliceUncertainty: [0, 0.1, 0.2, 0.3],
    uncertainty: new Uint8Array(120).fill(7),
  });
  await one.apply(ID, 1, {
    kind: 'flip',
    name: 'Accept proposal on slice 1',
    segmentId: 's',
    flips: Uint32Array.of(3, 4),
    reviewedSlices: [0],
    modelId: 'model-1' as ModelId,
  });
  await one.accept(ID);
  await one.close();
}

test('tells who did what, when, with which model, and finds nothing amiss', async () => {
  await work();
  const one = service();
  const { lines, faults } = await auditReport(one);
  expect(faults).toEqual([]);
  expect(lines.map((l) => l.what).sort()).toEqual(
    ['Accept proposal on slice 1', 'Add GTV', 'accepted', 'begun', 'proposed'].sort(),
  );
  expect(lines.every((l) => l.by === 'Dr Reader' && l.volumeId === ID)).toBe(true);
  expect(lines.find((l) => l.what.startsWith('Accept'))?.modelId).toBe('model-1');
  await one.close();
});

test.each([
  ['an edit', (one: AnnotationService) => one.apply(ID, 2, { ...flip, name: 'Brush' })],
  ['an undone step', (one: AnnotationService) => one.moveTo(ID, 1)],
  [
    'an import',
    (one: AnnotationService) =>
      one.addSegments(ID, [{ info: { ...segment, id: 't' }, mask: Uint32Array.of(9, 2) }], '.dcm'),
  ],
])('%s opens an accepted case again, by itself and for good', async (_, change) => {
  await work();
  const one = service();
  await change(one);
  expect((await one.open(ID)).accepted).toBe(false);
  expect(one.stateOf(ID)).toBe('in-work');
  expect((await one.audit()).map((e) => e.kind)).toContain('reopened');
  const { lines, faults } = await auditReport(one);
  expect(lines.filter((l) => l.what === 'reopened')).toHaveLength(1);
  expect(faults).toEqual([]);
  await one.close();
  const again = service();
  expect((await again.open(ID)).accepted).toBe(false);
  await again.close();
});

test('a proposal never enters the annotation by itself, and is kept beside it', async () => {
  await work();
  const one = service();
  const before = await one.open(ID);
  await one.saveProposal(ID, {
    modelId: 'model-2' as ModelId,
    modelName: 'PET 2',
    segments: [{ name: 'GTV', mask: Uint32Array.of(50, 40), millilitres: 1 }],
    sliceUncertainty: [],
  });
  expect(await one.open(ID)).toEqual(before);
  expect(await one.proposal(ID)).toMatchObject({ modelId: 'model-2', uncertaintyUrl: null });
  await one.discardProposal(ID);
  expect(await one.proposal(ID)).toBeNull();
  expect(await one.open(ID)).toEqual(before);
  await one.close();
});

test.each(['journal.amlj', 'audit.amlj'])('a changed byte of %s is found', async (name) => {
  await work();
  const archive = join(folder, 'a'.repeat(32));
  const file = name === 'audit.amlj' ? join(archive, name) : join(archive, ID, name);
  const one = service();
  await one.ready();
  await one.open(ID);
  const bytes = readFileSync(file);
  bytes[60] ^= 1;
  writeFileSync(file, bytes);
  expect((await auditReport(one)).faults.length).toBeGreaterThan(0);
  await one.close();
});

test('a case whose journal was taken away or begun anew is found', async () => {
  await work();
  const home = join(folder, 'a'.repeat(32), ID);
  for (const name of readdirSync(home)) rmSync(join(home, name));
  const one = service();
  expect((await auditReport(one)).faults.join()).toContain('is gone');
  await one.apply(ID, 0, { kind: 'add-segment', name: 'Add GTV', segment, mask: new Uint32Array(0) });
  expect((await auditReport(one)).faults.join()).toContain('it was replaced');
  await one.close();
});

test('the state of a case is known again after a restart, without opening it', async () => {
  expect(service().stateOf(ID)).toBe('new');
  await work();
  const one = service();
  await one.ready();
  expect(one.stateOf(ID)).toBe('accepted');
  expect(one.summary(ID)).toMatchObject({ reviewedSlices: [0], segmentNames: ['GTV'], proposed: true });
  expect(await one.taught()).toMatchObject([{ volumeId: ID, accepted: true, segments: [{ name: 'GTV' }] }]);
  await one.reopen(ID);
  expect(one.stateOf(ID)).toBe('in-work');
  await one.close();
});

test('every line says with which version it was made', async () => {
  await work();
  const one = service();
  expect((await auditReport(one)).lines.every((l) => l.version === '1.2.3')).toBe(true);
  await one.close();
});

test.each(['journal.amlj', 'audit.amlj'])(
  'the end of %s that was taken away is found, also later',
  async (name) => {
    await work();
    const archive = join(folder, 'a'.repeat(32));
    const file = name === 'audit.amlj' ? join(archive, name) : join(archive, ID, name);
    const bytes = readFileSync(file);
    // Whole records: each begins with its mark.
    writeFileSync(file, bytes.subarray(0, bytes.lastIndexOf('AMLJ')));
    for (let start = 0; start < 2; start++) {
      const one = service();
      expect((await auditReport(one)).faults.join()).toContain('missing or was changed');
      await one.close();
    }
  },
);

test.each(['journal.amlj', 'audit.amlj'])('records of %s in another order are found', async (name) => {
  await work();
  const archive = join(folder, 'a'.repeat(32));
  const file = name === 'audit.amlj' ? join(archive, name) : join(archive, ID, name);
  const bytes = readFileSync(file);
  const starts: number[] = [];
  for (let at = bytes.indexOf('AMLJ'); at >= 0; at = bytes.indexOf('AMLJ', at + 1)) starts.push(at);
  const records = starts.map((at, n) => bytes.subarray(at, starts[n + 1] ?? bytes.length));
  writeFileSync(file, Buffer.concat([records[1], records[0], ...records.slice(2)]));
  for (const part of readdirSync(join(archive, ID)))
    if (part.includes('snapshot')) rmSync(join(archive, ID, part));
  const one = service();
  expect((await auditReport(one)).faults.length).toBeGreaterThan(0);
  await one.close();
});

test('an exported trail that was changed in any line, cut, added to or put in another order is told from a true one', async () => {
  await work();
  const one = service();
  const text = auditFile(await auditReport(one));
  await one.close();
  expect(verifyAuditFile(text)).toEqual({ events: 5, brokenAt: null });
  const lines = text.trimEnd().split('\n');
  const join_ = (changed: readonly string[]): string => `${changed.join('\n')}\n`;
  for (let n = 0; n < lines.length; n++) {
    expect(verifyAuditFile(join_(lines.toSpliced(n, 1))).brokenAt, `line ${n} removed`).not.toBeNull();
    expect(
      verifyAuditFile(join_(lines.toSpliced(n, 0, lines[n]))).brokenAt,
      `line ${n} doubled`,
    ).not.toBeNull();
    if (n + 1 < lines.length)
      expect(
        verifyAuditFile(join_(lines.toSpliced(n, 2, lines[n + 1], lines[n]))).brokenAt,
        `lines ${n} and ${n + 1} exchanged`,
      ).not.toBeNull();
  }
  fc.assert(
    fc.property(fc.nat(text.length - 2), fc.integer({ min: 1, max: 90 }), (at, by) => {
      const changed = String.fromCharCode(32 + ((text.charCodeAt(at) - 32 + by) % 95));
      fc.pre(changed !== text[at]);
      expect(verifyAuditFile(text.slice(0, at) + changed + text.slice(at + 1)).brokenAt).not.toBeNull();
    }),
  );
});

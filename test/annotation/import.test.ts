import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { auditReport } from '../../main/annotation/audit-report';
import { AnnotationService } from '../../main/annotation/service';
import type { Edit, SegmentInfo, VolumeId } from '../../preload/api';
import { smallGrid } from './random-edits';

const ID = '6'.repeat(32) as VolumeId;
const info = (id: string): SegmentInfo => ({
  id,
  name: id,
  color: [1, 2, 3],
  generation: 'MANUAL',
  locked: false,
});
const add = (id: string): Edit => ({
  kind: 'add-segment',
  name: `Add ${id}`,
  segment: info(id),
  mask: new Uint32Array(),
});
const imported = (...ids: string[]) => ids.map((id) => ({ info: info(id), mask: Uint32Array.of(7, 2) }));
const stroke = (voxel: number): Edit => ({
  kind: 'flip',
  name: 'Brush',
  segmentId: 'GTV',
  flips: Uint32Array.of(voxel, 1),
  reviewedSlices: [],
});

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'amlp-import-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));
const service = (at = folder): AnnotationService =>
  new AnnotationService({
    folder: at,
    by: 'reader',
    archive: { archiveId: 'a'.repeat(32), volume: () => ({ geometry: smallGrid }) },
  });

test('a file of which one segment cannot be taken in changes nothing', async () => {
  const one = service();
  await one.apply(ID, 0, add('GTV'));
  await expect(one.addSegments(ID, imported('liver', 'GTV'), '.dcm')).rejects.toThrow('identity');
  expect((await one.open(ID)).segments.map((s) => s.info.id)).toEqual(['GTV']);
  expect((await one.audit()).map(({ kind }) => kind)).toEqual([]);
  await one.close();
});

test('strokes that were drawn before the person saw what was imported are kept, and so is what was imported', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom('stroke', 'import', 'undo', 'redo'), { maxLength: 14 }),
      async (acts) => {
        const home = mkdtempSync(join(folder, 'run-'));
        const one = service(home);
        await one.apply(ID, 0, add('GTV'));
        await one.open(ID);
        // The window counts the steps that it knows: its own.
        let [position, length, files] = [1, 1, 0];
        let drawn: number[] = [];
        const work: Promise<unknown>[] = [];
        for (const [n, act] of acts.entries()) {
          if (act === 'import' && position === length)
            work.push(one.addSegments(ID, imported(`file ${files++}`), '.dcm'));
          if (act === 'stroke') {
            work.push(one.apply(ID, position, stroke(20 + n)));
            drawn = [...drawn.slice(0, position - 1), 20 + n];
            length = ++position;
          }
          // Steps that the person has made since; further back they know no more what lies between.
          if (act === 'undo' && files === 0 && position > 1) work.push(one.moveTo(ID, --position));
          if (act === 'redo' && files === 0 && position < length) work.push(one.moveTo(ID, ++position));
        }
        await Promise.all(work);
        const { segments } = await one.open(ID);
        const runs = segments.find((s) => s.info.id === 'GTV')!.mask;
        const voxels = new Set<number>();
        for (let n = 0; n < runs.length; n += 2)
          for (let v = 0; v < runs[n + 1]; v++) voxels.add(runs[n] + v);
        expect([...voxels].sort((a, b) => a - b)).toEqual(drawn.slice(0, position - 1).sort((a, b) => a - b));
        expect(segments.filter((s) => s.info.id.startsWith('file'))).toHaveLength(files);
        expect((await auditReport(one)).faults).toEqual([]);
        await one.close();
        const again = service(home);
        expect((await again.open(ID)).segments.map((s) => s.mask)).toEqual(segments.map((s) => s.mask));
        await again.close();
      },
    ),
    { numRuns: 25 },
  );
});

test('undoing a stroke takes back that stroke, although something was imported before it unseen', async () => {
  const one = service();
  await one.apply(ID, 0, add('GTV'));
  await one.open(ID);
  await one.addSegments(ID, imported('liver', 'lung'), '.dcm');
  expect(await one.apply(ID, 1, stroke(30))).toEqual({ position: 2 });
  expect(await one.moveTo(ID, 1)).toEqual({ position: 1 });
  const { segments, position } = await one.open(ID);
  expect(segments.map(({ info: { id }, mask }) => [id, mask.length])).toEqual([
    ['GTV', 0],
    ['liver', 2],
    ['lung', 2],
  ]);
  expect(position).toBe(3);
  // Seen now: a step that does not know of them is stale.
  await expect(one.apply(ID, 1, stroke(31))).rejects.toThrow('changed meanwhile');
  await one.close();
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { auditReport } from '../../main/annotation/audit-report';
import { nodeDisk, type Disk } from '../../main/annotation/disk';
import { AnnotationService } from '../../main/annotation/service';
import type { VolumeGeometry } from '../../main/imaging/space/geometry';
import type { Edit, ModelId, VolumeId } from '../../preload/api';
import { smallGrid } from './random-edits';

// Volumes of files are named by their path below the archive: `patient1/t1.nii` of two archives has one name.
const ID = '5'.repeat(32) as VolumeId;
const [A, B] = ['a'.repeat(32), 'b'.repeat(32)];
const otherGrid: VolumeGeometry = { ...smallGrid, spacing: [9, 9, 9] };

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'amlp-left-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A disk that takes its time over everything that is asked of it. */
const slowDisk: Disk = {
  ...nodeDisk,
  async list(path) {
    await wait(15);
    return nodeDisk.list(path);
  },
  async open(file) {
    await wait(15);
    const opened = await nodeDisk.open(file);
    return {
      ...opened,
      async sync() {
        await wait(15);
        await opened.sync();
      },
    };
  },
};

/** An archive that a person leaves for others; between two, none is open. */
class Archives {
  now: string | null = A;
  grids: Readonly<Record<string, VolumeGeometry>> = { [A]: smallGrid, [B]: smallGrid };
  get archiveId(): string {
    if (this.now === null) throw new Error('No archive is open.');
    return this.now;
  }
  volume(): { geometry: VolumeGeometry } {
    return { geometry: this.grids[this.archiveId] };
  }
}

const service = (archive: Archives, disk: Disk = nodeDisk): AnnotationService =>
  new AnnotationService({ folder, by: 'reader', disk, archive });
const add = (name: string): Edit => ({
  kind: 'add-segment',
  name: `Add ${name}`,
  segment: { id: name, name, color: [1, 2, 3], generation: 'MANUAL', locked: false },
  mask: Uint32Array.of(3, 4),
});
const proposal = {
  modelId: 'm' as ModelId,
  modelName: 'PET',
  segments: [],
  sliceUncertainty: [],
};

/** What lies on the disk of both archives, read by somebody else. */
async function kept(): Promise<Record<string, { segments: string[]; events: string[]; state: string }>> {
  const found: Record<string, { segments: string[]; events: string[]; state: string }> = {};
  for (const archiveId of [A, B]) {
    const archive = new Archives();
    archive.now = archiveId;
    const one = service(archive);
    await one.ready();
    const { faults } = await auditReport(one);
    expect(faults).toEqual([]);
    found[archiveId] = {
      state: one.stateOf(ID),
      segments: (await one.open(ID)).segments.map(({ info }) => info.name),
      events: (await one.audit()).map(({ kind }) => kind),
    };
    await one.close();
  }
  return found;
}

test.each([0, 5, 20, 40, 60, 80, 120])(
  'a change whose archive is left %d ms after it was made is kept there, and nowhere else',
  async (ms) => {
    const archive = new Archives();
    archive.grids = { [A]: smallGrid, [B]: otherGrid };
    const one = service(archive, slowDisk);
    await one.ready();
    const drawn = one.apply(ID, 0, add('GTV'));
    const proposed = one.saveProposal(ID, proposal);
    await wait(ms);
    archive.now = null;
    await wait(5);
    archive.now = B;
    const left = one.ready();
    await Promise.allSettled([drawn, proposed, left]);
    await one.close();
    const { [A]: a, [B]: b } = await kept();
    expect(a.segments).toEqual(['GTV']);
    expect(a.events).toContain('proposed');
    expect(b.segments).toEqual([]);
    expect(b.events).not.toContain('proposed');
  },
);

test('what a person still does to the case that they see goes where they opened it', async () => {
  const archive = new Archives();
  const one = service(archive);
  await one.open(ID);
  await one.apply(ID, 0, add('first'));
  await one.saveProposal(ID, proposal);
  archive.now = null;
  await one.apply(ID, 1, add('between'));
  archive.now = B;
  await one.apply(ID, 2, add('before the other is ready'));
  await one.ready();
  await one.apply(ID, 3, add('late'));
  await one.moveTo(ID, 3);
  await one.apply(ID, 3, add('later'));
  await one.accept(ID);
  await one.discardProposal(ID);
  expect(one.stateOf(ID)).toBe('new');
  // The case of this name that is here has nothing to do with it, as soon as it is the one that is seen.
  expect((await one.open(ID)).segments).toEqual([]);
  await one.apply(ID, 0, add('of the other'));
  archive.now = A;
  await one.ready();
  expect(one.stateOf(ID)).toBe('accepted');
  await one.close();
  expect(await kept()).toEqual({
    [A]: {
      state: 'accepted',
      segments: ['first', 'between', 'before the other is ready', 'later'],
      events: ['proposed', 'accepted', 'proposal discarded'],
    },
    [B]: { state: 'in-work', segments: ['of the other'], events: [] },
  });
});

test('files are neither made of a case of an archive that was left, nor read into it', async () => {
  const archive = new Archives();
  const one = service(archive);
  await one.open(ID);
  expect(one.placeHere(ID).archiveId).toBe(A);
  const place = one.placeHere(ID);
  archive.now = B;
  await one.ready();
  expect(() => one.placeHere(ID)).toThrow('Another archive was opened since');
  // What was being read when the archive was left arrives where it was asked for.
  await one.addSegments(
    ID,
    [
      {
        info: { id: 'x', name: 'X', color: [1, 2, 3], generation: 'MANUAL', locked: true },
        mask: Uint32Array.of(1, 2),
      },
    ],
    '.dcm',
    place,
  );
  await one.close();
  const { [A]: a, [B]: b } = await kept();
  expect([a.segments, a.events, b.segments]).toEqual([['X'], ['imported'], []]);
});

test('an archive that was left can be taken over from, and opened again, although it is still written to', async () => {
  const archive = new Archives();
  const one = service(archive, slowDisk);
  await one.open(ID);
  archive.now = B;
  await one.ready();
  const late = one.apply(ID, 0, add('late'));
  archive.now = A;
  expect((await one.open(ID)).segments).toHaveLength(1);
  await late;
  await one.close();
  expect((await kept())[A].segments).toEqual(['late']);
});

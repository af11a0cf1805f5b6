import { describe, expect, test } from 'vitest';
import { AnnotationCase } from '../../main/annotation/case';
import { reviewedOf } from '../../main/annotation/state';
import type { VolumeId } from '../../preload/api';
import { patientPoint } from '../../main/imaging/space/geometry';
import { pictureOf, randomEdit, seeded, smallGrid } from './random-edits';
import { SimulatedDisk } from './simulated-disk';

const ID = 'a'.repeat(32) as VolumeId;
const open = (disk: SimulatedDisk): Promise<AnnotationCase> =>
  AnnotationCase.open(disk, '/case', ID, smallGrid, { by: 'reader' });

test.each([1, 2, 3, 4, 5])(
  '200 random edits undone give the first state, redone the last (seed %i)',
  async (seed) => {
    const random = seeded(seed);
    const one = await open(new SimulatedDisk(random));
    const pictures = [pictureOf(one.state.segments)];
    for (let n = 0; n < 200; n++) {
      await one.apply(n, randomEdit(random, one.state.segments, n));
      pictures.push(pictureOf(one.state.segments));
    }
    for (let n = 199; n >= 0; n--) {
      await one.moveTo(n);
      expect(pictureOf(one.state.segments)).toBe(pictures[n]);
    }
    expect(one.state.segments).toEqual([]);
    await one.moveTo(200);
    expect(pictureOf(one.state.segments)).toBe(pictures[200]);
    for (const n of [17, 180, 3, 200, 0, 99]) {
      await one.moveTo(n);
      expect(pictureOf(one.state.segments)).toBe(pictures[n]);
    }
  },
);

test('the history survives a restart: everything can be undone and redone after it', async () => {
  const random = seeded(7);
  const disk = new SimulatedDisk(random);
  let one = await open(disk);
  const pictures = [pictureOf(one.state.segments)];
  for (let n = 0; n < 150; n++) {
    await one.apply(n, randomEdit(random, one.state.segments, n));
    pictures.push(pictureOf(one.state.segments));
    if (n % 40 === 13) {
      await one.close();
      one = await open(disk);
      expect(pictureOf(one.state.segments)).toBe(pictures[n + 1]);
    }
  }
  const reviewed = reviewedOf(one.state);
  await one.moveTo(60);
  await one.close();
  one = await open(disk);
  expect(one.state.position).toBe(60);
  expect(one.state.history).toHaveLength(150);
  await one.moveTo(150);
  expect(pictureOf(one.state.segments)).toBe(pictures[150]);
  expect(reviewedOf(one.state)).toEqual(reviewed);
});

test('an edit after undo cuts what could have been redone, and the journal keeps it all the same', async () => {
  const random = seeded(8);
  const disk = new SimulatedDisk(random);
  const one = await open(disk);
  for (let n = 0; n < 10; n++) await one.apply(n, randomEdit(random, one.state.segments, n));
  await one.moveTo(4);
  await one.apply(4, randomEdit(random, one.state.segments, 100));
  expect(one.state.history).toHaveLength(5);
  await expect(one.moveTo(6)).rejects.toThrow('nothing more to redo');
  // Beginning, ten edits, one move, one edit.
  expect(await one.records()).toHaveLength(13);
});

test('what does not fit is refused, and nothing is changed by it', async () => {
  const disk = new SimulatedDisk(seeded(9));
  const one = await open(disk);
  await one.apply(0, randomEdit(seeded(1), [], 0));
  const before = pictureOf(one.state.segments);
  const { mark } = one;
  const flip = { kind: 'flip', name: 'x', segmentId: 's0', reviewedSlices: [] } as const;
  await expect(one.apply(0, { ...flip, flips: Uint32Array.of(0, 1) })).rejects.toThrow('changed meanwhile');
  await expect(one.apply(1, { ...flip, flips: Uint32Array.of(118, 5) })).rejects.toThrow('does not fit');
  await expect(one.apply(1, { ...flip, flips: Uint32Array.of(8, 5, 4, 2) })).rejects.toThrow('does not fit');
  await expect(one.apply(1, { ...flip, segmentId: 'no', flips: Uint32Array.of(0, 1) })).rejects.toThrow(
    'no longer there',
  );
  expect(pictureOf(one.state.segments)).toBe(before);
  expect(one.mark).toEqual(mark);
});

test('a locked segment is not painted', async () => {
  const one = await open(new SimulatedDisk(seeded(1)));
  const segment = { id: 's', name: 'GTV', color: [1, 2, 3], generation: 'MANUAL', locked: true } as const;
  await one.apply(0, { kind: 'add-segment', name: 'add', segment, mask: Uint32Array.of(1, 2) });
  await expect(
    one.apply(1, {
      kind: 'flip',
      name: 'x',
      segmentId: 's',
      flips: Uint32Array.of(0, 1),
      reviewedSlices: [],
    }),
  ).rejects.toThrow('"GTV" is locked');
});

test('contours are never opened on another grid', async () => {
  const disk = new SimulatedDisk(seeded(1));
  const one = await open(disk);
  await one.apply(0, randomEdit(seeded(1), [], 0));
  await one.close();
  const moved = { ...smallGrid, origin: patientPoint(-10, 20, 6) };
  await expect(AnnotationCase.open(disk, '/case', ID, moved, { by: 'reader' })).rejects.toThrow(
    'another grid',
  );
});

test('on a full disk a change is refused, nothing is lost, and it can be made again when there is room', async () => {
  const random = seeded(30);
  const disk = new SimulatedDisk(random);
  const one = await open(disk);
  for (let n = 0; n < 5; n++) await one.apply(n, randomEdit(random, one.state.segments, n));
  const before = pictureOf(one.state.segments);
  const edit = randomEdit(random, one.state.segments, 5);
  disk.isFull = true;
  for (let n = 0; n < 3; n++) await expect(one.apply(5, edit)).rejects.toMatchObject({ code: 'ENOSPC' });
  await expect(one.moveTo(2)).rejects.toMatchObject({ code: 'ENOSPC' });
  expect(pictureOf(one.state.segments)).toBe(before);
  expect(pictureOf((await open(await disk.copied(random))).state.segments)).toBe(before);
  disk.isFull = false;
  await one.apply(5, edit);
  const after = pictureOf(one.state.segments);
  expect(pictureOf((await open(await disk.copied(random))).state.segments)).toBe(after);
});

describe('a damaged disk', () => {
  async function worked(disk: SimulatedDisk, edits: number): Promise<string[]> {
    const random = seeded(21);
    const one = await open(disk);
    const pictures = [pictureOf(one.state.segments)];
    for (let n = 0; n < edits; n++) {
      await one.apply(n, randomEdit(random, one.state.segments, n));
      pictures.push(pictureOf(one.state.segments));
    }
    await one.close();
    return pictures;
  }

  test('a damaged snapshot is passed over; the journal rebuilds the case', async () => {
    const disk = new SimulatedDisk(seeded(2));
    const pictures = await worked(disk, 100);
    for (const name of await disk.list('/case'))
      if (name.startsWith('snapshot-')) disk.damage(`/case/${name}`, 90);
    const again = await open(disk);
    expect(pictureOf(again.state.segments)).toBe(pictures[100]);
    expect(again.remarks.join()).toContain('rebuilt from the journal');
  });

  test('a damaged journal before the snapshot costs the history of that step, never the contours', async () => {
    const disk = new SimulatedDisk(seeded(3));
    const pictures = await worked(disk, 100);
    disk.damage('/case/journal.amlj', Math.floor(disk.sizeOf('/case/journal.amlj') / 2));
    const again = await open(disk);
    expect(pictureOf(again.state.segments)).toBe(pictures[100]);
    await expect(again.moveTo(0)).rejects.toThrow('is damaged on the disk');
    expect(pictureOf(again.state.segments)).toBe(pictures[100]);
    await expect(again.records()).rejects.toThrow('damaged');
  });

  test('a journal that lost its end keeps the contours of the last snapshot, and goes on', async () => {
    const disk = new SimulatedDisk(seeded(4));
    const pictures = await worked(disk, 100);
    const file = await disk.open('/case/journal.amlj');
    await file.truncate(1000);
    await file.sync();
    let again = await open(disk);
    expect(pictureOf(again.state.segments)).toBe(pictures[100]);
    expect(again.remarks.join()).toContain('their history before that is lost');
    await again.apply(0, randomEdit(seeded(5), again.state.segments, 500));
    const picture = pictureOf(again.state.segments);
    // Without closing: nothing but the new journal knows the edit.
    again = await open(disk);
    expect(pictureOf(again.state.segments)).toBe(picture);
  });
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { flipsBetween } from '../../main/imaging/mask/flips';
import { voxelCount } from '../../main/imaging/space/geometry';
import type { VolumeId } from '../../preload/api';
import { annotation } from '../../renderer/state/annotation.svelte';
import { JournalBridge } from './bridge';
import { straightGrid } from '../imaging/grids';

const geometry = straightGrid([8, 6, 5], [1, 1, 2]);
const id = 'v' as VolumeId;

/** Everything that undo must bring back, bit for bit. */
const picture = (): unknown =>
  annotation.segments
    .map((s) => [s.info, Array.from(annotation.masks.of(s.info.id))])
    .concat([[[...annotation.reviewed].sort((a, b) => a - b)] as never]);

function randomMask(seed: number): Uint8Array {
  const mask = new Uint8Array(voxelCount(geometry));
  let state = seed * 2654435761 + 1;
  for (let v = 0; v < mask.length; v++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    mask[v] = state > 0x80000000 ? 1 : 0;
  }
  return mask;
}

type Step = readonly [what: number, seed: number];

function act([what, seed]: Step): void {
  const row = annotation.segments[seed % Math.max(1, annotation.segments.length)];
  if (!row || what === 0) {
    annotation.addSegment(`S${seed}`, `Add S${seed}`);
    return;
  }
  const segmentId = row.info.id;
  if (what === 1) annotation.removeSegment(segmentId, 'Remove');
  else if (what === 2)
    annotation.describeSegment(segmentId, { name: `N${seed}`, locked: seed % 2 === 0 }, 'Rename');
  else
    annotation.change({
      name: 'Brush',
      segmentId,
      flips: flipsBetween(annotation.masks.of(segmentId), randomMask(seed)),
      reviewedSlices: [seed % geometry.size[2]],
    });
}

// Painting is what people do most.
const step = fc.tuple(fc.constantFrom(0, 1, 2, 3, 3, 3, 3, 3), fc.nat(10_000));

test('200 random operations undone and redone give every state between, bit for bit', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 200, maxLength: 200 }), async (steps) => {
      const bridge = new JournalBridge(geometry);
      bridge.install();
      await annotation.open(id);
      const pictures = [picture()];
      for (const s of steps) {
        const before = annotation.position;
        act(s);
        if (annotation.position > before) pictures.push(picture());
      }
      const length = annotation.position;
      expect(pictures.length).toBe(length + 1);
      while (annotation.canUndo) {
        await annotation.undo();
        expect(picture()).toEqual(pictures[annotation.position]);
      }
      expect(annotation.position).toBe(0);
      while (annotation.canRedo) {
        await annotation.redo();
        expect(picture()).toEqual(pictures[annotation.position]);
      }
      expect(annotation.position).toBe(length);
      await annotation.queue.settled();
      expect(bridge.position).toBe(length);
      expect(bridge.edits.length).toBe(length);
    }),
    { numRuns: 8 },
  );
});

test('a new change after undo cuts what was undone', async () => {
  const bridge = new JournalBridge(geometry);
  bridge.install();
  await annotation.open(id);
  annotation.addSegment('A', 'Add A');
  annotation.addSegment('B', 'Add B');
  await annotation.undo();
  annotation.addSegment('C', 'Add C');
  expect(annotation.entries.map((e) => e.name)).toEqual(['Add A', 'Add C']);
  expect(annotation.canRedo).toBe(false);
  await annotation.queue.settled();
  expect(bridge.edits.map((e) => e.name)).toEqual(['Add A', 'Add C']);
});

test('edits of an earlier session are undone with what the journal kept', async () => {
  const bridge = new JournalBridge(geometry);
  bridge.install();
  await annotation.open(id);
  annotation.addSegment('A', 'Add A');
  const segmentId = annotation.segments[0].info.id;
  const change = (seed: number): void =>
    annotation.change({
      name: 'Brush',
      segmentId,
      flips: flipsBetween(annotation.masks.of(segmentId), randomMask(seed)),
      reviewedSlices: [2],
    });
  change(1);
  const after = picture();
  change(2);
  const mask = annotation.masks.of(segmentId).slice();
  await annotation.queue.settled();

  const later = new JournalBridge(geometry, {
    segments: [{ info: annotation.segments[0].info, mask: flipsBetween(new Uint8Array(mask.length), mask) }],
    history: bridge.edits.map((e) => ({ name: e.name, at: '', by: '' })),
    position: 3,
    reviewedSlices: [2],
  });
  later.edits.push(...bridge.edits);
  later.position = 3;
  later.install();
  await annotation.open(id);
  await annotation.undo();
  // The slice was reviewed by two edits: undoing one keeps it.
  expect(picture()).toEqual(after);
  await annotation.undo();
  expect(annotation.reviewed.size).toBe(0);
});

test('a change that cannot be written is kept, said, and written when tried again', async () => {
  const bridge = new JournalBridge(geometry);
  bridge.install();
  await annotation.open(id);
  bridge.failing = 'The disk is full. Free some space and try again.';
  annotation.addSegment('A', 'Add A');
  await expect(annotation.queue.settled()).rejects.toThrow('disk is full');
  expect(annotation.queue.state).toBe('failed');
  annotation.addSegment('B', 'Add B');
  bridge.failing = null;
  annotation.queue.retry();
  await annotation.queue.settled();
  expect(bridge.edits.map((e) => e.name)).toEqual(['Add A', 'Add B']);
});

test('acceptance holds for what was accepted: a change or an undo opens the case again', async () => {
  const bridge = new JournalBridge(geometry);
  bridge.install();
  await annotation.open(id);
  annotation.addSegment('A', 'Add A');
  for (const disturb of [() => annotation.undo(), async () => void annotation.addSegment('B', 'Add B')]) {
    await annotation.accept();
    expect([annotation.accepted, bridge.accepted]).toEqual([true, true]);
    await disturb();
    await annotation.queue.settled();
    expect([annotation.accepted, bridge.accepted]).toEqual([false, false]);
  }
});

test('undo pressed faster than an earlier session is fetched loses no step', async () => {
  const bridge = new JournalBridge(geometry);
  bridge.install();
  await annotation.open(id);
  annotation.addSegment('S', 'Add');
  for (let n = 0; n < 5; n++) act([3, n + 1]);
  await annotation.queue.settled();
  const state = {
    segments: annotation.segments.map((s) => ({
      info: s.info,
      mask: flipsBetween(new Uint8Array(voxelCount(geometry)), annotation.masks.of(s.info.id)),
    })),
    history: annotation.entries,
    position: annotation.position,
  };
  const later = new JournalBridge(geometry, state);
  later.edits.push(...bridge.edits);
  later.position = bridge.position;
  later.install();
  await annotation.open(id);
  const all = annotation.position;
  await Promise.all(Array.from({ length: all }, () => annotation.undo()));
  expect(annotation.position).toBe(0);
  await Promise.all(Array.from({ length: all }, () => annotation.redo()));
  expect(annotation.position).toBe(all);
});

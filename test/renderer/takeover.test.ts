import { beforeEach, expect, test, vi } from 'vitest';
import { boxOfMask } from '../../main/imaging/mask/box';
import { flipsBetween } from '../../main/imaging/mask/flips';
import { voxelCount } from '../../main/imaging/space/geometry';
import type { ModelId, Proposal, VolumeId } from '../../preload/api';
import { annotation } from '../../renderer/state/annotation.svelte';
import { flipsOfMask } from '../../renderer/state/masks';
import { proposal } from '../../renderer/state/proposal.svelte';
import { acceptAll } from '../../renderer/state/takeover';
import { addedTo, correctionOn } from '../../renderer/tools/correction';
import { JournalBridge } from './bridge';
import { straightGrid } from '../imaging/grids';

/** The views themselves need a screen; what they say of the slice shown is all that is asked of them here. */
const shown = vi.hoisted(() => ({ facts: { axial: null as { axis: number; slice: number } | null } }));
vi.mock('../../renderer/state/views.svelte', () => ({ views: shown }));

const geometry = straightGrid([12, 10, 5], [1, 1, 3]);
const id = 'v' as VolumeId;
const model = 'm' as ModelId;
type Box = readonly [i: number, j: number, width: number, height: number];
/** Rectangles, one a slice. */
function maskOf(slices: Readonly<Record<number, Box>>): Uint8Array {
  const mask = new Uint8Array(voxelCount(geometry));
  for (const [k, [i, j, width, height]] of Object.entries(slices))
    for (let y = j; y < j + height; y++)
      for (let x = i; x < i + width; x++) mask[(Number(k) * 10 + y) * 12 + x] = 1;
  return mask;
}
const offered = maskOf({ 1: [2, 2, 6, 5], 2: [2, 2, 6, 5], 3: [2, 2, 6, 5] });
const flips = (mask: Uint8Array) => flipsBetween(new Uint8Array(mask.length), mask);
const segment = (): string => annotation.segments[0].info.id;
const slice = (mask: Uint8Array, k: number): Uint8Array => mask.slice(k * 120, (k + 1) * 120);
/** Shows slice k of the scan in the axial view. */
function show(k: number): void {
  shown.facts.axial = { axis: 2, slice: k };
}

beforeEach(async () => {
  new JournalBridge(geometry).install();
  await annotation.open(id);
  proposal.current = {
    volumeId: id,
    modelId: model,
    modelName: 'M',
    at: new Date(Date.now() + 60_000).toISOString(),
    segments: [],
    sliceUncertainty: [],
    uncertaintyUrl: null,
  } satisfies Proposal;
  proposal.segments = [
    {
      name: 'Lesion',
      mask: offered,
      suggested: offered,
      millilitres: 1,
      box: boxOfMask(offered, geometry.size),
    },
  ];
});

test('accepting all leaves slices that somebody drew on, in whatever plane, and those they judged', async () => {
  annotation.addSegment('Lesion', 'Add');
  const own = maskOf({ 1: [9, 8, 2, 1] });
  // As drawn across the slices: no slice is judged by it.
  annotation.change({ name: 'Coronal', segmentId: segment(), flips: flips(own) });
  annotation.change({ name: 'Empty', segmentId: segment(), flips: new Uint32Array(0), reviewedSlices: [2] });
  await acceptAll();
  const mask = annotation.masks.of(segment());
  expect(slice(mask, 1)).toEqual(slice(own, 1));
  expect(slice(mask, 2).includes(1)).toBe(false);
  expect(slice(mask, 3)).toEqual(slice(offered, 3));
  expect([annotation.accepted, annotation.reviewed.size]).toEqual([true, 5]);
});

test('who corrects what is offered on an untouched slice takes it over; the first segment has its name', () => {
  show(2);
  const correction = correctionOn('axial');
  expect(annotation.segments.map(({ info }) => [info.name, info.generation])).toEqual([
    ['Lesion', 'SEMIAUTOMATIC'],
  ]);
  expect(correction).toEqual({
    segmentId: segment(),
    taken: flips(maskOf({ 2: [2, 2, 6, 5] })),
    modelId: model,
  });
  // Nothing entered the segment by asking.
  expect(annotation.masks.of(segment()).includes(1)).toBe(false);
});

test.each([
  [
    'the slice was judged',
    () =>
      annotation.change({ name: 'J', segmentId: segment(), flips: new Uint32Array(0), reviewedSlices: [2] }),
  ],
  [
    'something was drawn there',
    () => annotation.change({ name: 'D', segmentId: segment(), flips: flips(maskOf({ 2: [0, 0, 1, 1] })) }),
  ],
  ['the proposal is hidden', () => (proposal.visible = false)],
  ['nothing is offered there', () => show(0)],
  ['another structure is meant', () => void annotation.addSegment('Other', 'Add')],
])('nothing is taken over where %s', (_, arrange) => {
  proposal.visible = true;
  annotation.addSegment('Lesion', 'Add');
  show(2);
  arrange();
  expect(correctionOn('axial')?.taken.length).toBe(0);
  proposal.visible = true;
});

test('what is added to an offered contour comes with it; what is drawn anew or elsewhere does not', () => {
  annotation.addSegment('Lesion', 'Add');
  show(2);
  const added = (box: Box): [Uint32Array, ModelId | undefined] => {
    const { flips: all, modelId } = addedTo('axial', segment(), flips(maskOf({ 2: box })));
    return [all, modelId];
  };
  const both = maskOf({ 2: [2, 2, 6, 5] });
  for (let y = 3; y < 5; y++) for (let x = 7; x < 10; x++) both[(20 + y) * 12 + x] = 1;
  // Over its border, and just beside it.
  expect(added([7, 3, 3, 2])).toEqual([flipsOfMask(both), model]);
  expect(added([8, 3, 2, 2])).toEqual([flipsOfMask(both), model]);
  // Most of it anew, and one voxel off.
  for (const alone of [
    [2, 2, 5, 5],
    [9, 3, 2, 2],
  ] as const)
    expect(added(alone)).toEqual([flips(maskOf({ 2: alone })), undefined]);
});

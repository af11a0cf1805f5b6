import { flippedVoxels, type Flips } from '../../main/imaging/mask/flips';
import type { ModelId, SegmentId } from '../../preload/api';
import { annotation } from '../state/annotation.svelte';
import { flipsOfMask } from '../state/masks';
import { proposal } from '../state/proposal.svelte';
import { views } from '../state/views.svelte';
import type { ViewId } from '../viewer/viewer';
import { editableSegment } from './target';

/**
 * Correcting what a model offers, without taking it over first: who erases from a dashed contour, moves its border or adds
 * to it takes the slice over by doing so, corrected, as one undo step. It holds for scanned slices on which nobody has
 * drawn or judged anything.
 */
export interface Correction {
  readonly segmentId: SegmentId;
  /** What the segment is given before it is corrected; nothing where its own contour is. */
  readonly taken: Flips;
  readonly modelId?: ModelId;
}

const nothing: Flips = new Uint32Array(0);

/** What is to be corrected on the slice that a view shows. Null, with a hint, where there is nothing that may be changed. */
export function correctionOn(view: ViewId): Correction | null {
  const row = editableSegment();
  if (!row) return null;
  const offered = offeredOn(view, row.info.id);
  return offered
    ? { segmentId: row.info.id, taken: offered.flips, modelId: offered.modelId }
    : { segmentId: row.info.id, taken: nothing };
}

/**
 * What somebody adds to a segment, with the offered contour that they added it to. Who drew more than half of what is
 * offered anew, or nowhere near it, meant their own contour alone.
 * @param added flips of voxels that were not set
 */
export function addedTo(
  view: ViewId,
  segmentId: SegmentId,
  added: Flips,
): { readonly flips: Flips; readonly modelId?: ModelId } {
  const offered = offeredOn(view, segmentId);
  if (!offered) return { flips: added };
  const { mask, columns } = offered;
  let common = 0;
  let touches = false;
  for (let r = 0; r < added.length; r += 2)
    for (let v = added[r]; v < added[r] + added[r + 1]; v++) {
      common += mask[v];
      touches ||= [v, v - 1, v + 1, v - columns, v + columns].some((near) => mask[near] === 1);
    }
  if (!touches || common > flippedVoxels(offered.flips) / 2) return { flips: added };
  return { flips: together(offered.flips, added), modelId: offered.modelId };
}

/** What a model offers for a segment on the scanned slice that a view shows, where that is untouched. */
function offeredOn(
  view: ViewId,
  id: SegmentId,
): {
  readonly flips: Flips;
  readonly mask: Uint8Array;
  readonly columns: number;
  readonly modelId: ModelId;
} | null {
  const facts = views.facts[view];
  const { geometry } = annotation;
  const row = annotation.segments.find(({ info }) => info.id === id);
  if (!geometry || !row || facts?.axis !== 2 || !proposal.current) return null;
  if (!proposal.offered || !proposal.visible || annotation.reviewed.has(facts.slice)) return null;
  const offered = proposal.segments.find(({ name }) => name === row.info.name);
  const length = geometry.size[0] * geometry.size[1];
  const start = facts.slice * length;
  const plane = (mask: Uint8Array): Uint8Array => mask.subarray(start, start + length);
  if (!offered || plane(annotation.masks.of(id)).includes(1)) return null;
  const flips = flipsOfMask(plane(offered.mask));
  for (let r = 0; r < flips.length; r += 2) flips[r] += start;
  if (flips.length === 0) return null;
  const { modelId } = proposal.current;
  return { flips, mask: offered.mask, columns: geometry.size[0], modelId };
}

/** The voxels that either change holds. */
function together(one: Flips, other: Flips): Flips {
  const runs: [number, number][] = [];
  for (const flips of [one, other])
    for (let r = 0; r < flips.length; r += 2) runs.push([flips[r], flips[r] + flips[r + 1]]);
  runs.sort((a, b) => a[0] - b[0]);
  const joined: [number, number][] = [];
  for (const [from, to] of runs) {
    const last = joined[joined.length - 1];
    if (last !== undefined && from <= last[1]) last[1] = Math.max(last[1], to);
    else joined.push([from, to]);
  }
  return Uint32Array.from(joined.flatMap(([from, to]) => [from, to - from]));
}

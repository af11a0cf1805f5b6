import { flipsBetween } from '../../main/imaging/mask/flips';
import type { SegmentId } from '../../preload/api';
import { t } from '../i18n/message.svelte';
import { annotation } from './annotation.svelte';
import { following } from './following.svelte';
import { flipsOfMask } from './masks';
import { proposal, type ProposedSegment } from './proposal.svelte';

/**
 * Taking over what a model proposes. A person's own work is never overwritten without their asking: on slices that a
 * person has reviewed, or has drawn something on in whatever plane, "accept all" leaves their contour; accepting one slice
 * takes the proposal's contour of it.
 */

const sliceLength = (): number => {
  const size = annotation.geometry?.size ?? [0, 0, 0];
  return size[0] * size[1];
};

/** The mask of a segment after the proposal was taken over on some slices. */
function withSlices(before: Uint8Array, proposed: Uint8Array, slices: Iterable<number>): Uint8Array {
  const after = before.slice();
  const length = sliceLength();
  for (const k of slices) after.set(proposed.subarray(k * length, (k + 1) * length), k * length);
  return after;
}

/** The segment that a proposed structure is taken over into: the unlocked one of its name, or a new one. */
export function targetOf(name: string): SegmentId {
  const row = annotation.segments.find((s) => s.info.name === name && !s.info.locked);
  return (
    row?.info.id ??
    annotation.addSegment(name, t('undo.addSegment', { name }), { generation: 'SEMIAUTOMATIC' })
  );
}

/** @param which of the slices are taken; all of them count as reviewed */
function take(
  segment: ProposedSegment,
  slices: readonly number[],
  name: string,
  which: (before: Uint8Array, k: number) => boolean = () => true,
): void {
  const current = proposal.current;
  if (!current) return;
  const id = targetOf(segment.name);
  const before = annotation.masks.of(id);
  const taken = slices.filter((k) => which(before, k));
  annotation.change({
    name,
    segmentId: id,
    flips: flipsBetween(before, withSlices(before, segment.mask, taken)),
    reviewedSlices: slices,
    modelId: current.modelId,
  });
}

/**
 * Takes the proposal on every slice that no person has reviewed or drawn on and accepts the case. The proposal is kept: undoing
 * shows it again.
 */
export async function acceptAll(): Promise<void> {
  const { volumeId } = annotation;
  await following.settled();
  if (annotation.volumeId !== volumeId) return;
  const count = annotation.geometry?.size[2] ?? 0;
  const slices = Array.from({ length: count }, (_, k) => k).filter((k) => !annotation.reviewed.has(k));
  const length = sliceLength();
  const untouched = (before: Uint8Array, k: number): boolean =>
    !before.subarray(k * length, (k + 1) * length).includes(1);
  for (const segment of proposal.segments)
    take(segment, slices, t('undo.acceptAll', { name: segment.name }), untouched);
  await annotation.accept();
}

/** Takes the proposal on one scanned slice. */
export function acceptSlice(k: number): void {
  for (const segment of proposal.segments)
    take(segment, [k], t('undo.acceptSlice', { name: segment.name, slice: k + 1 }));
}

/** Copies the proposal as a segment of its own, for comparing. */
export function keepAsSegment(): void {
  for (const segment of proposal.segments)
    annotation.addSegment(t('assist.copyName', { name: segment.name }), t('undo.keepProposal'), {
      generation: 'AUTOMATIC',
      mask: flipsOfMask(segment.mask),
    });
}

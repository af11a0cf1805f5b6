/** The annotation of one volume in memory, and what each edit does to it. Pure. */
import type { Edit, HistoryEntry, ModelId, SegmentId, SegmentInfo } from '../../preload/api';
import type { Flips } from '../imaging/mask/flips';
import { voxelCount, type VolumeGeometry } from '../imaging/space/geometry';
import { AnnotationFailure } from './failure';
import { combine, fitsGrid, sameRuns } from './runs';

/** An edit of the history; its masks stay in the journal, at `offset`. */
export interface Entry extends HistoryEntry {
  readonly offset: number;
  readonly length: number;
  readonly reviewedSlices: readonly number[];
  readonly modelId?: ModelId;
}

export interface SegmentState {
  readonly info: SegmentInfo;
  readonly runs: Flips;
}

export interface CaseState {
  readonly geometry: VolumeGeometry;
  /** In the order in which people see them. */
  readonly segments: readonly SegmentState[];
  /** Reviewed before the history begins, where an earlier journal was lost. */
  readonly reviewedBefore: readonly number[];
  readonly history: readonly Entry[];
  readonly position: number;
  readonly accepted: boolean;
}

export const emptyCase = (geometry: VolumeGeometry): CaseState => ({
  geometry,
  segments: [],
  reviewedBefore: [],
  history: [],
  position: 0,
  accepted: false,
});

/** Slices that a person has judged whole, ascending, by the edits that are applied. */
export function reviewedOf(state: CaseState): number[] {
  const slices = new Set(state.reviewedBefore);
  for (const entry of state.history.slice(0, state.position))
    for (const k of entry.reviewedSlices) slices.add(k);
  return [...slices].sort((a, b) => a - b);
}

const sameInfo = (a: SegmentInfo, b: SegmentInfo): boolean =>
  a.id === b.id &&
  a.name === b.name &&
  a.generation === b.generation &&
  a.locked === b.locked &&
  a.color.every((c, n) => c === b.color[n]) &&
  a.code?.value === b.code?.value &&
  a.code?.scheme === b.code?.scheme &&
  a.code?.meaning === b.code?.meaning;

function find(segments: readonly SegmentState[], id: SegmentId): number {
  const index = segments.findIndex((s) => s.info.id === id);
  if (index < 0) throw new AnnotationFailure('This segment is no longer there; open the case again.');
  return index;
}

const replaced = (
  segments: readonly SegmentState[],
  index: number,
  segment: SegmentState,
): readonly SegmentState[] => segments.map((s, n) => (n === index ? segment : s));

/**
 * The segments after an edit.
 * @param index for undoing a removal: where the segment stood
 * @throws AnnotationFailure where the edit does not fit what is there
 */
export function edited(
  segments: readonly SegmentState[],
  edit: Edit,
  geometry: VolumeGeometry,
  index?: number,
): readonly SegmentState[] {
  const voxels = voxelCount(geometry);
  switch (edit.kind) {
    case 'flip': {
      if (!fitsGrid(edit.flips, voxels))
        throw new AnnotationFailure('This change does not fit the volume; open the case again.');
      const at = find(segments, edit.segmentId);
      const { info, runs } = segments[at];
      return replaced(segments, at, { info, runs: combine(runs, edit.flips) });
    }
    case 'add-segment': {
      if (!fitsGrid(edit.mask, voxels))
        throw new AnnotationFailure('This segment does not fit the volume; open the case again.');
      if (segments.some((s) => s.info.id === edit.segment.id))
        throw new AnnotationFailure('A segment of this identity is there already; open the case again.');
      return segments.toSpliced(index ?? segments.length, 0, { info: edit.segment, runs: edit.mask });
    }
    case 'remove-segment': {
      const at = find(segments, edit.segment.id);
      if (!sameRuns(segments[at].runs, edit.mask) || !sameInfo(segments[at].info, edit.segment))
        throw new AnnotationFailure('This segment has changed meanwhile; open the case again.');
      return segments.toSpliced(at, 1);
    }
    case 'describe-segment': {
      const at = find(segments, edit.before.id);
      if (edit.after.id !== edit.before.id || !sameInfo(segments[at].info, edit.before))
        throw new AnnotationFailure('This segment has changed meanwhile; open the case again.');
      return replaced(segments, at, { info: edit.after, runs: segments[at].runs });
    }
  }
}

/** The edit that takes `edit` back. */
export function inverseOf(edit: Edit): Edit {
  switch (edit.kind) {
    case 'flip':
      return edit;
    case 'add-segment':
      return { ...edit, kind: 'remove-segment' };
    case 'remove-segment':
      return { ...edit, kind: 'add-segment' };
    case 'describe-segment':
      return { ...edit, before: edit.after, after: edit.before };
  }
}

/** Slices that the edit declares reviewed; only painting does. */
export const reviewedBy = (edit: Edit): readonly number[] =>
  edit.kind === 'flip' ? edit.reviewedSlices : [];

/** Where a segment stands that the edit is about to remove. */
export const indexOf = (segments: readonly SegmentState[], edit: Edit): number | undefined =>
  edit.kind === 'remove-segment' ? segments.findIndex((s) => s.info.id === edit.segment.id) : undefined;

/** Whether a person may paint here: locked segments are not painted by mistake. */
export function assertUnlocked(segments: readonly SegmentState[], edit: Edit): void {
  if (edit.kind !== 'flip') return;
  const segment = segments.find((s) => s.info.id === edit.segmentId);
  if (segment?.info.locked)
    throw new AnnotationFailure(`"${segment.info.name}" is locked; unlock it to change it.`);
}

import { combineMasks, type Combination } from '../../main/imaging/mask/combine';
import { copySlice } from '../../main/imaging/mask/copy-slice';
import { fillHoles } from '../../main/imaging/mask/fill-holes';
import type { Flips } from '../../main/imaging/mask/flips';
import { growMask } from '../../main/imaging/mask/grow';
import { interpolateSlices } from '../../main/imaging/mask/interpolate';
import { keepLargestIsland, removeSmallIslands } from '../../main/imaging/mask/islands';
import { smoothMask } from '../../main/imaging/mask/smooth';
import type { VolumeGeometry } from '../../main/imaging/space/geometry';
import type { SegmentId } from '../../preload/api';
import { t } from '../i18n/message.svelte';
import { annotation, type SegmentRow } from '../state/annotation.svelte';
import { toolSettings } from '../state/tool-settings.svelte';
import { views } from '../state/views.svelte';
import { editableSegment } from './target';

type Operation = (mask: Uint8Array, geometry: VolumeGeometry, segment: SegmentRow) => Flips;

/** Does it to the active segment as one undo step; says so where nothing changed. */
function operate(name: string, operation: Operation, reviewedSlices: readonly number[] = []): void {
  const segment = editableSegment();
  const { geometry } = annotation;
  if (!segment || !geometry) return;
  const flips = operation(annotation.masks.of(segment.info.id), geometry, segment);
  if (flips.length === 0) return toolSettings.say(t('operation.nothing'));
  toolSettings.hint = null;
  annotation.change({ name, segmentId: segment.info.id, flips, reviewedSlices });
}

/** The axis of the scan that the active view steps along; null, with a hint, where it cuts across. */
function steppedAxis(): { readonly axis: 0 | 1 | 2; readonly slice: number; readonly count: number } | null {
  const facts = views.facts[views.active];
  if (facts && facts.axis !== null) return { axis: facts.axis, slice: facts.slice, count: facts.count };
  toolSettings.say(t('operation.needsScanAxis'));
  return null;
}

/** Fills the slices between contoured ones, along the axis of the active view. */
export function interpolate(): void {
  const stepped = steppedAxis();
  if (!stepped) return;
  operate(t('undo.interpolate'), (mask, geometry) => interpolateSlices(mask, geometry, stepped.axis));
}

/** Copies the contour of the slice shown to the next one (or the one before) and goes there. */
export function copyToNeighbour(step: 1 | -1): void {
  const stepped = steppedAxis();
  if (!stepped) return;
  const to = stepped.slice + step;
  if (to < 0 || to >= stepped.count) return;
  const view = views.active;
  operate(
    t('undo.copySlice', { from: stepped.slice + 1, to: to + 1 }),
    (mask, geometry) => copySlice(mask, geometry, stepped.axis, stepped.slice, to),
    stepped.axis === 2 ? [to] : [],
  );
  views.scroll(view, step);
}

/** Fills holes slice by slice, across the axis that the active view steps along; the scan's own where it steps along none. */
export const fillAllHoles = (): void =>
  operate(t('undo.fillHoles'), (mask, geometry) =>
    fillHoles(mask, geometry, views.facts[views.active]?.axis ?? 2),
  );

export const keepLargest = (): void => operate(t('undo.largest'), keepLargestIsland);

export const removeSmall = (millilitres: number): void =>
  operate(t('undo.small', { ml: millilitres }), (mask, geometry) =>
    removeSmallIslands(mask, geometry, millilitres),
  );

/** Grows by mm, or shrinks where mm is negative. */
export const grow = (mm: number): void =>
  operate(t(mm > 0 ? 'undo.grow' : 'undo.shrink', { mm: Math.abs(mm) }), (mask, geometry) =>
    growMask(mask, geometry, mm),
  );

export const smooth = (mm: number): void =>
  operate(t('undo.smooth', { mm }), (mask, geometry) => smoothMask(mask, geometry, mm));

/** Combines the active segment with another one. */
export function combineWith(otherId: SegmentId, how: Combination): void {
  const other = annotation.segments.find((s) => s.info.id === otherId);
  if (!other) return;
  operate(t(`undo.${how}`, { name: other.info.name }), (mask) =>
    combineMasks(mask, annotation.masks.of(otherId), how),
  );
}

import { fillPolygon } from '../../main/imaging/mask/fill-polygon';
import type { PatientPoint } from '../../main/imaging/space/geometry';
import { t, type MessageKey } from '../i18n/message.svelte';
import { annotation } from '../state/annotation.svelte';
import { views } from '../state/views.svelte';
import type { ViewId } from '../viewer/viewer';
import { LineTool, type Line } from './line';
import { editableSegment, placeName, reviewedBy } from './target';

/** Fills what a closed line encloses on the slice that a view shows, or clears it: one undo step. */
export function fillContour(
  view: ViewId,
  points: readonly PatientPoint[],
  erases: boolean,
  name: MessageKey,
): void {
  const segment = editableSegment();
  const { geometry } = annotation;
  const plane = views.viewer.plane(view);
  if (!segment || !geometry || !plane) return;
  const mask = annotation.masks.of(segment.info.id);
  annotation.change({
    name: t(erases ? 'undo.clearContour' : name, { place: placeName(view) }),
    segmentId: segment.info.id,
    flips: fillPolygon(mask, geometry, points, plane.normal, erases ? 0 : 1),
    reviewedSlices: reviewedBy(view),
  });
}

/** Fills what a closed contour encloses on the slice shown; with Shift clears it. */
export class ContourTool extends LineTool {
  protected mayStart(): boolean {
    return editableSegment() !== null;
  }

  protected finished(line: Line, points: readonly PatientPoint[]): void {
    fillContour(line.view, points, line.erases, 'undo.contour');
  }
}

import { fillPolygon } from '../../main/imaging/mask/fill-polygon';
import type { PatientPoint } from '../../main/imaging/space/geometry';
import { t, type MessageKey } from '../i18n/message.svelte';
import { annotation } from '../state/annotation.svelte';
import { flipsTogether } from '../state/masks';
import { views } from '../state/views.svelte';
import type { ViewId } from '../viewer/viewer';
import { addedTo, correctionOn } from './correction';
import { LineTool, type Line } from './line';
import { editableSegment, placeName, reviewedBy } from './target';

/** Fills what a closed line encloses on the slice that a view shows, or clears it: one undo step. */
export function fillContour(
  view: ViewId,
  points: readonly PatientPoint[],
  erases: boolean,
  name: MessageKey,
): void {
  const correction = correctionOn(view);
  const { geometry } = annotation;
  const plane = views.viewer.plane(view);
  if (!correction || !geometry || !plane) return;
  const { segmentId, taken, modelId } = correction;
  // What is offered is what a line clears; a line that fills decides by what it encloses.
  if (erases) annotation.preview(segmentId, taken);
  const drawn = fillPolygon(annotation.masks.of(segmentId), geometry, points, plane.normal, erases ? 0 : 1);
  if (erases) annotation.preview(segmentId, taken);
  // Who cleared nothing of it has taken nothing over.
  if (erases && drawn.length === 0 && taken.length > 0) return;
  annotation.change({
    name: t(erases ? 'undo.clearContour' : name, { place: placeName(view) }),
    segmentId,
    reviewedSlices: reviewedBy(view),
    ...(erases ? { flips: flipsTogether([taken, drawn]), modelId } : addedTo(view, segmentId, drawn)),
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

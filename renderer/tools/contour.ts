import { fillPolygon } from '../../main/imaging/mask/fill-polygon';
import type { PatientPoint } from '../../main/imaging/space/geometry';
import { t } from '../i18n/message.svelte';
import { annotation } from '../state/annotation.svelte';
import { views } from '../state/views.svelte';
import { LineTool, type Line } from './line';
import { editableSegment, placeName, reviewedBy } from './target';

/** Fills what a closed contour encloses on the slice shown; with Shift clears it. */
export class ContourTool extends LineTool {
  protected mayStart(): boolean {
    return editableSegment() !== null;
  }

  protected finished(line: Line, points: readonly PatientPoint[]): void {
    const segment = editableSegment();
    const { geometry } = annotation;
    const plane = views.viewer.plane(line.view);
    if (!segment || !geometry || !plane) return;
    const value = line.erases ? 0 : 1;
    annotation.change({
      name: t(value === 1 ? 'undo.contour' : 'undo.clearContour', { place: placeName(line.view) }),
      segmentId: segment.info.id,
      flips: fillPolygon(annotation.masks.of(segment.info.id), geometry, points, plane.normal, value),
      reviewedSlices: reviewedBy(line.view),
    });
  }
}

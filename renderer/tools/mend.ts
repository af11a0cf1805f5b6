import { mendBorder } from '../../main/imaging/mask/mend';
import { sectionOfMask } from '../../main/imaging/mask/section';
import type { PatientPoint } from '../../main/imaging/space/geometry';
import { t } from '../i18n/message.svelte';
import { seenPlane } from '../overlay/outlines';
import { annotation } from '../state/annotation.svelte';
import { flipsTogether } from '../state/masks';
import { toolSettings } from '../state/tool-settings.svelte';
import { views } from '../state/views.svelte';
import { correctionOn } from './correction';
import { LineTool, type Line } from './line';
import { editableSegment, placeName, reviewedBy } from './target';

/** How far from the border a line may begin and end, CSS pixels. */
const reach = 24;

/** Redraws a part of a border by an open line along where it ought to be. */
export class MendTool extends LineTool {
  constructor() {
    super('freehand');
  }

  protected mayStart(): boolean {
    return editableSegment() !== null;
  }

  protected finished({ view }: Line, points: readonly PatientPoint[]): void {
    const { geometry } = annotation;
    const plane = views.viewer.plane(view);
    const camera = views.viewer.camera(view);
    const correction = geometry && camera && correctionOn(view);
    if (!geometry || !plane || !camera || !correction) return;
    const { segmentId, taken, modelId } = correction;
    // The border to be mended is that of the slice with what is taken over on it.
    annotation.preview(segmentId, taken);
    const mask = annotation.masks.of(segmentId);
    const outlines = sectionOfMask(mask, geometry, seenPlane(camera, geometry));
    const mended = mendBorder(mask, geometry, points, outlines, plane.normal, reach * camera.mmPerPixel);
    annotation.preview(segmentId, taken);
    if (mended === null) return toolSettings.say(t('mend.nowhere'));
    annotation.change({
      name: t('undo.mend', { place: placeName(view) }),
      segmentId,
      flips: flipsTogether([taken, mended]),
      reviewedSlices: reviewedBy(view),
      ...(modelId === undefined ? {} : { modelId }),
    });
  }
}

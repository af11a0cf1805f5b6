import { fillPolygon } from '../../main/imaging/mask/fill-polygon';
import type { PatientPoint } from '../../main/imaging/space/geometry';
import { t } from '../i18n/message.svelte';
import { annotation } from '../state/annotation.svelte';
import { proposal } from '../state/proposal.svelte';
import { spread } from '../state/spread.svelte';
import { targetOf } from '../state/takeover';
import { toolSettings } from '../state/tool-settings.svelte';
import { views } from '../state/views.svelte';
import { acceptSpreadInside } from './spread';
import { LineTool, type Line } from './line';
import { placeName, reviewedBy } from './target';

/** Takes over the part of the proposal that lies inside a drawn line, on the slice shown. Nothing drawn is removed. */
export class AcceptLassoTool extends LineTool {
  constructor() {
    super('freehand');
  }

  protected mayStart(): boolean {
    if (spread.offered || proposal.current) return true;
    toolSettings.say(t('assist.noProposal'));
    return false;
  }

  protected finished(line: Line, points: readonly PatientPoint[]): void {
    if (spread.offered) return acceptSpreadInside(line.view, points);
    const { geometry } = annotation;
    const plane = views.viewer.plane(line.view);
    const current = proposal.current;
    if (!geometry || !plane || !current) return;
    for (const segment of proposal.segments) {
      const id = targetOf(segment.name);
      const proposed = segment.mask;
      annotation.change({
        name: t('undo.acceptLasso', { place: placeName(line.view) }),
        segmentId: id,
        flips: fillPolygon(
          annotation.masks.of(id),
          geometry,
          points,
          plane.normal,
          1,
          (offset) => proposed[offset] === 1,
        ),
        reviewedSlices: reviewedBy(line.view),
        modelId: current.modelId,
      });
    }
  }
}

import { fillPolygon } from '../../main/imaging/mask/fill-polygon';
import type { Flips } from '../../main/imaging/mask/flips';
import type { PatientPoint } from '../../main/imaging/space/geometry';
import { t } from '../i18n/message.svelte';
import { annotation } from '../state/annotation.svelte';
import { flipsTogether } from '../state/masks';
import { toolSettings } from '../state/tool-settings.svelte';
import { views } from '../state/views.svelte';
import { moved, type Camera } from '../viewer/camera';
import { dot } from '../viewer/planes';
import { LineTool, type Line } from './line';
import { editableSegment, placeName, reviewedBy } from './target';

/** Longer than any scan, mm: a square of this half side holds all of a slice. */
const beyond = 5000;

/** Cuts away what is inside a drawn line, or what is outside it, on the slice shown or through the whole scan. */
export class ScissorsTool extends LineTool {
  constructor() {
    super('freehand');
  }

  protected mayStart(): boolean {
    return editableSegment() !== null;
  }

  protected finished(line: Line, points: readonly PatientPoint[]): void {
    const segment = editableSegment();
    const camera = views.viewer.camera(line.view);
    if (!segment || !camera) return;
    const id = segment.info.id;
    const changes: Flips[] = [];
    for (const depth of this.depths(line, camera)) {
      const flips = this.cut(id, camera, points, depth);
      // Applied at once: slices of a view that leans against the scan may share voxels.
      annotation.preview(id, flips);
      changes.push(flips);
    }
    const flips = flipsTogether(changes);
    annotation.preview(id, flips);
    annotation.change({
      name:
        toolSettings.scissorsDepth === 'slice'
          ? t('undo.scissors', { place: placeName(line.view) })
          : t('undo.scissorsThrough'),
      segmentId: id,
      flips,
      reviewedSlices: toolSettings.scissorsDepth === 'slice' ? reviewedBy(line.view) : [],
    });
  }

  /** How far each slice to be cut lies behind the one shown, mm. */
  private depths(line: Line, camera: Camera): number[] {
    const stack = views.viewer.stack(line.view);
    if (toolSettings.scissorsDepth === 'slice' || !stack) return [0];
    const here = dot(camera.centre, camera.basis.away);
    return Array.from({ length: stack.count }, (_, n) => stack.first + n * stack.step - here);
  }

  private cut(id: string, camera: Camera, points: readonly PatientPoint[], depth: number): Flips {
    const { geometry } = annotation;
    if (!geometry) return new Uint32Array(0);
    const mask = annotation.masks.of(id);
    const { basis } = camera;
    const inside = fillPolygon(
      mask,
      geometry,
      points.map((p) => moved(p, basis, 0, 0, depth)),
      basis.away,
      0,
    );
    if (toolSettings.scissorsKeep === 'outside') return inside;
    const corners = [
      [-1, -1],
      [1, -1],
      [1, 1],
      [-1, 1],
    ].map(([x, y]) => moved(camera.centre, basis, x * beyond, y * beyond, depth));
    return flipsTogether([fillPolygon(mask, geometry, corners, basis.away, 0), inside]);
  }
}

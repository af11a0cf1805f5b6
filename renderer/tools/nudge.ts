import { SoftPush, type PlanePoint } from '../../main/imaging/mask/push';
import { planeAxes } from '../../main/imaging/mask/plane';
import type { Flips } from '../../main/imaging/mask/flips';
import { toVoxel, type PatientPoint, type VolumeGeometry } from '../../main/imaging/space/geometry';
import { t } from '../i18n/message.svelte';
import { annotation } from '../state/annotation.svelte';
import { flipsTogether } from '../state/masks';
import { toolSettings } from '../state/tool-settings.svelte';
import { views } from '../state/views.svelte';
import type { ViewId } from '../viewer/viewer';
import { correctionOn, type Correction } from './correction';
import { placeName, reviewedBy } from './target';
import type { Pointer, Tool } from './tool';

interface Nudge extends Correction {
  readonly view: ViewId;
  readonly axis: 0 | 1 | 2;
  readonly ball: boolean;
  readonly push: SoftPush;
  last: PatientPoint;
  /** What the ball moved, without what was taken over first. */
  readonly changes: Flips[];
}

/** A place in space on the planes across an axis of the scan. */
function onPlane(g: VolumeGeometry, axis: 0 | 1 | 2, point: PatientPoint): { index: number; at: PlanePoint } {
  const voxel = toVoxel(g, point);
  const { a, b } = planeAxes(axis);
  return { index: Math.round(voxel[axis]), at: [voxel[a] * g.spacing[a], voxel[b] * g.spacing[b]] };
}

/** Takes the border along with a soft ball, on the slice shown or on those within the ball. One undo step a drag. */
export class NudgeTool implements Tool {
  readonly cursor = 'disc';
  private nudge: Nudge | null = null;

  down(pointer: Pointer): void {
    const { geometry } = annotation;
    const axis = views.facts[pointer.view]?.axis ?? null;
    if (geometry && axis === null) return toolSettings.say(t('operation.needsScanAxis'));
    const correction = correctionOn(pointer.view);
    if (!correction || !geometry || axis === null) return;
    const { segmentId, taken } = correction;
    annotation.preview(segmentId, taken);
    this.nudge = {
      ...correction,
      view: pointer.view,
      axis,
      ball: toolSettings.ball,
      push: new SoftPush(annotation.masks.of(segmentId), geometry, axis),
      last: pointer.patient,
      changes: [],
    };
  }

  drag(pointer: Pointer): void {
    const { nudge } = this;
    const { geometry } = annotation;
    if (!nudge || !geometry) return;
    const from = onPlane(geometry, nudge.axis, nudge.last);
    const to = onPlane(geometry, nudge.axis, pointer.patient);
    nudge.last = pointer.patient;
    const flips = nudge.push.move(to.index, from.at, to.at, toolSettings.radius, nudge.ball);
    nudge.changes.push(flips);
    annotation.preview(nudge.segmentId, flips);
  }

  up(pointer: Pointer): void {
    this.drag(pointer);
    const nudge = this.takeBack();
    // Who moved nothing has judged nothing, and taken nothing over.
    if (!nudge || flipsTogether(nudge.changes).length === 0) return;
    annotation.change({
      name: t('undo.nudge', { place: placeName(nudge.view) }),
      segmentId: nudge.segmentId,
      flips: nudge.flips,
      // A ball reaches into slices that nobody has looked at.
      reviewedSlices: nudge.ball && nudge.taken.length === 0 ? [] : reviewedBy(nudge.view),
      ...(nudge.modelId === undefined ? {} : { modelId: nudge.modelId }),
    });
  }

  cancel(): boolean {
    return this.takeBack() !== null;
  }

  /** Ends the drag and undoes its preview. @returns it with all its change */
  private takeBack(): (Nudge & { readonly flips: Flips }) | null {
    const { nudge } = this;
    this.nudge = null;
    if (!nudge) return null;
    const flips = flipsTogether([nudge.taken, ...nudge.changes]);
    annotation.preview(nudge.segmentId, flips);
    return { ...nudge, flips };
  }
}

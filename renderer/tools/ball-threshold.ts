import { connectedThreshold } from '../../main/imaging/mask/threshold';
import {
  toPatient,
  toVoxel,
  voxelIndex,
  type PatientPoint,
  type VolumeGeometry,
} from '../../main/imaging/space/geometry';
import type { VoxelArray } from '../../main/imaging/volume';
import { voxelValue } from '../i18n/format';
import { t } from '../i18n/message.svelte';
import { annotation } from '../state/annotation.svelte';
import { toolSettings } from '../state/tool-settings.svelte';
import { volume } from '../state/volume.svelte';
import { views } from '../state/views.svelte';
import { moved } from '../viewer/camera';
import type { ViewId } from '../viewer/viewer';
import { editableSegment, placeName } from './target';
import type { Pointer, Sketch, Tool } from './tool';

/** Corners of the circle that shows the ball. */
const corners = 64;

/** The brightest voxel of a ball: its centre and value; null where the ball holds none. */
export function brightestInBall(
  voxels: VoxelArray,
  g: VolumeGeometry,
  centre: PatientPoint,
  radius: number,
): { readonly at: PatientPoint; readonly value: number } | null {
  const middle = toVoxel(g, centre);
  const from = (axis: number): number => Math.max(0, Math.ceil(middle[axis] - radius / g.spacing[axis]));
  const to = (axis: number): number =>
    Math.min(g.size[axis] - 1, Math.floor(middle[axis] + radius / g.spacing[axis]));
  let best: { readonly at: PatientPoint; readonly value: number } | null = null;
  for (let k = from(2); k <= to(2); k++)
    for (let j = from(1); j <= to(1); j++)
      for (let i = from(0); i <= to(0); i++) {
        const value = voxels[i + g.size[0] * (j + g.size[1] * k)];
        if (best !== null && value <= best.value) continue;
        const at = toPatient(g, voxelIndex(i, j, k));
        if (Math.hypot(at[0] - centre[0], at[1] - centre[1], at[2] - centre[2]) <= radius)
          best = { at, value };
      }
  return best;
}

/**
 * PET threshold in a ball: takes what hangs together with the brightest voxel of the ball and is above a share of
 * it, or above a fixed value.
 */
export class BallThresholdTool implements Tool {
  readonly cursor = 'crosshair';
  private ball: { readonly view: ViewId; readonly centre: PatientPoint; radius: number } | null = null;

  down(pointer: Pointer): void {
    if (!editableSegment()) return;
    this.ball = { view: pointer.view, centre: pointer.patient, radius: toolSettings.radius };
    toolSettings.sketches++;
  }

  drag(pointer: Pointer): void {
    const { ball } = this;
    if (!ball) return;
    const [x, y, z] = ball.centre;
    const reach = Math.hypot(pointer.patient[0] - x, pointer.patient[1] - y, pointer.patient[2] - z);
    ball.radius = Math.max(reach, 1);
    toolSettings.sketches++;
  }

  up(): void {
    const { ball } = this;
    this.ball = null;
    toolSettings.sketches++;
    const segment = editableSegment();
    const loaded = volume.current;
    if (!ball || !segment || !loaded) return;
    const { geometry } = loaded.info;
    const brightest = brightestInBall(loaded.voxels, geometry, ball.centre, ball.radius);
    if (!brightest) return;
    const share = toolSettings.share;
    const low = share > 0 ? brightest.value * share : toolSettings.lower;
    toolSettings.say(
      t('ball.taken', {
        low: voxelValue(low, loaded.info.unit),
        most: voxelValue(brightest.value, loaded.info.unit),
      }),
    );
    annotation.change({
      name: t('undo.ballThreshold', { place: placeName(ball.view) }),
      segmentId: segment.info.id,
      flips: connectedThreshold(
        annotation.masks.of(segment.info.id),
        loaded.voxels,
        geometry,
        brightest.at,
        { low, high: Infinity },
        { centre: ball.centre, radiusMm: ball.radius },
      ),
    });
  }

  cancel(): boolean {
    const had = this.ball !== null;
    this.ball = null;
    return had;
  }

  sketch(): Sketch | null {
    const { ball } = this;
    const basis = ball && views.viewer.camera(ball.view)?.basis;
    if (!ball || !basis) return null;
    const points = Array.from({ length: corners }, (_, n) => {
      const angle = (2 * Math.PI * n) / corners;
      return moved(ball.centre, basis, ball.radius * Math.cos(angle), ball.radius * Math.sin(angle), 0);
    });
    return { view: ball.view, points, closed: true };
  }
}

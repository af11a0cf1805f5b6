import { strokeDisc, strokeSphere, type Accept } from '../../main/imaging/mask/brush';
import type { Flips } from '../../main/imaging/mask/flips';
import type { PatientPoint } from '../../main/imaging/space/geometry';
import { t, type MessageKey } from '../i18n/message.svelte';
import { annotation } from '../state/annotation.svelte';
import { flipsTogether } from '../state/masks';
import { toolSettings } from '../state/tool-settings.svelte';
import { valueAt, volume } from '../state/volume.svelte';
import { views } from '../state/views.svelte';
import type { ViewId } from '../viewer/viewer';
import { smartAccept } from './smart';
import { addedTo, correctionOn, type Correction } from './correction';
import { placeName, reviewedBy } from './target';
import type { Pointer, Tool } from './tool';

export type PaintMode = 'brush' | 'eraser' | 'threshold' | 'smart';

interface Stroke extends Correction {
  readonly view: ViewId;
  readonly value: 0 | 1;
  readonly ball: boolean;
  readonly accept: Accept | undefined;
  last: PatientPoint;
  /** What was painted or erased, without what was taken over first. */
  readonly changes: Flips[];
}

/** Share of the volume's usual range that a picked threshold spans to either side. */
const pickSpread = 0.1;

/** Brush and eraser. A stroke is one undo step; between two samples of the pointer it leaves no gap. */
export class PaintTool implements Tool {
  readonly cursor = 'disc';
  private stroke: Stroke | null = null;

  constructor(private readonly mode: PaintMode) {}

  down(pointer: Pointer): void {
    if (this.mode === 'threshold' && pointer.ctrl) {
      pickThreshold(pointer.patient);
      return;
    }
    const correction = correctionOn(pointer.view);
    if (!correction) return;
    const erases = pointer.shift !== (this.mode === 'eraser');
    // What is offered is what is erased; a stroke that paints decides by where it went.
    const taken = erases ? correction.taken : new Uint32Array(0);
    annotation.preview(correction.segmentId, taken);
    this.stroke = {
      ...correction,
      taken,
      view: pointer.view,
      value: erases ? 0 : 1,
      ball: toolSettings.ball,
      accept: erases ? undefined : this.acceptance(pointer),
      last: pointer.patient,
      changes: [],
    };
    this.drag(pointer);
  }

  drag(pointer: Pointer): void {
    const { stroke } = this;
    const { geometry } = annotation;
    const plane = views.viewer.plane(pointer.view);
    if (!stroke || !geometry || !plane) return;
    const mask = annotation.masks.of(stroke.segmentId);
    const { radius } = toolSettings;
    const { last, value, accept } = stroke;
    const flips = stroke.ball
      ? strokeSphere(mask, geometry, last, pointer.patient, radius, value, accept)
      : strokeDisc(mask, geometry, last, pointer.patient, radius, plane.normal, value, accept);
    stroke.last = pointer.patient;
    stroke.changes.push(flips);
    annotation.preview(stroke.segmentId, flips);
  }

  up(): void {
    const stroke = this.takeBack();
    if (!stroke) return;
    const { segmentId, view, ball, value, taken, modelId } = stroke;
    // Who erased nothing of it has taken nothing over.
    if (value === 0 && flipsTogether(stroke.changes).length === 0) return;
    const key: MessageKey =
      value === 0 ? 'undo.erase' : this.mode === 'eraser' ? 'undo.brush' : `undo.${this.mode}`;
    annotation.change({
      name: t(key, { place: placeName(view) }),
      segmentId,
      // A ball reaches into slices that nobody has looked at.
      reviewedSlices: ball && taken.length === 0 ? [] : reviewedBy(view),
      ...(value === 0
        ? { flips: stroke.flips, modelId }
        : ball
          ? { flips: stroke.flips }
          : addedTo(view, segmentId, stroke.flips)),
    });
  }

  cancel(): boolean {
    return this.takeBack() !== null;
  }

  /** Ends the stroke and undoes its preview. @returns it with all its change. */
  private takeBack(): (Stroke & { readonly flips: Flips }) | null {
    const { stroke } = this;
    this.stroke = null;
    if (!stroke) return null;
    const flips = flipsTogether([stroke.taken, ...stroke.changes]);
    annotation.preview(stroke.segmentId, flips);
    return { ...stroke, flips };
  }

  private acceptance(pointer: Pointer): Accept | undefined {
    const loaded = volume.current;
    if (!loaded) return undefined;
    if (this.mode === 'smart') return smartAccept(loaded, pointer.patient, toolSettings.radius);
    if (this.mode !== 'threshold') return undefined;
    const { voxels } = loaded;
    const { lower, upper } = toolSettings;
    return (offset) => voxels[offset] >= lower && voxels[offset] <= upper;
  }
}

/** Sets the threshold about the value under the pointer. */
export function pickThreshold(point: PatientPoint): void {
  const loaded = volume.current;
  const value = loaded ? valueAt(loaded, point) : null;
  if (!loaded || value === null) return;
  const spread = (loaded.info.range.p99 - loaded.info.range.p1) * pickSpread;
  toolSettings.lower = value - spread;
  toolSettings.upper = value + spread;
}

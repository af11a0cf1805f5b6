/**
 * The tools without a mouse: the crosshair is the pointer, moved by keys on the slice of the active view. Pressed once
 * it clicks; held, it draws along as it is moved, until it is let go.
 */
import type { PatientPoint } from '../../main/imaging/space/geometry';
import { toolSettings } from '../state/tool-settings.svelte';
import { views } from '../state/views.svelte';
import { volume } from '../state/volume.svelte';
import { moved } from '../viewer/camera';
import type { ViewId } from '../viewer/viewer';
import type { Pointer, Tool } from './tool';
import { toolbox } from './toolbox';

let held: { readonly tool: Tool; readonly view: ViewId } | null = null;

/** The crosshair as a pointer, on the slice that the view shows. */
function pointer(view: ViewId): Pointer | null {
  const canvas = views.crosshair && views.viewer.toCanvas(view, views.crosshair);
  const patient = canvas && views.viewer.toPatient(view, canvas);
  return patient ? { view, canvas, patient, shift: false, ctrl: false } : null;
}

/** Moves the crosshair by voxels to the right and down; a held tool draws along. */
export function movePen(right: number, down: number): void {
  const view = held?.view ?? views.active;
  const here = pointer(view);
  const camera = views.viewer.camera(view);
  const loaded = volume.current;
  if (!here || !camera || !loaded) return;
  const step = Math.min(...loaded.info.geometry.spacing);
  const to: PatientPoint = moved(here.patient, camera.basis, right * step, down * step, 0);
  views.goTo(to, view);
  const now = pointer(view);
  if (!now) return;
  if (held) held.tool.drag?.(now);
  else toolbox[toolSettings.active].move?.(now);
}

/** Clicks with the active tool; lets a held one go. */
export function pressPen(): void {
  if (held) return letGo();
  const at = pointer(views.active);
  if (!at) return;
  const tool = toolbox[toolSettings.active];
  tool.down(at);
  tool.up?.(at);
}

/** Presses the active tool down, to be drawn along; the second time lets it go. */
export function holdPen(): void {
  if (held) return letGo();
  const at = pointer(views.active);
  if (!at) return;
  held = { tool: toolbox[toolSettings.active], view: views.active };
  held.tool.down(at);
}

function letGo(): void {
  const was = held;
  held = null;
  const at = was && pointer(was.view);
  if (was && at) was.tool.up?.(at);
}

/** Whether a tool is held down: commands that change segments wait for its end. */
export const penHeld = (): boolean => held !== null;

/** Forgets a held tool whose work was taken back. */
export function dropPen(): void {
  held = null;
}

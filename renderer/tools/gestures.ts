import { toolSettings } from '../state/tool-settings.svelte';
import { views } from '../state/views.svelte';
import type { ViewId } from '../viewer/viewer';
import { panTool, windowTool } from './navigate';
import type { Pointer, Tool } from './tool';
import { toolbox } from './toolbox';

const rightButton = windowTool();
const middleButton = panTool();

/** Pixels that the right button may wander and still ask for the menu. */
const clickSlack = 4;
/** Wheels move in notches of 100 or more, trackpads in small steps that are gathered. */
const notch = 50;
const trackpadPixelsPerSlice = 24;

let busy: { readonly tool: Tool; readonly pointerId: number } | null = null;

/** Whether a drag is under way: commands that change segments wait for its end. */
export const gestureUnderWay = (): boolean => busy !== null;

/** Takes back the stroke or contour under way. @returns whether there was any. */
export function cancelGesture(): boolean {
  const tool = busy?.tool ?? toolbox[toolSettings.active];
  const had = tool.cancel?.() ?? false;
  if (had) toolSettings.sketches++;
  busy = null;
  return had;
}

export interface GestureHandlers {
  readonly menu: (event: MouseEvent, pointer: Pointer) => void;
  readonly alone: () => void;
}

/** Makes a view's element hear the mouse, the pen and the trackpad. @returns what undoes it. */
export function listen(view: ViewId, element: HTMLElement, handlers: GestureHandlers): () => void {
  let gathered = 0;
  let wandered = 0;
  let last: Pointer | null = null;

  const at = (event: MouseEvent): Pointer | null => {
    const box = element.getBoundingClientRect();
    const camera = views.viewer.camera(view);
    // The second scan's pane may be a pixel wider than the view whose camera it shares; both look at one middle.
    const canvas = [
      event.clientX - box.left + ((camera?.width ?? box.width) - box.width) / 2,
      event.clientY - box.top + ((camera?.height ?? box.height) - box.height) / 2,
    ] as const;
    const patient = views.viewer.toPatient(view, canvas);
    return patient && { view, canvas, patient, shift: event.shiftKey, ctrl: event.ctrlKey || event.metaKey };
  };
  const toolFor = (button: number): Tool | null =>
    button === 0
      ? toolbox[toolSettings.active]
      : button === 1
        ? middleButton
        : button === 2
          ? rightButton
          : null;

  const down = (event: PointerEvent): void => {
    const pointer = at(event);
    const tool = toolFor(event.button);
    if (!pointer || !tool || busy) return;
    views.active = view;
    wandered = 0;
    last = pointer;
    element.setPointerCapture(event.pointerId);
    busy = { tool, pointerId: event.pointerId };
    tool.down(pointer);
  };
  const move = (event: PointerEvent): void => {
    const pointer = at(event);
    if (!pointer) return;
    views.point(view, pointer.canvas);
    if (busy === null) {
      toolbox[toolSettings.active].move?.(pointer);
      return;
    }
    if (busy.pointerId !== event.pointerId) return;
    if (last) wandered += Math.hypot(pointer.canvas[0] - last.canvas[0], pointer.canvas[1] - last.canvas[1]);
    last = pointer;
    if (busy.tool !== rightButton || wandered > clickSlack) busy.tool.drag?.(pointer);
  };
  const up = (event: PointerEvent): void => {
    if (busy === null || busy.pointerId !== event.pointerId) return;
    const { tool } = busy;
    busy = null;
    const pointer = at(event);
    if (!pointer) return;
    tool.up?.(pointer);
    if (tool === rightButton && wandered <= clickSlack) handlers.menu(event, pointer);
  };
  const lost = (event: PointerEvent): void => {
    if (busy?.pointerId === event.pointerId) cancelGesture();
  };
  const wheel = (event: WheelEvent): void => {
    event.preventDefault();
    const pointer = at(event);
    if (!pointer) return;
    views.active = view;
    if (event.ctrlKey) {
      views.zoom(view, Math.exp(-event.deltaY / 300), pointer.canvas);
    } else if (event.altKey) {
      toolSettings.resize(event.deltaY + event.deltaX < 0 ? 1.1 : 1 / 1.1);
    } else if (Math.abs(event.deltaY) >= notch || event.deltaMode !== WheelEvent.DOM_DELTA_PIXEL) {
      gathered = 0;
      views.scroll(view, Math.sign(event.deltaY) * (event.shiftKey ? 10 : 1));
    } else {
      gathered += event.deltaY;
      const slices = Math.trunc(gathered / trackpadPixelsPerSlice);
      gathered -= slices * trackpadPixelsPerSlice;
      if (slices !== 0) views.scroll(view, slices);
    }
    views.point(view, pointer.canvas);
  };
  const doubleClick = (event: MouseEvent): void => {
    const pointer = at(event);
    const tool = toolbox[toolSettings.active];
    if (pointer && tool.doubleClick) tool.doubleClick(pointer);
    else if (toolSettings.active === 'pointer') handlers.alone();
  };
  const leave = (): void => {
    if (busy === null) views.leave();
  };
  const noMenu = (event: Event): void => event.preventDefault();

  element.addEventListener('pointerdown', down);
  element.addEventListener('pointermove', move);
  element.addEventListener('pointerup', up);
  element.addEventListener('pointercancel', lost);
  element.addEventListener('pointerleave', leave);
  element.addEventListener('wheel', wheel, { passive: false });
  element.addEventListener('dblclick', doubleClick);
  element.addEventListener('contextmenu', noMenu);
  return () => {
    element.removeEventListener('pointerdown', down);
    element.removeEventListener('pointermove', move);
    element.removeEventListener('pointerup', up);
    element.removeEventListener('pointercancel', lost);
    element.removeEventListener('pointerleave', leave);
    element.removeEventListener('wheel', wheel);
    element.removeEventListener('dblclick', doubleClick);
    element.removeEventListener('contextmenu', noMenu);
  };
}

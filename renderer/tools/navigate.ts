import { views } from '../state/views.svelte';
import type { CanvasPoint, ViewId } from '../viewer/viewer';
import type { Pointer, Tool } from './tool';

/** Puts the crosshair where the pointer is. */
export const pointerTool: Tool = {
  cursor: 'default',
  down: (pointer) => views.goTo(pointer.patient, pointer.view),
  drag: (pointer) => views.goTo(pointer.patient, pointer.view),
};

/** A tool that needs only how far the pointer went since the last time. */
class DragTool implements Tool {
  private last: CanvasPoint = [0, 0];

  constructor(
    readonly cursor: Tool['cursor'],
    private readonly by: (view: ViewId, dx: number, dy: number, at: CanvasPoint) => void,
  ) {}

  private start: CanvasPoint = [0, 0];

  down(pointer: Pointer): void {
    this.start = pointer.canvas;
    this.last = pointer.canvas;
  }

  drag(pointer: Pointer): void {
    const [x, y] = pointer.canvas;
    this.by(pointer.view, x - this.last[0], y - this.last[1], this.start);
    this.last = pointer.canvas;
  }
}

/** Right: wider; down: brighter, as in other viewers. A full window's width over half the view. */
function dragWindow(dx: number, dy: number): void {
  const { lower, upper } = views.window;
  const width = upper - lower;
  const step = Math.max(width, 1e-6) / 250;
  const nextWidth = Math.max(width * Math.exp(dx / 250), 1e-6);
  const centre = (lower + upper) / 2 - dy * step;
  views.setWindow({ lower: centre - nextWidth / 2, upper: centre + nextWidth / 2 });
}

export const windowTool = (): Tool => new DragTool('ns-resize', (_view, dx, dy) => dragWindow(dx, dy));
export const panTool = (): Tool => new DragTool('grab', (view, dx, dy) => views.viewer.pan(view, dx, dy));
export const zoomTool = (): Tool =>
  new DragTool('zoom-in', (view, _dx, dy, at) => views.zoom(view, Math.exp(-dy / 150), at));

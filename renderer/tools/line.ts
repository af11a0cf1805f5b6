import type { PatientPoint } from '../../main/imaging/space/geometry';
import { toolSettings } from '../state/tool-settings.svelte';
import { views } from '../state/views.svelte';
import type { ViewId } from '../viewer/viewer';
import { closedSpline } from './spline';
import type { Pointer, Sketch, Tool } from './tool';

/** How a line is made: dragged, or set point by point with straight or curved ways between. */
export type LineMode = 'freehand' | 'polygon' | 'spline';

/** A line under way. */
export interface Line {
  readonly view: ViewId;
  readonly erases: boolean;
  readonly points: PatientPoint[];
}

/** A click this near to the first point closes the line, CSS pixels. */
const closing = 9;
/** Points of a dragged line are at least so far apart, CSS pixels. */
const grain = 1.5;

/** Draws a closed line on a view. What becomes of it is the heir's. */
export abstract class LineTool implements Tool {
  readonly cursor = 'crosshair';
  private line: Line | null = null;
  private pointer: PatientPoint | null = null;

  constructor(private readonly mode: LineMode) {}

  /** Whether a line may be begun now; says why not. */
  protected abstract mayStart(pointer: Pointer): boolean;
  protected abstract finished(line: Line, points: readonly PatientPoint[]): void;

  down(pointer: Pointer): void {
    if (this.line && this.line.view !== pointer.view) this.line = null;
    if (!this.line) {
      if (!this.mayStart(pointer)) return;
      this.line = { view: pointer.view, erases: pointer.shift, points: [pointer.patient] };
    } else if (this.line.points.length > 2 && this.near(this.line.points[0], pointer, closing)) {
      this.finish();
      return;
    } else if (!this.near(this.line.points[this.line.points.length - 1], pointer, grain)) {
      this.line.points.push(pointer.patient);
    }
    this.pointer = pointer.patient;
    toolSettings.sketches++;
  }

  drag(pointer: Pointer): void {
    const { line } = this;
    if (this.mode !== 'freehand' || !line || line.view !== pointer.view) return;
    if (this.near(line.points[line.points.length - 1], pointer, grain)) return;
    line.points.push(pointer.patient);
    toolSettings.sketches++;
  }

  move(pointer: Pointer): void {
    if (!this.line || this.line.view !== pointer.view) return;
    this.pointer = pointer.patient;
    toolSettings.sketches++;
  }

  up(): void {
    if (this.mode === 'freehand') this.finish();
  }

  doubleClick(): void {
    this.finish();
  }

  /** Closes the line. @returns whether there was one. */
  finish(): boolean {
    const { line } = this;
    this.line = null;
    toolSettings.sketches++;
    if (!line) return false;
    if (line.points.length > 2) this.finished(line, this.shape(line.points));
    return true;
  }

  /** Takes the last point back. @returns whether there was one. */
  back(): boolean {
    const { line } = this;
    if (this.mode === 'freehand' || !line) return false;
    line.points.pop();
    if (line.points.length === 0) this.line = null;
    toolSettings.sketches++;
    return true;
  }

  cancel(): boolean {
    const had = this.line !== null;
    this.line = null;
    return had;
  }

  sketch(): Sketch | null {
    const { line } = this;
    if (!line) return null;
    const { pointer } = this;
    const points = this.mode === 'freehand' || !pointer ? line.points : [...line.points, pointer];
    const knots = this.mode === 'freehand' ? [] : line.points;
    return { view: line.view, points: this.shape(points), closed: false, knots };
  }

  private shape(points: readonly PatientPoint[]): readonly PatientPoint[] {
    return this.mode === 'spline' && points.length > 2 ? closedSpline(points) : points;
  }

  private near(point: PatientPoint, pointer: Pointer, pixels: number): boolean {
    const at = views.viewer.toCanvas(pointer.view, point);
    return at !== null && Math.hypot(at[0] - pointer.canvas[0], at[1] - pointer.canvas[1]) < pixels;
  }
}

import { Livewire, type Pixel } from '../../main/imaging/mask/livewire';
import type { SectionPlane } from '../../main/imaging/mask/section';
import { sectionOfValues } from '../../main/imaging/mask/section-values';
import type { PatientPoint } from '../../main/imaging/space/geometry';
import { toolSettings } from '../state/tool-settings.svelte';
import { views } from '../state/views.svelte';
import { volume } from '../state/volume.svelte';
import { moved } from '../viewer/camera';
import { dot } from '../viewer/planes';
import type { ViewId } from '../viewer/viewer';
import { fillContour } from './contour';
import { editableSegment } from './target';
import type { Pointer, Sketch, Tool } from './tool';

/** Samples along each side of the window that ways are sought in: what is in reach of one click. */
const windowSide = 321;
/** A click this near to the first point closes the line, CSS pixels. */
const closing = 9;
/** Points are drawn onto an edge this near, samples. */
const snap = 2;

/** The part of the slice about a point, and the ways from there. */
interface Window {
  readonly plane: SectionPlane;
  readonly wire: Livewire;
}

/** A contour under way: the points set, and the line that joins them. */
interface Line {
  readonly view: ViewId;
  readonly erases: boolean;
  /** Points set, each with where in `points` it stands. */
  readonly knots: { readonly point: PatientPoint; readonly at: number }[];
  points: PatientPoint[];
  window: Window;
}

/** Draws a contour that clings to edges, on whatever plane the view shows. */
export class LivewireTool implements Tool {
  readonly cursor = 'crosshair';
  private line: Line | null = null;
  private preview: readonly PatientPoint[] = [];

  down(pointer: Pointer): void {
    if (this.line && this.line.view !== pointer.view) this.line = null;
    const { line } = this;
    if (!line) {
      if (!editableSegment()) return;
      const window = windowAt(pointer.view, pointer.patient);
      if (!window) return;
      const start = pointOf(window.plane, window.wire.snapped(pixelOf(window.plane, pointer.patient), snap));
      this.line = { view: pointer.view, erases: pointer.shift, knots: [], points: [], window };
      this.set(start, [start]);
    } else if (line.knots.length > 2 && this.near(line.knots[0].point, pointer)) {
      this.finish();
      return;
    } else if (!this.near(line.knots[line.knots.length - 1].point, pointer, 2)) {
      const way = this.wayTo(pointer.patient, true);
      this.set(way[way.length - 1], way.slice(1));
    }
    this.preview = [];
    toolSettings.sketches++;
  }

  move(pointer: Pointer): void {
    if (this.line?.view !== pointer.view) return;
    this.preview = this.wayTo(pointer.patient, true).slice(1);
    toolSettings.sketches++;
  }

  doubleClick(): void {
    this.finish();
  }

  /** Takes the last point back. @returns whether there was one. */
  back(): boolean {
    const { line } = this;
    if (!line) return false;
    line.knots.pop();
    const last = line.knots[line.knots.length - 1];
    if (!last) return this.cancel();
    line.points = line.points.slice(0, last.at + 1);
    this.aim(line, last.point);
    this.preview = [];
    toolSettings.sketches++;
    return true;
  }

  finish(): boolean {
    const { line } = this;
    if (!line) return false;
    if (line.knots.length > 2) {
      const home = this.wayTo(line.knots[0].point, false);
      fillContour(line.view, [...line.points, ...home.slice(1, -1)], line.erases, 'undo.livewire');
    }
    this.cancel();
    toolSettings.sketches++;
    return true;
  }

  cancel(): boolean {
    const had = this.line !== null;
    this.line = null;
    this.preview = [];
    return had;
  }

  sketch(): Sketch | null {
    const { line } = this;
    return (
      line && {
        view: line.view,
        points: [...line.points, ...this.preview],
        closed: false,
        knots: line.knots.map((knot) => knot.point),
      }
    );
  }

  private set(point: PatientPoint, way: readonly PatientPoint[]): void {
    const { line } = this;
    if (!line) return;
    line.points.push(...way);
    line.knots.push({ point, at: line.points.length - 1 });
    this.aim(line, point);
  }

  /** Ways begin at this point from now on. */
  private aim(line: Line, point: PatientPoint): void {
    line.window = windowAt(line.view, point) ?? line.window;
    line.window.wire.begin(pixelOf(line.window.plane, point));
  }

  /** The way from the last point; straight on where the pointer is beyond the window. */
  private wayTo(point: PatientPoint, snaps: boolean): PatientPoint[] {
    const { line } = this;
    if (!line) return [];
    const { plane, wire } = line.window;
    const at = pixelOf(plane, point);
    const beyond = at.some((x, n) => x < 0 || x > plane.size[n] - 1);
    const way = wire.to(snaps && !beyond ? wire.snapped(at, snap) : at).map((pixel) => pointOf(plane, pixel));
    return beyond ? [...way, point] : way;
  }

  private near(point: PatientPoint, pointer: Pointer, within = closing): boolean {
    const at = views.viewer.toCanvas(pointer.view, point);
    return at !== null && Math.hypot(at[0] - pointer.canvas[0], at[1] - pointer.canvas[1]) <= within;
  }
}

/** The image about a point on the slice that a view shows. */
function windowAt(view: ViewId, point: PatientPoint): Window | null {
  const camera = views.viewer.camera(view);
  const loaded = volume.current;
  if (!camera || !loaded) return null;
  const { geometry } = loaded.info;
  // As fine as the voxels, or as the screen where that is coarser.
  const step = Math.max(Math.min(...geometry.spacing), 0.75 * camera.mmPerPixel);
  const half = ((windowSide - 1) / 2) * step;
  const plane: SectionPlane = {
    origin: moved(point, camera.basis, -half, -half, 0),
    u: camera.basis.right,
    v: camera.basis.down,
    size: [windowSide, windowSide],
    spacing: [step, step],
  };
  const wire = new Livewire(sectionOfValues(loaded.voxels, geometry, plane), windowSide, windowSide);
  wire.begin([(windowSide - 1) / 2, (windowSide - 1) / 2]);
  return { plane, wire };
}

const pixelOf = (plane: SectionPlane, point: PatientPoint): Pixel => {
  const d = [0, 1, 2].map((axis) => point[axis] - plane.origin[axis]);
  return [dot(d, plane.u) / plane.spacing[0], dot(d, plane.v) / plane.spacing[1]];
};

const pointOf = ({ origin, u, v, spacing }: SectionPlane, [i, j]: Pixel): PatientPoint =>
  [0, 1, 2].map(
    (axis) => origin[axis] + i * spacing[0] * u[axis] + j * spacing[1] * v[axis],
  ) as unknown as PatientPoint;

import type { Outline } from '../../main/imaging/mask/section';
import { patientPoint, type PatientPoint } from '../../main/imaging/space/geometry';
import type { Sketch } from '../tools/tool';
import { patientToCanvas, type Camera } from '../viewer/camera';
import type { LineStyle } from '../state/looks.svelte';
import { css, type Colour } from '../state/palette';

/** How a structure is drawn. Widths in CSS pixels; `fill` 0 to 0.3. */
export interface Style {
  readonly colour: Colour;
  readonly width: number;
  readonly fill: number;
  /** Dashes alone are for what is proposed. */
  readonly line: LineStyle | 'dashed';
  /** Written beside the contour, so that colour is not the only sign. */
  readonly mark: string | null;
}

const halo = 'rgb(0 0 0 / 0.75)';
const haloWidth = 2;
/** Dashes in widths of the line, so that they read alike at any. */
const dashes: Readonly<Record<Style['line'], readonly number[]>> = {
  solid: [],
  dashed: [4, 2.7],
  dotted: [0.01, 2.2],
  dashDot: [5, 2.2, 0.01, 2.2],
};

const pathOf = (outlines: readonly Outline[], camera: Camera): Path2D => {
  const path = new Path2D();
  for (const { points } of outlines) {
    for (let p = 0; p < points.length; p += 3) {
      const [x, y] = patientToCanvas(camera, patientPoint(points[p], points[p + 1], points[p + 2]));
      if (p === 0) path.moveTo(x, y);
      else path.lineTo(x, y);
    }
    path.closePath();
  }
  return path;
};

/** Where the number of a structure stands: beside its rightmost point. */
function rightmost(outlines: readonly Outline[], camera: Camera): readonly [number, number] | null {
  let best: readonly [number, number] | null = null;
  for (const { points, hole } of outlines) {
    if (hole) continue;
    for (let p = 0; p < points.length; p += 3) {
      const at = patientToCanvas(camera, patientPoint(points[p], points[p + 1], points[p + 2]));
      if (best === null || at[0] > best[0]) best = at;
    }
  }
  return best;
}

/** Draws a structure: a light fill, a dark halo that reads on bone and on air, and the line. */
export function drawOutlines(
  context: CanvasRenderingContext2D,
  outlines: readonly Outline[],
  camera: Camera,
  style: Style,
): void {
  if (outlines.length === 0) return;
  const path = pathOf(outlines, camera);
  if (style.fill > 0) {
    context.fillStyle = css(style.colour, style.fill);
    context.fill(path, 'evenodd');
  }
  context.lineJoin = 'round';
  context.setLineDash([]);
  context.strokeStyle = halo;
  context.lineWidth = style.width + haloWidth;
  context.stroke(path);
  context.lineCap = style.line === 'dotted' || style.line === 'dashDot' ? 'round' : 'butt';
  context.setLineDash(dashes[style.line].map((part) => part * style.width));
  context.strokeStyle = css(style.colour);
  context.lineWidth = style.width;
  context.stroke(path);
  context.setLineDash([]);
  context.lineCap = 'butt';
  const at = style.mark === null ? null : rightmost(outlines, camera);
  if (style.mark !== null && at !== null)
    drawText(context, style.mark, at[0] + 5, at[1] + 4, css(style.colour));
}

function drawText(
  context: CanvasRenderingContext2D,
  text: string,
  x: number,
  y: number,
  colour: string,
): void {
  context.font = '600 11px system-ui, sans-serif';
  context.lineWidth = 3;
  context.strokeStyle = halo;
  context.strokeText(text, x, y);
  context.fillStyle = colour;
  context.fillText(text, x, y);
}

/** Draws the two lines of the crosshair, open about the point so that they hide nothing. */
export function drawCrosshair(
  context: CanvasRenderingContext2D,
  camera: Camera,
  point: PatientPoint,
  colour: string,
): void {
  const gap = 14;
  const [x, y] = patientToCanvas(camera, point).map((v) => Math.round(v) + 0.5);
  context.strokeStyle = colour;
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(0, y);
  context.lineTo(x - gap, y);
  context.moveTo(x + gap, y);
  context.lineTo(camera.width, y);
  context.moveTo(x, 0);
  context.lineTo(x, y - gap);
  context.moveTo(x, y + gap);
  context.lineTo(x, camera.height);
  context.stroke();
}

/** Draws a line that a tool is making. */
export function drawSketch(
  context: CanvasRenderingContext2D,
  camera: Camera,
  { points, closed, knots = [] }: Pick<Sketch, 'points' | 'closed' | 'knots'>,
  colour: string,
): void {
  if (points.length === 0) return;
  const path = new Path2D();
  points.forEach((point, n) => {
    const [x, y] = patientToCanvas(camera, point);
    if (n === 0) path.moveTo(x, y);
    else path.lineTo(x, y);
  });
  if (closed) path.closePath();
  context.strokeStyle = halo;
  context.lineWidth = 3.5;
  context.stroke(path);
  context.strokeStyle = colour;
  context.lineWidth = 1.5;
  context.stroke(path);
  knots.forEach((point, n) => {
    const [x, y] = patientToCanvas(camera, point);
    context.beginPath();
    // The first is where a click closes the line: it is larger.
    context.arc(x, y, n === 0 ? 4.5 : 2.5, 0, 2 * Math.PI);
    context.fillStyle = n === 0 ? 'rgb(0 0 0 / 0.5)' : colour;
    context.fill();
    context.stroke();
  });
}

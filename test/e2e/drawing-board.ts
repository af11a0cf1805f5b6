import { expect, type Page } from '@playwright/test';
import { toPatient, voxelIndex, type VolumeGeometry } from '../../main/imaging/space/geometry';
import type { View, Workstation } from './workstation';

export type Vector = readonly [number, number, number];
/** A point of a view's plane, mm to the right and down from where the scan's middle is seen. */
export type Spot = readonly [right: number, down: number];
/** Signed distance to a shape, mm, negative inside. */
export type Shape = (p: Vector) => number;

const minus = (a: Vector, b: Vector): Vector => [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
const plus = (a: Vector, b: Vector, t: number): Vector => [a[0] + t * b[0], a[1] + t * b[1], a[2] + t * b[2]];
const dot = (a: readonly number[], b: readonly number[]): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
const unit = (a: Vector): Vector => plus([0, 0, 0], a, 1 / Math.hypot(...a));
const cross = (a: Vector, b: Vector): Vector => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
];

/** The segments of a volume as main keeps them: what would be exported, not what the window draws. */
export interface Kept {
  readonly geometry: VolumeGeometry;
  readonly masks: readonly Uint8Array[];
  readonly position: number;
  /** All that a person sees of the segments, to be compared bit for bit. */
  readonly picture: string;
}

export async function keptOf(page: Page): Promise<Kept> {
  const id = await page
    .locator('[data-testid="volume-row"][aria-current="true"]')
    .getAttribute('data-volume');
  const state = (await page.evaluate(
    `window.studio.annotation.open(${JSON.stringify(id)}).then((s) => ({
      geometry: s.geometry, position: s.position, masks: s.segments.map((segment) => Array.from(segment.mask)),
      picture: JSON.stringify([s.segments.map((segment) => [segment.info, Array.from(segment.mask)]),
        Array.from(s.reviewedSlices).sort((a, b) => a - b)]) }))`,
  )) as { geometry: VolumeGeometry; position: number; masks: number[][]; picture: string };
  const voxels = state.geometry.size.reduce((n, d) => n * d, 1);
  return {
    geometry: state.geometry,
    position: state.position,
    picture: state.picture,
    masks: state.masks.map((runs) => {
      const mask = new Uint8Array(voxels);
      for (let r = 0; r < runs.length; r += 2) mask.fill(1, runs[r], runs[r] + runs[r + 1]);
      return mask;
    }),
  };
}

/**
 * A view as something to draw on in millimetres. Where it lies in the patient is found as a person would find it: by
 * moving the mouse and reading the position in its corner.
 */
export class DrawingBoard {
  private constructor(
    private readonly studio: Workstation,
    readonly view: View,
    private readonly at: { readonly x: number; readonly y: number },
    private readonly origin: Vector,
    readonly right: Vector,
    readonly down: Vector,
    private readonly mmPerPixel: number,
    private readonly firstSlice: number,
  ) {}

  /** @param middle of the scan, patient mm: where spots are counted from */
  static async of(studio: Workstation, view: View, middle: Vector): Promise<DrawingBoard> {
    const box = await studio.box(view);
    const place = (across: number, down: number): { x: number; y: number } => ({
      x: Math.round(box.x + box.width * across),
      y: Math.round(box.y + box.height * down),
    });
    // Points of the scan, which may fill a wide view in the middle alone.
    const side = Math.min(box.width, box.height) / 4;
    const centre = place(0.5, 0.5);
    const [a, b, c] = [
      centre,
      { ...centre, x: centre.x + Math.round(side) },
      { ...centre, y: centre.y + Math.round(side) },
    ];
    const [pa, pb, pc] = [
      await studio.positionAt(view, a.x, a.y),
      await studio.positionAt(view, b.x, b.y),
      await studio.positionAt(view, c.x, c.y),
    ];
    const [right, down] = [unit(minus(pb, pa)), unit(minus(pc, pa))];
    const mmPerPixel = Math.hypot(...minus(pb, pa)) / (b.x - a.x);
    const toMiddle = minus(middle, pa);
    const [s, t] = [dot(toMiddle, right), dot(toMiddle, down)];
    return new DrawingBoard(
      studio,
      view,
      { x: a.x + s / mmPerPixel, y: a.y + t / mmPerPixel },
      plus(plus(pa, right, s), down, t),
      right,
      down,
      mmPerPixel,
      (await studio.slice(view)).n,
    );
  }

  /**
   * How many slices the view is now beyond the one that it showed at first, counted along the view's normal (the
   * viewer's slices may be counted against it).
   */
  async shownFrom(): Promise<number> {
    const { n } = await this.studio.slice(this.view);
    if (n === this.firstSlice) return 0;
    const here = await this.studio.positionAt(this.view, Math.round(this.at.x), Math.round(this.at.y));
    const depth = dot(minus(here, this.origin), this.normal);
    return Math.sign(depth) * Math.abs(n - this.firstSlice);
  }

  get normal(): Vector {
    return cross(this.right, this.down);
  }

  patient([s, t]: Spot): Vector {
    return plus(plus(this.origin, this.right, s), this.down, t);
  }

  /** The spot over which a position is seen. */
  spot(p: Vector): Spot {
    const d = minus(p, this.origin);
    return [dot(d, this.right), dot(d, this.down)];
  }

  private pixel([s, t]: Spot): { x: number; y: number } {
    return { x: this.at.x + s / this.mmPerPixel, y: this.at.y + t / this.mmPerPixel };
  }

  /** Presses at the first spot, goes to the others, `steps` events for each way, and lets go. */
  async stroke(spots: readonly Spot[], steps = 2): Promise<void> {
    const { mouse } = this.studio.page;
    const [first, ...rest] = spots.map((spot) => this.pixel(spot));
    await mouse.move(first.x, first.y);
    await mouse.down();
    for (const { x, y } of rest) await mouse.move(x, y, { steps });
    await mouse.up();
  }

  async click(spot: Spot): Promise<void> {
    await this.stroke([spot]);
  }

  /** Turns the wheel by so many slices, down the list or up. */
  async scroll(slices: number): Promise<void> {
    const { mouse } = this.studio.page;
    const { x, y } = this.pixel([0, 0]);
    await mouse.move(x, y);
    for (let n = 0; n < Math.abs(slices); n++) {
      const before = (await this.studio.slice(this.view)).n;
      await mouse.wheel(0, Math.sign(slices) * 100);
      await expect.poll(async () => (await this.studio.slice(this.view)).n).not.toBe(before);
    }
  }

  /** Scrolls back to the slice that was shown at first. */
  async scrollBack(): Promise<void> {
    await this.scroll(this.firstSlice - (await this.studio.slice(this.view)).n);
  }

  /** How far a position is from the stroke through these spots, seen along the view. */
  alongStroke(spots: readonly Spot[], radius: number): Shape {
    return (p) => {
      const here = this.spot(p);
      let nearest = Infinity;
      spots.forEach((from, n) => {
        const to = spots[Math.min(n + 1, spots.length - 1)];
        const [wx, wy] = [to[0] - from[0], to[1] - from[1]];
        const [x, y] = [here[0] - from[0], here[1] - from[1]];
        const length = wx * wx + wy * wy;
        const share = length === 0 ? 0 : Math.min(1, Math.max(0, (x * wx + y * wy) / length));
        nearest = Math.min(nearest, Math.hypot(x - share * wx, y - share * wy));
      });
      return nearest - radius;
    };
  }

  /** Inside of a closed line of spots, seen along the view. */
  within(corners: readonly Spot[]): Shape {
    const border = this.alongStroke([...corners, corners[0]], 0);
    return (p) => {
      const [x, y] = this.spot(p);
      let inside = false;
      corners.forEach(([ax, ay], n) => {
        const [bx, by] = corners[(n + 1) % corners.length];
        if (ay > y !== by > y && x < ax + ((y - ay) / (by - ay)) * (bx - ax)) inside = !inside;
      });
      return inside ? -border(p) : border(p);
    };
  }

  /** The slab of voxels that slices [from, to] from the one shown are made of: a voxel's centre decides. */
  slices(geometry: VolumeGeometry, from = 0, to = from): Shape {
    const step = geometry.axes.reduce(
      (sum, axis, n) => sum + Math.abs(dot(axis, this.normal)) * geometry.spacing[n],
      0,
    );
    const [low, high] = [Math.min(from, to) * step, Math.max(from, to) * step];
    return (p) => {
      const depth = dot(minus(p, this.origin), this.normal);
      return Math.max(low - depth, depth - high) - step / 2;
    };
  }
}

export const ballAt =
  (centre: Vector, radius: number): Shape =>
  (p) =>
    Math.hypot(...minus(p, centre)) - radius;
export const both =
  (...shapes: readonly Shape[]): Shape =>
  (p) =>
    Math.max(...shapes.map((shape) => shape(p)));
export const either =
  (...shapes: readonly Shape[]): Shape =>
  (p) =>
    Math.min(...shapes.map((shape) => shape(p)));
export const without =
  (shape: Shape, cut: Shape): Shape =>
  (p) =>
    Math.max(shape(p), -cut(p));

/**
 * Voxels of a mask that are not where a shape says: missing though deeper inside than `tolerance` mm, or set though
 * further outside. Named by their patient positions; `checked` says how many voxels had to be set.
 */
export function misplaced(
  mask: Uint8Array,
  geometry: VolumeGeometry,
  shape: Shape,
  tolerance: number,
): { readonly wrong: readonly string[]; readonly checked: number } {
  const [nx, ny, nz] = geometry.size;
  const wrong: string[] = [];
  let checked = 0;
  for (let k = 0, v = 0; k < nz; k++)
    for (let j = 0; j < ny; j++)
      for (let i = 0; i < nx; i++, v++) {
        const p = toPatient(geometry, voxelIndex(i, j, k));
        const depth = shape([p[0], p[1], p[2]]);
        if (depth < -tolerance) checked++;
        if ((depth < -tolerance && mask[v] === 0) || (depth > tolerance && mask[v] === 1))
          wrong.push(
            `${mask[v] === 1 ? 'set' : 'missing'} at ${p.map((x) => x.toFixed(1)).join(', ')} mm: ${depth.toFixed(2)}`,
          );
      }
  return { wrong: wrong.slice(0, 8), checked };
}

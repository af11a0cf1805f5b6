import type { VolumeGeometry } from '../space/geometry';
import { FlipRuns } from './flip-runs';
import type { Flips } from './flips';
import { planeAxes, planeOfMask, strides, type PlaneAxes } from './plane';
import { sampled, shapeOf, type Shape } from './shape';

/** A place on a plane of voxels, mm along its axes from the middle of its first voxel. */
export type PlanePoint = readonly [a: number, b: number];

/** A step of the ball is no longer than this share of its radius, or the border would fold. */
const longestStep = 0.2;

/** One plane of voxels whose border is pushed. */
interface Pushed {
  readonly index: number;
  readonly start: Shape;
  /** Where the matter that is now in a voxel came from, mm along the axes from there. */
  readonly along: readonly [Float32Array, Float32Array];
}

/**
 * A soft ball that pushes the border of a mask before it, on the planes across one axis of the grid. What is at its
 * middle goes along with it, what is at its rim stays, and between the two the push falls off smoothly. The border is moved as distances,
 * so that pushes of less than a voxel add up.
 */
export class SoftPush {
  private readonly axes: PlaneAxes;
  private readonly planes = new Map<number, Pushed | null>();

  /** @param mask as it is before the push; it is read again as it changes, and not touched */
  constructor(
    private readonly mask: Uint8Array,
    private readonly g: VolumeGeometry,
    across: 0 | 1 | 2,
  ) {
    this.axes = planeAxes(across);
  }

  /**
   * Moves the ball.
   * @param index the plane that its middle moves on. @param radius mm
   * @param ball whether the planes within the ball are pushed as well, or this one alone
   * @returns the change of the mask
   */
  move(index: number, from: PlanePoint, to: PlanePoint, radius: number, ball: boolean): Flips {
    const { across } = this.axes;
    const reach = ball ? Math.floor(radius / this.g.spacing[across]) : 0;
    const first = Math.max(0, index - reach);
    const last = Math.min(this.g.size[across] - 1, index + reach);
    const changed: number[] = [];
    for (let k = first; k <= last; k++) {
      const depth = (k - index) * this.g.spacing[across];
      changed.push(...this.movePlane(k, from, to, radius, depth));
    }
    const runs = new FlipRuns();
    for (const offset of changed.sort((x, y) => x - y)) runs.add(offset);
    return runs.flips();
  }

  /** @returns the voxels that change */
  private movePlane(k: number, from: PlanePoint, to: PlanePoint, radius: number, depth: number): number[] {
    const plane = this.plane(k);
    if (!plane) return [];
    const way = [to[0] - from[0], to[1] - from[1]] as const;
    const steps = Math.max(1, Math.ceil(Math.hypot(...way) / (longestStep * radius)));
    const step = [way[0] / steps, way[1] / steps] as const;
    const touched = new Set<number>();
    for (let n = 1; n <= steps; n++)
      for (const p of this.step(plane, [from[0] + n * step[0], from[1] + n * step[1]], step, radius, depth))
        touched.add(p);
    return this.changes(plane, touched);
  }

  private plane(k: number): Pushed | null {
    const known = this.planes.get(k);
    if (known !== undefined) return known;
    const { a, b } = this.axes;
    const { size, spacing } = this.g;
    const content = planeOfMask(this.mask, size, this.axes, k).slice();
    const start = shapeOf(content, size[a], size[b], [spacing[a], spacing[b]]);
    const along = [new Float32Array(content.length), new Float32Array(content.length)] as const;
    const made = start && { index: k, start, along };
    this.planes.set(k, made);
    return made;
  }

  /** One short step of the ball, which ends at `middle`. @returns the places that it touched */
  private step(
    { along, start }: Pushed,
    middle: PlanePoint,
    step: PlanePoint,
    radius: number,
    depth: number,
  ): number[] {
    const { a, b } = this.axes;
    const [sa, sb] = [this.g.spacing[a], this.g.spacing[b]];
    const { width, height } = start;
    const before = [along[0].slice(), along[1].slice()] as const;
    const touched: number[] = [];
    const low = (at: number, spacing: number): number => Math.max(0, Math.ceil((at - radius) / spacing));
    const high = (at: number, spacing: number, length: number): number =>
      Math.min(length - 1, Math.floor((at + radius) / spacing));
    for (let y = low(middle[1], sb); y <= high(middle[1], sb, height); y++)
      for (let x = low(middle[0], sa); x <= high(middle[0], sa, width); x++) {
        const share = ((x * sa - middle[0]) ** 2 + (y * sb - middle[1]) ** 2 + depth ** 2) / radius ** 2;
        if (share >= 1) continue;
        const pull = (1 - share) ** 2;
        const [u, v] = [x - (pull * step[0]) / sa, y - (pull * step[1]) / sb];
        const p = y * width + x;
        along[0][p] = sampled(before[0], u, v, width, height) - pull * step[0];
        along[1][p] = sampled(before[1], u, v, width, height) - pull * step[1];
        touched.push(p);
      }
    return touched;
  }

  private changes({ index, start, along }: Pushed, touched: ReadonlySet<number>): number[] {
    const { across, a, b } = this.axes;
    const step = strides(this.g.size);
    const { width, height, distance } = start;
    const changed: number[] = [];
    for (const p of touched) {
      const [x, y] = [p % width, Math.floor(p / width)];
      const [u, v] = [x + along[0][p] / this.g.spacing[a], y + along[1][p] / this.g.spacing[b]];
      const inside = sampled(distance, u, v, width, height) > 0 ? 1 : 0;
      const offset = index * step[across] + x * step[a] + y * step[b];
      if (this.mask[offset] !== inside) changed.push(offset);
    }
    return changed;
  }
}

import { squaredDistanceTo } from '../../../main/imaging/mask/distance';
import { fillPolygon } from '../../../main/imaging/mask/fill-polygon';
import { applyFlips, flippedVoxels, flipsBetween, type Flips } from '../../../main/imaging/mask/flips';
import { mendBorder } from '../../../main/imaging/mask/mend';
import { labelRegions } from '../../../main/imaging/mask/regions';
import { sectionOfMask } from '../../../main/imaging/mask/section';
import { signedArea, tracePolygons, type Polygon } from '../../../main/imaging/mask/trace';
import {
  toPatient,
  voxelIndex,
  type PatientPoint,
  type PatientVector,
  type VolumeGeometry,
} from '../../../main/imaging/space/geometry';
import { cross } from '../../../main/imaging/space/vectors';
import { addedPathLength } from '../../../models/metrics';

/** What a contour has cost the hand that drew it. */
export interface Effort {
  /** Voxels that strokes changed. */
  voxels: number;
  /** Strokes of a tool, and commands. */
  strokes: number;
  /** Of the strokes: lines round a whole shape, lines that redraw a part of a border, and small corrections. */
  outlines: number;
  borders: number;
  corrections: number;
  /** Of the strokes: commands. */
  commands: number;
  /** Contour that was not there before, mm, slice by slice (Vaassen et al. 2020). */
  path: number;
}

/** Differences of fewer voxels than this are let be. */
const leastIsland = 3;
/** A line that redraws a border may begin this far from it, mm. */
const reach = 10;

/** One line of the hand: what it changes on the slice. */
interface Stroke {
  /** `replaced` is no stroke: what was offered goes where somebody draws their own. */
  readonly kind: 'outlines' | 'borders' | 'corrections' | 'replaced';
  readonly flips: Flips;
}

/**
 * What a clinician means by a slice: the expert's contour, its border moved by a smooth random field.
 * @param sd of the movement, mm. @param length over which the field is alike, mm
 */
export function intended(
  expert: Uint8Array,
  geometry: VolumeGeometry,
  sd: number,
  length: number,
  random: () => number,
): Uint8Array {
  const [nx, ny, nz] = geometry.size;
  const [sx, sy] = geometry.spacing;
  const n = nx * ny;
  const meant = new Uint8Array(expert.length);
  const flat = [nx, ny, 1] as const;
  for (let k = 0; k < nz; k++) {
    const slice = expert.subarray(k * n, (k + 1) * n);
    if (!slice.includes(1)) continue;
    const outside = squaredDistanceTo(slice, 1, flat, geometry.spacing);
    const inside = squaredDistanceTo(slice, 0, flat, geometry.spacing);
    const field = smoothField(nx, ny, length / sx, length / sy, random);
    const half = (sx + sy) / 4;
    for (let v = 0; v < n; v++) {
      const depth = slice[v] === 1 ? Math.sqrt(inside[v]) - half : half - Math.sqrt(outside[v]);
      if (depth + sd * field[v] > 0) meant[k * n + v] = 1;
    }
  }
  return meant;
}

/** Normal numbers of mean 0 and standard deviation 1, alike over about so many voxels: cosines of random waves. */
function smoothField(nx: number, ny: number, rx: number, ry: number, random: () => number): Float64Array {
  const waves = Array.from({ length: 24 }, () => {
    const [angle, reach] = [2 * Math.PI * random(), Math.sqrt(-2 * Math.log(1 - random()))];
    return [(Math.cos(angle) * reach) / rx, (Math.sin(angle) * reach) / ry, 2 * Math.PI * random()];
  });
  const field = new Float64Array(nx * ny);
  for (let j = 0, v = 0; j < ny; j++)
    for (let i = 0; i < nx; i++, v++) {
      for (const [x, y, phase] of waves) field[v] += Math.cos(i * x + j * y + phase);
      field[v] *= Math.sqrt(2 / waves.length);
    }
  return field;
}

/**
 * A hand that draws with the window's own tools: the freehand contour, which fills or clears what a line encloses, and the
 * line that redraws a part of a border.
 */
export class Hand {
  readonly effort: Effort = {
    voxels: 0,
    strokes: 0,
    outlines: 0,
    borders: 0,
    corrections: 0,
    commands: 0,
    path: 0,
  };
  private readonly normal: PatientVector;

  constructor(
    readonly mask: Uint8Array,
    private readonly geometry: VolumeGeometry,
    /** mm from the border that is meant within which nothing is corrected. */
    private readonly tolerance: number,
  ) {
    this.normal = cross(geometry.axes[0], geometry.axes[1]);
  }

  /** A command of the window that draws by itself. */
  command(flips: Flips): void {
    applyFlips(this.mask, flips);
    this.effort.strokes++;
    this.effort.commands++;
  }

  /**
   * Makes a slice what is meant by the fewest strokes: difference by difference, by redrawing parts of borders first, or
   * anew. A slice with nothing to be drawn on it takes a command where it is not empty yet.
   * @param offered whether the slice holds what a model offers and nobody took over: a stroke that corrects it takes it over,
   * a contour drawn anew replaces it, and what is right as it is takes a command
   */
  correct(k: number, meant: Uint8Array, offered = false): void {
    const [nx, ny] = this.geometry.size;
    const n = nx * ny;
    const slice = this.mask.subarray(k * n, (k + 1) * n);
    const before = slice.slice();
    const goal = meant.subarray(k * n, (k + 1) * n);
    const ways = [
      () => this.differences(slice, goal, k),
      () => {
        const strokes = this.borders(slice, goal, k);
        return [...strokes, ...this.differences(slice, goal, k)];
      },
      () => [...this.cleared(slice, goal, k, offered), ...this.round(goal, k, 1, 'outlines')],
    ];
    if (offered && !goal.includes(1)) return this.command(runsOf(slice, k * n));
    // Each is tried, and taken back; where two need as many, the one that leaves more as it was.
    const tried = ways.map((way) => {
      const strokes = way();
      slice.set(before);
      return { strokes, count: strokes.filter(({ kind }) => kind !== 'replaced').length };
    });
    const { strokes: best } = tried.reduce((a, b) => (b.count < a.count ? b : a));
    for (const { kind, flips } of best) {
      applyFlips(this.mask, flips);
      if (kind === 'replaced') continue;
      this.effort.voxels += flippedVoxels(flips);
      this.effort.strokes++;
      this.effort[kind]++;
    }
    if (offered && best.length === 0) this.command(new Uint32Array(0));
    const grid = { size: [nx, ny, 1], spacing: this.geometry.spacing } as const;
    this.effort.path += addedPathLength(before, slice, grid);
  }

  /** What is not as it is meant, beyond the tolerance. */
  private islands(slice: Uint8Array, goal: Uint8Array): { mask: Uint8Array; value: 0 | 1 }[] {
    const [nx, ny] = this.geometry.size;
    const { spacing } = this.geometry;
    return ([1, 0] as const).flatMap((value) => {
      const differs = Uint8Array.from(slice, (now, v) => (now !== goal[v] && goal[v] === value ? 1 : 0));
      // How far a voxel that ought to be `value` lies from where it would be right as it is.
      const depth = squaredDistanceTo(goal, value === 1 ? 0 : 1, [nx, ny, 1], spacing);
      const half = Math.min(spacing[0], spacing[1]) / 2;
      return islandsOf(differs, nx, ny)
        .filter((mask) => mask.some((x, v) => x === 1 && Math.sqrt(depth[v]) - half > this.tolerance))
        .map((mask) => ({ mask, value }));
    });
  }

  /** What has to go before a slice is drawn anew. */
  private cleared(slice: Uint8Array, goal: Uint8Array, k: number, offered: boolean): Stroke[] {
    if (!slice.includes(1)) return [];
    // As the window has it: who draws less than half of what is offered anew has added to it.
    const common = slice.reduce((sum, x, v) => sum + x * goal[v], 0);
    const replaces = 2 * common > slice.reduce((sum, x) => sum + x, 0);
    if (!offered || !replaces) return this.round(slice.slice(), k, 0, 'outlines');
    const flips = runsOf(slice, k * slice.length);
    applyFlips(this.mask, flips);
    return [{ kind: 'replaced', flips }];
  }

  private differences(slice: Uint8Array, goal: Uint8Array, k: number): Stroke[] {
    return this.islands(slice, goal).flatMap(({ mask, value }) => this.round(mask, k, value, 'corrections'));
  }

  /** Round a shape of a slice, and round its holes: one stroke a line. */
  private round(shape: Uint8Array, k: number, value: 0 | 1, kind: Stroke['kind']): Stroke[] {
    const [nx, ny] = this.geometry.size;
    const lines = tracePolygons(shape, nx, ny).sort((p, q) => signedArea(q) - signedArea(p));
    return lines.map((line) => {
      const points = this.inSpace(line, k);
      const fills = signedArea(line) > 0 ? value : ((1 - value) as 0 | 1);
      const flips = fillPolygon(this.mask, this.geometry, points, this.normal, fills);
      applyFlips(this.mask, flips);
      return { kind, flips };
    });
  }

  /** Along each border that is meant, from before the first place where it is not so to behind the last: one stroke. */
  private borders(slice: Uint8Array, goal: Uint8Array, k: number): Stroke[] {
    const [nx, ny] = this.geometry.size;
    return tracePolygons(goal, nx, ny).flatMap((ring): Stroke[] => {
      const wrong = new Uint8Array(slice.length);
      for (const { mask } of this.islands(slice, goal)) mask.forEach((x, v) => (wrong[v] |= x));
      const line = alongWrong(ring, wrong, nx, ny);
      if (line === null) return [];
      const plane = {
        origin: toPatient(this.geometry, voxelIndex(0, 0, k)),
        u: this.geometry.axes[0],
        v: this.geometry.axes[1],
        size: [nx, ny],
        spacing: [this.geometry.spacing[0], this.geometry.spacing[1]],
      } as const;
      const outlines = sectionOfMask(this.mask, this.geometry, plane);
      const points = this.inSpace(line, k);
      const flips = mendBorder(this.mask, this.geometry, points, outlines, this.normal, reach);
      if (flips === null || flips.length === 0) return [];
      applyFlips(this.mask, flips);
      return [{ kind: 'borders', flips }];
    });
  }

  private inSpace(line: Polygon, k: number): PatientPoint[] {
    return Array.from({ length: line.length / 2 }, (_, p) =>
      toPatient(this.geometry, voxelIndex(line[2 * p], line[2 * p + 1], k)),
    );
  }
}

/**
 * The part of a closed border that a hand redraws: all of it but the longest way on which nothing beside it is wrong.
 * @returns null where nothing is wrong, or everything
 */
function alongWrong(ring: Polygon, wrong: Uint8Array, nx: number, ny: number): Polygon | null {
  const count = ring.length / 2;
  const near = Array.from({ length: count }, (_, p) => {
    const [x, y] = [Math.round(ring[2 * p]), Math.round(ring[2 * p + 1])];
    for (let j = Math.max(0, y - 1); j <= Math.min(ny - 1, y + 1); j++)
      for (let i = Math.max(0, x - 1); i <= Math.min(nx - 1, x + 1); i++)
        if (wrong[j * nx + i] === 1) return true;
    return false;
  });
  if (!near.includes(true) || !near.includes(false)) return null;
  let [start, longest] = [0, 0];
  for (let p = 0; p < count; p++) {
    // A way on which nothing is wrong begins here.
    if (near[p] || !near[(p + count - 1) % count]) continue;
    let [length, q] = [0, p];
    while (!near[(q + 1) % count]) {
      length += Math.hypot(
        ring[2 * ((q + 1) % count)] - ring[2 * (q % count)],
        ring[2 * ((q + 1) % count) + 1] - ring[2 * (q % count) + 1],
      );
      q++;
    }
    if (length >= longest) [start, longest] = [q, length];
  }
  const points: number[] = [];
  // From the last right place on, to the first right place again.
  for (let n = 0; n <= count; n++) {
    const p = (start + n) % count;
    points.push(ring[2 * p], ring[2 * p + 1]);
    if (n > 0 && !near[p] && everyRight(near, p, start % count)) break;
  }
  return points.length < 6 ? null : Float64Array.from(points);
}

/** The voxels of a slice as flips of the whole mask. */
function runsOf(slice: Uint8Array, start: number): Flips {
  const flips = flipsBetween(new Uint8Array(slice.length), slice);
  for (let r = 0; r < flips.length; r += 2) flips[r] += start;
  return flips;
}

/** Whether nothing is wrong from one place of a border on to another. */
function everyRight(near: readonly boolean[], from: number, to: number): boolean {
  for (let p = from; p !== to; p = (p + 1) % near.length) if (near[p]) return false;
  return true;
}

function islandsOf(mask: Uint8Array, nx: number, ny: number): Uint8Array[] {
  if (!mask.includes(1)) return [];
  const { labels, sizes } = labelRegions(mask, [nx, ny, 1], 1, 'corners');
  return sizes.flatMap((size, at) =>
    size < leastIsland ? [] : [Uint8Array.from(labels, (label) => (label === at + 1 ? 1 : 0))],
  );
}

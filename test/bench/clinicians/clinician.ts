import { signedArea, tracePolygons } from '../../../main/imaging/mask/trace';
import { squaredDistanceTo } from '../../../main/imaging/mask/distance';
import { fillPolygon } from '../../../main/imaging/mask/fill-polygon';
import { applyFlips, flippedVoxels, type Flips } from '../../../main/imaging/mask/flips';
import { labelRegions } from '../../../main/imaging/mask/regions';
import {
  patientVector,
  toPatient,
  voxelIndex,
  type VolumeGeometry,
} from '../../../main/imaging/space/geometry';
import { addedPathLength } from '../../../models/metrics';

/** What a contour has cost the hand that drew it. */
export interface Effort {
  /** Voxels that strokes changed. */
  voxels: number;
  /** Strokes of a tool, and commands. */
  strokes: number;
  /** Contour that was not there before, mm, slice by slice (Vaassen et al. 2020). */
  path: number;
}

/** Differences of fewer voxels than this are let be. */
const leastIsland = 3;
/** A slice that needs more corrections than this is drawn anew. */
const mostCorrections = 4;

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

/** A hand that draws with the window's freehand contour, which fills or clears what a line encloses. */
export class Hand {
  readonly effort: Effort = { voxels: 0, strokes: 0, path: 0 };

  constructor(
    readonly mask: Uint8Array,
    private readonly geometry: VolumeGeometry,
    /** mm from the border that is meant within which nothing is corrected. */
    private readonly tolerance: number,
  ) {}

  /** A command of the window that draws by itself. */
  command(flips: Flips): void {
    applyFlips(this.mask, flips);
    this.effort.strokes++;
  }

  /** Makes a slice what is meant: by its differences, or anew where those are many. */
  correct(k: number, meant: Uint8Array): void {
    const [nx, ny] = this.geometry.size;
    const n = nx * ny;
    const slice = this.mask.subarray(k * n, (k + 1) * n);
    const before = slice.slice();
    const goal = meant.subarray(k * n, (k + 1) * n);
    const differs = (value: 0 | 1): Uint8Array =>
      Uint8Array.from(slice, (now, v) => (now !== goal[v] && goal[v] === value ? 1 : 0));
    const { spacing } = this.geometry;
    const islands = ([1, 0] as const).flatMap((value) => {
      // How far a voxel that ought to be `value` lies from where it would be right as it is.
      const depth = squaredDistanceTo(goal, value === 1 ? 0 : 1, [nx, ny, 1], spacing);
      const half = Math.min(spacing[0], spacing[1]) / 2;
      return islandsOf(differs(value), nx, ny)
        .filter((mask) => mask.some((x, v) => x === 1 && Math.sqrt(depth[v]) - half > this.tolerance))
        .map((mask) => ({ mask, value }));
    });
    if (islands.length <= mostCorrections) for (const { mask, value } of islands) this.draw(mask, k, value);
    else {
      if (before.includes(1)) this.draw(before, k, 0);
      this.draw(goal, k, 1);
    }
    const grid = { size: [nx, ny, 1], spacing: this.geometry.spacing } as const;
    this.effort.path += addedPathLength(before, slice, grid);
  }

  /** Draws round a shape of a slice, and round its holes: one stroke a line. */
  private draw(shape: Uint8Array, k: number, value: 0 | 1): void {
    const [nx, ny] = this.geometry.size;
    const [a, b] = this.geometry.axes;
    const normal = patientVector(
      a[1] * b[2] - a[2] * b[1],
      a[2] * b[0] - a[0] * b[2],
      a[0] * b[1] - a[1] * b[0],
    );
    const lines = tracePolygons(shape, nx, ny).sort((p, q) => signedArea(q) - signedArea(p));
    for (const line of lines) {
      const points = Array.from({ length: line.length / 2 }, (_, p) =>
        toPatient(this.geometry, voxelIndex(line[2 * p], line[2 * p + 1], k)),
      );
      const fills = signedArea(line) > 0 ? value : ((1 - value) as 0 | 1);
      const flips = fillPolygon(this.mask, this.geometry, points, normal, fills);
      this.effort.voxels += flippedVoxels(flips);
      this.effort.strokes++;
      applyFlips(this.mask, flips);
    }
  }
}

function islandsOf(mask: Uint8Array, nx: number, ny: number): Uint8Array[] {
  if (!mask.includes(1)) return [];
  const { labels, sizes } = labelRegions(mask, [nx, ny, 1], 1, 'corners');
  return sizes.flatMap((size, at) =>
    size < leastIsland ? [] : [Uint8Array.from(labels, (label) => (label === at + 1 ? 1 : 0))],
  );
}

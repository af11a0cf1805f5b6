import { voxelCount, type VolumeGeometry } from '../space/geometry';
import type { Contour } from './contour';
import {
  planeAt,
  planesOfContours,
  regularDistance,
  type ContourPlane,
  type PlaneStack,
} from './contour-planes';
import { fillFreeStack } from './free-stack';
import { addPlane, planeAxes } from './plane';
import { fillPolygons } from './rasterise';
import type { Polygon } from './trace';

export interface RasterisingOptions {
  /** What slices between two contoured slices get: nothing (default), or the nearer contours. */
  readonly between?: 'nothing' | 'nearest';
}

export interface Rasterised {
  readonly mask: Uint8Array;
  /** Sentences about contours that gave no voxels or need a person's eye. */
  readonly remarks: readonly string[];
}

/**
 * The voxels whose centres lie inside closed contours, by the even-odd rule (SEMANTICS.md, Contour).
 * Contours that cannot be filled are counted in the remarks; nothing is dropped silently.
 */
export function maskOfContours(
  contours: readonly Contour[],
  geometry: VolumeGeometry,
  options: RasterisingOptions = {},
): Rasterised {
  const mask = new Uint8Array(voxelCount(geometry));
  const closed = contours.filter((c) => isClosed(c));
  const remarks = new Remarks();
  for (const c of contours) if (!isClosed(c)) remarks.count(c.type === 'POINT' ? 'point' : 'open');
  const { stacks, notFlat } = planesOfContours(
    closed.map((c) => c.points),
    geometry,
  );
  remarks.count('not flat', notFlat);
  for (const stack of stacks)
    if (stack.kind === 'grid') fillGridStack(mask, geometry, stack, options, remarks);
    else {
      remarks.say('Contours are not parallel to the slices; each stands for a slab about its plane.');
      fillFreeStack(mask, geometry, stack);
    }
  return { mask, remarks: remarks.sentences() };
}

const isClosed = (c: Contour): boolean =>
  c.points.length >= 9 && c.type !== 'POINT' && c.type !== 'OPEN_PLANAR' && c.type !== 'OPEN_NONPLANAR';

function fillGridStack(
  mask: Uint8Array,
  g: VolumeGeometry,
  stack: Extract<PlaneStack, { kind: 'grid' }>,
  options: RasterisingOptions,
  remarks: Remarks,
): void {
  const axes = planeAxes(stack.across);
  const [width, height] = [g.size[axes.a], g.size[axes.b]];
  const distance = regularDistance(stack.planes) ?? 1;
  const apart = distance > 1.5;
  const wide = stack.across !== 2 || options.between === 'nearest';
  const [first, last] = [stack.planes[0].level, stack.planes[stack.planes.length - 1].level];
  if (apart && !wide)
    remarks.say(
      `Contours are ${(distance * g.spacing[2]).toFixed(1)} mm apart on slices ${g.spacing[2].toFixed(1)} mm apart; the slices between stay empty.`,
    );
  const used = new Set<ContourPlane>();
  for (let layer = 0; layer < g.size[stack.across]; layer++) {
    // What lies between slices lies between two of them: nothing is added beyond the first and the last.
    const beyond = stack.across === 2 && (layer < first || layer > last);
    const plane = planeAt(stack.planes, layer, wide && !beyond ? Math.max(0.5, distance / 2) : 0.5);
    if (plane === null) continue;
    used.add(plane);
    addPlane(mask, g.size, axes, layer, fillPolygons(plane.polygons, width, height));
  }
  for (const plane of stack.planes) {
    const outside = plane.level < -0.5 || plane.level >= g.size[stack.across] - 0.5;
    if (outside) remarks.count('outside', plane.polygons.length);
    else if (!used.has(plane)) remarks.count('between', plane.polygons.length);
    else for (const polygon of plane.polygons) remarkOnPolygon(polygon, width, height, remarks);
  }
}

/** Counts a polygon that holds no centre, or leaves the grid. */
function remarkOnPolygon(polygon: Polygon, width: number, height: number, remarks: Remarks): void {
  let [i0, j0, i1, j1] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let p = 0; p < polygon.length; p += 2) {
    i0 = Math.min(i0, polygon[p]);
    i1 = Math.max(i1, polygon[p]);
    j0 = Math.min(j0, polygon[p + 1]);
    j1 = Math.max(j1, polygon[p + 1]);
  }
  // Less than a twentieth of a voxel beyond the grid is rounding, not anatomy.
  const [right, bottom, edge] = [width - 0.45, height - 0.45, -0.55];
  if (i1 < edge || j1 < edge || i0 > right || j0 > bottom) remarks.count('outside');
  else if (i0 < edge || j0 < edge || i1 > right || j1 > bottom) remarks.count('cut');
  else if (!holdsCentre(polygon, i0, j0, i1, j1)) remarks.count('tiny');
}

function holdsCentre(polygon: Polygon, i0: number, j0: number, i1: number, j1: number): boolean {
  const [left, top] = [Math.ceil(i0), Math.ceil(j0)];
  const [width, height] = [Math.floor(i1) - left + 1, Math.floor(j1) - top + 1];
  if (width <= 0 || height <= 0) return false;
  const moved = polygon.map((x, n) => x - (n % 2 === 0 ? left : top));
  return fillPolygons([moved], width, height).includes(1);
}

type Kind = 'point' | 'open' | 'not flat' | 'outside' | 'cut' | 'between' | 'tiny';

const SENTENCE: Record<Kind, (n: string) => string> = {
  point: (n) => `${n} of single points, which enclose nothing, left as they are.`,
  open: (n) => `${n} left unfilled, because open.`,
  'not flat': (n) => `${n} left unfilled, because not flat.`,
  outside: (n) => `${n} outside the scan.`,
  cut: (n) => `${n} reaching beyond the scan, cut at its edge.`,
  between: (n) => `${n} between slices that have contours nearer to their centres, left out.`,
  tiny: (n) => `${n} too small to hold the centre of a voxel.`,
};

/** Counts alike and says each thing once. */
class Remarks {
  private readonly counts = new Map<Kind, number>();
  private readonly said: string[] = [];

  count(kind: Kind, n = 1): void {
    if (n > 0) this.counts.set(kind, (this.counts.get(kind) ?? 0) + n);
  }

  say(sentence: string): void {
    this.said.push(sentence);
  }

  sentences(): string[] {
    const counted = [...this.counts].map(([kind, n]) =>
      SENTENCE[kind](n === 1 ? '1 contour' : `${n} contours`),
    );
    return [...this.said, ...counted];
  }
}

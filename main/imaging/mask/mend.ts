import { patientPoint, patientVector, toPatient, voxelIndex } from '../space/geometry';
import type { PatientPoint, PatientVector, VolumeGeometry } from '../space/geometry';
import { between, cross, dot, unit } from '../space/vectors';
import { fillPolygon } from './fill-polygon';
import type { Flips } from './flips';
import { Inside } from './rasterise';
import type { Outline } from './section';

/** A point on the plane drawn on, mm. */
type Spot = readonly [x: number, y: number];
type Triple = [number, number, number];

/** A place on a closed border: on the edge that begins at point `edge`, `share` of its length on. */
interface Foot {
  readonly edge: number;
  readonly share: number;
  readonly spot: Spot;
  readonly distance: number;
}

/** Places at which a line and the border that it replaces are compared. */
const compared = 48;

/**
 * Redraws a part of a border: the section of an outline that lies along an open line is replaced by the line. So one stroke
 * mends a border that was in part too far out and in part too far in. Other outlines of the mask stay as they are, except
 * where the line takes their place.
 * @param line drawn on one plane, in patient space; its ends go to the nearest points of the border
 * @param outlines of the mask on that plane. @param normal of the plane
 * @param reach how far the ends may lie from the border, mm
 * @returns the change of the voxels nearest to the plane; null where no border is within reach of both ends
 */
export function mendBorder(
  mask: Uint8Array,
  g: VolumeGeometry,
  line: readonly PatientPoint[],
  outlines: readonly Outline[],
  normal: PatientVector,
  reach: number,
): Flips | null {
  if (line.length < 2) return null;
  const place = onPlaneOf(line[0], unit(normal));
  const drawn = line.map(place);
  const rings = outlines.map(({ points, hole }) => ({ hole, points, ring: spotsOf(points, place) }));
  let best: { outline: (typeof rings)[number]; from: Foot; to: Foot } | null = null;
  for (const outline of rings) {
    if (outline.ring.length < 3) continue;
    const from = nearest(outline.ring, drawn[0]);
    const to = nearest(outline.ring, drawn[drawn.length - 1]);
    if (Math.max(from.distance, to.distance) > reach) continue;
    if (best === null || from.distance + to.distance < best.from.distance + best.to.distance)
      best = { outline, from, to };
  }
  if (best === null) return null;

  const { outline, from, to } = best;
  const section = facing(outline.ring, from, to, drawn);
  // The line one way and the section back: what it encloses is what changes.
  const loop = [
    ...line,
    ...section.reverse().map(({ edge, share }) => {
      const at = (n: number): number[] => [...outline.points.subarray(3 * n, 3 * n + 3)];
      const [a, b] = [at(edge), at((edge + 1) % outline.ring.length)];
      const [x, y, z] = a.map((value, axis) => value + share * (b[axis] - value));
      return patientPoint(x, y, z);
    }),
  ];
  const border = new Inside([Float64Array.from(outline.ring.flat())]);
  const [nx, ny] = g.size;
  const within = (offset: number): boolean => {
    const [i, rest] = [offset % nx, Math.floor(offset / nx)];
    const p = toPatient(g, voxelIndex(i, rest % ny, Math.floor(rest / ny)));
    return border.holds(...place(p));
  };
  const inside = outline.hole ? 0 : 1;
  const taken = fillPolygon(mask, g, loop, normal, inside === 1 ? 0 : 1, within);
  const given = fillPolygon(mask, g, loop, normal, inside, (offset) => !within(offset));
  return merged(taken, given);
}

/** Coordinates of points on a plane, mm. */
function onPlaneOf(origin: PatientPoint, normal: PatientVector): (p: PatientPoint) => [number, number] {
  const aside = ([0, 1, 2] as const).reduce((a, b) => (Math.abs(normal[b]) < Math.abs(normal[a]) ? b : a));
  const u = unit(cross(normal, patientVector(...([0, 1, 2].map((n) => (n === aside ? 1 : 0)) as Triple))));
  const v = cross(normal, u);
  return (p) => {
    const d = between(origin, p);
    return [dot(d, u), dot(d, v)];
  };
}

function spotsOf(points: Float64Array, place: (p: PatientPoint) => Spot): Spot[] {
  return Array.from({ length: points.length / 3 }, (_, n) =>
    place(patientPoint(points[3 * n], points[3 * n + 1], points[3 * n + 2])),
  );
}

function nearest(ring: readonly Spot[], [x, y]: Spot): Foot {
  let best: Foot = { edge: 0, share: 0, spot: ring[0], distance: Infinity };
  for (let edge = 0; edge < ring.length; edge++) {
    const [a, b] = [ring[edge], ring[(edge + 1) % ring.length]];
    const [dx, dy] = [b[0] - a[0], b[1] - a[1]];
    const length = dx * dx + dy * dy;
    const along = length === 0 ? 0 : ((x - a[0]) * dx + (y - a[1]) * dy) / length;
    const share = Math.min(1, Math.max(0, along));
    const spot = [a[0] + share * dx, a[1] + share * dy] as const;
    const distance = Math.hypot(x - spot[0], y - spot[1]);
    if (distance < best.distance) best = { edge, share, spot, distance };
  }
  return best;
}

/** Of the two ways along a border from one place to another, the one that runs along a line. */
function facing(ring: readonly Spot[], from: Foot, to: Foot, line: readonly Spot[]): Foot[] {
  const corner = (n: number): Foot => ({ edge: n, share: 0, spot: ring[n], distance: 0 });
  const count = ring.length;
  /** Onwards from `a` to `b`, both included. */
  const onwards = (a: Foot, b: Foot): Foot[] => {
    const way = [a];
    const straight = a.edge === b.edge && b.share >= a.share;
    if (!straight) {
      let n = a.edge;
      do {
        n = (n + 1) % count;
        way.push(corner(n));
      } while (n !== b.edge);
    }
    return [...way, b];
  };
  const apart = (way: readonly Foot[]): number => {
    const [one, other] = [evenly(way.map(({ spot }) => spot)), evenly(line)];
    return one.reduce((sum, p, n) => sum + Math.hypot(p[0] - other[n][0], p[1] - other[n][1]), 0);
  };
  const ways = [onwards(from, to), onwards(to, from).reverse()];
  return apart(ways[0]) <= apart(ways[1]) ? ways[0] : ways[1];
}

/** Places along a line, at equal distances along it. */
function evenly(line: readonly Spot[]): Spot[] {
  const lengths = line.map((p, n) =>
    n === 0 ? 0 : Math.hypot(p[0] - line[n - 1][0], p[1] - line[n - 1][1]),
  );
  const whole = lengths.reduce((sum, length) => sum + length, 0);
  const places: Spot[] = [];
  let [n, before] = [1, 0];
  for (let at = 0; at < compared; at++) {
    const wanted = (whole * at) / (compared - 1);
    while (n < line.length - 1 && before + lengths[n] < wanted) before += lengths[n++];
    if (line.length === 1) places.push(line[0]);
    else {
      const share = lengths[n] === 0 ? 0 : Math.min(1, (wanted - before) / lengths[n]);
      const [a, b] = [line[n - 1], line[n]];
      places.push([a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])]);
    }
  }
  return places;
}

/** Two changes that have no voxel in common, as one. */
function merged(one: Flips, other: Flips): Flips {
  const runs: (readonly [number, number])[] = [];
  for (const flips of [one, other])
    for (let r = 0; r < flips.length; r += 2) runs.push([flips[r], flips[r + 1]]);
  return Uint32Array.from(runs.sort((a, b) => a[0] - b[0]).flat());
}

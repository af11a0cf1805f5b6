import { signedArea, type Polygon } from './trace';

/**
 * Joins each hole to the contour round it by a channel of no width, for systems that know only filled contours. Even-odd
 * filling of the result equals that of the polygons given (SEMANTICS.md, Keyholes).
 * @param polygons outer contours with positive, holes with negative area, as {@link tracePolygons} makes them.
 */
export function withKeyholes(polygons: readonly Polygon[]): Polygon[] {
  const outer = polygons.filter((p) => signedArea(p) > 0);
  const holes = polygons.filter((p) => signedArea(p) <= 0);
  // From left to right: what a channel to the left meets has then been joined already.
  const waiting = holes.map((hole) => ({ hole, at: leftmost(hole) }));
  waiting.sort((a, b) => a.hole[a.at] - b.hole[b.at]);
  for (const { hole, at } of waiting) {
    const hit = nearestToTheLeft(outer, hole[at], hole[at + 1]);
    if (hit === null) outer.push(hole);
    else outer[hit.polygon] = joined(outer[hit.polygon], hit.edge, hit.x, hole, at);
  }
  return outer;
}

/** Offset of the point of smallest i. */
function leftmost(polygon: Polygon): number {
  let best = 0;
  for (let p = 2; p < polygon.length; p += 2) if (polygon[p] < polygon[best]) best = p;
  return best;
}

interface Hit {
  readonly polygon: number;
  /** Offset of the edge's first point. */
  readonly edge: number;
  readonly x: number;
}

/** The first edge that a ray from (x, y) towards smaller i meets. */
function nearestToTheLeft(polygons: readonly Polygon[], x: number, y: number): Hit | null {
  let best: Hit | null = null;
  polygons.forEach((polygon, index) => {
    for (let p = 0; p < polygon.length; p += 2) {
      const next = (p + 2) % polygon.length;
      const [y0, y1] = [polygon[p + 1], polygon[next + 1]];
      if (y0 <= y === y1 <= y) continue;
      const at = polygon[p] + ((y - y0) * (polygon[next] - polygon[p])) / (y1 - y0);
      if (at < x && (best === null || at > best.x)) best = { polygon: index, edge: p, x: at };
    }
  });
  return best;
}

/** The outer contour, with a walk to the hole and back at the point (x, y of the hole's point) of one of its edges. */
function joined(outer: Polygon, edge: number, x: number, hole: Polygon, at: number): Polygon {
  const y = hole[at + 1];
  return Float64Array.from([
    ...outer.subarray(0, edge + 2),
    ...[x, y],
    ...hole.subarray(at),
    ...hole.subarray(0, at + 2),
    ...[x, y],
    ...outer.subarray(edge + 2),
  ]);
}

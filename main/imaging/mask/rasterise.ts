import type { Polygon } from './trace';

/** Work is in index coordinates rounded to this part of a voxel (SEMANTICS.md, Exact borders). */
const GRAIN = 1e6;

const snapped = (x: number): number => Math.round(x * GRAIN) / GRAIN;

/**
 * Fills polygons by the even-odd rule at pixel centres, all of them together (XOR).
 * @returns a mask of `width` × `height` pixels, i fastest.
 */
export function fillPolygons(polygons: readonly Polygon[], width: number, height: number): Uint8Array {
  // One column more than the mask: crossings right of the last centre change nothing.
  const crossings = new Uint8Array((width + 1) * height);
  for (const polygon of polygons) markCrossings(polygon, crossings, width, height);
  const mask = new Uint8Array(width * height);
  for (let j = 0; j < height; j++) {
    let parity = 0;
    for (let i = 0, c = j * (width + 1), v = j * width; i < width; i++, c++, v++) {
      parity ^= crossings[c];
      mask[v] = parity;
    }
  }
  return mask;
}

/** For each row that an edge crosses, notes the first centre right of the crossing. */
function markCrossings(polygon: Polygon, crossings: Uint8Array, width: number, height: number): void {
  const n = polygon.length;
  for (let p = 0, last = n - 2; p < n; last = p, p += 2) {
    let [x0, y0, x1, y1] = [polygon[last], polygon[last + 1], polygon[p], polygon[p + 1]].map(snapped);
    if (y0 === y1) continue;
    if (y0 > y1) [x0, y0, x1, y1] = [x1, y1, x0, y0];
    const slope = (x1 - x0) / (y1 - y0);
    const end = Math.min(height, Math.ceil(y1));
    for (let j = Math.max(0, Math.ceil(y0)); j < end; j++) {
      const first = Math.ceil(snapped(x0 + (j - y0) * slope));
      crossings[j * (width + 1) + Math.min(width, Math.max(0, first))] ^= 1;
    }
  }
}

/** Whether a point is inside, by the same rule as {@link fillPolygons}. */
export function isInside(polygons: readonly Polygon[], i: number, j: number): boolean {
  const [x, y] = [snapped(i), snapped(j)];
  let inside = false;
  for (const polygon of polygons)
    for (let p = 0, last = polygon.length - 2; p < polygon.length; last = p, p += 2) {
      const [x0, y0, x1, y1] = [polygon[last], polygon[last + 1], polygon[p], polygon[p + 1]].map(snapped);
      if (y0 <= y !== y1 <= y && x >= snapped(x0 + ((y - y0) * (x1 - x0)) / (y1 - y0))) inside = !inside;
    }
  return inside;
}

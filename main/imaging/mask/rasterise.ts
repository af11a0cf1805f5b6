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

/** Most bands that edges are sorted into. */
const MOST_BANDS = 4096;

/** Says of points whether they lie inside, by the same rule as {@link fillPolygons}; edges are sorted by their rows. */
export class Inside {
  /** For each band of rows the edges that reach into it: x0, y0, x1, y1, snapped. */
  private readonly bands: number[][];
  private readonly lowest: number;
  private readonly width: number;

  constructor(polygons: readonly Polygon[]) {
    let [low, high] = [Infinity, -Infinity];
    for (const polygon of polygons)
      for (let p = 1; p < polygon.length; p += 2) {
        low = Math.min(low, snapped(polygon[p]));
        high = Math.max(high, snapped(polygon[p]));
      }
    const count = high >= low ? Math.max(1, Math.min(MOST_BANDS, Math.ceil(high - low))) : 0;
    this.lowest = low;
    this.width = high > low ? (high - low) / count : 1;
    this.bands = Array.from({ length: count }, () => []);
    for (const polygon of polygons) this.sortIn(polygon);
  }

  /** Whether (i, j) lies inside by the even-odd rule. */
  holds(i: number, j: number): boolean {
    const [x, y] = [snapped(i), snapped(j)];
    const band = this.bands[this.bandOf(y)] ?? [];
    let inside = false;
    for (let e = 0; e < band.length; e += 4) {
      const [x0, y0, x1, y1] = [band[e], band[e + 1], band[e + 2], band[e + 3]];
      if (y0 <= y !== y1 <= y && x >= snapped(x0 + ((y - y0) * (x1 - x0)) / (y1 - y0))) inside = !inside;
    }
    return inside;
  }

  private bandOf(y: number): number {
    return Math.min(this.bands.length - 1, Math.floor((y - this.lowest) / this.width));
  }

  private sortIn(polygon: Polygon): void {
    for (let p = 0, last = polygon.length - 2; p < polygon.length; last = p, p += 2) {
      const [x0, y0] = [snapped(polygon[last]), snapped(polygon[last + 1])];
      const [x1, y1] = [snapped(polygon[p]), snapped(polygon[p + 1])];
      if (y0 === y1) continue;
      const to = this.bandOf(Math.max(y0, y1));
      for (let band = this.bandOf(Math.min(y0, y1)); band <= to; band++)
        this.bands[band].push(x0, y0, x1, y1);
    }
  }
}

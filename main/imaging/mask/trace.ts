/**
 * The border of a two-dimensional mask as closed polygons in index coordinates: i to the right, j down, pixel centres at
 * whole numbers. SEMANTICS.md, "The two contours of a mask", is what this does.
 */

/** Where the border runs: halfway between centres (marching squares), or along the faces of the voxels. */
export type ContourStyle = 'sub-voxel' | 'voxel-exact';

/** A closed polygon as [i, j, i, j, …]; the last point joins the first. */
export type Polygon = Float64Array;

/** How far the sub-voxel border stays from halfway, towards the inside, in voxels. */
export const INWARD = 0.01;

// The four sides of a pixel in the order in which a border walks them, its inside to the right hand when j points down.
const TOP = 0;
const RIGHT = 1;
const BOTTOM = 2;

const STEP_I = [1, 0, -1, 0];
const STEP_J = [0, 1, 0, -1];
// From the pixel to its neighbour across each side.
const OUT_I = [0, 1, 0, -1];
const OUT_J = [-1, 0, 1, 0];

/**
 * All borders of a mask of `width` × `height` pixels (0 or 1, i fastest). Outer borders have positive area, holes
 * negative. Pixels are joined through their sides; corner contact separates.
 * @throws RangeError if the mask is not of this size.
 */
export function tracePolygons(
  mask: Uint8Array,
  width: number,
  height: number,
  style: ContourStyle = 'sub-voxel',
): Polygon[] {
  if (mask.length !== width * height) throw new RangeError('The mask is not of the size that was given.');
  const visited = new Uint8Array(mask.length);
  const polygons: Polygon[] = [];
  // Every closed border runs along at least one top side.
  for (let v = mask.indexOf(1); v >= 0; v = mask.indexOf(1, v + 1))
    if (visited[v] === 0 && (v < width || mask[v - width] === 0))
      polygons.push(walk(mask, width, height, v, visited, style));
  return polygons;
}

function walk(
  mask: Uint8Array,
  width: number,
  height: number,
  start: number,
  visited: Uint8Array,
  style: ContourStyle,
): Polygon {
  const inside = (i: number, j: number): boolean =>
    i >= 0 && j >= 0 && i < width && j < height && mask[j * width + i] === 1;
  const points: number[] = [];
  let i = start % width;
  let j = (start - i) / width;
  let side = TOP;
  let straight = false;
  do {
    if (side === TOP) visited[j * width + i] = 1;
    const turn = turnAfter(i, j, side, inside);
    if (style === 'voxel-exact') {
      if (turn !== 0) points.push(i + cornerI(side), j + cornerJ(side));
    } else if (!(straight && turn === 0)) {
      // The first and last link of a straight run are enough to draw it.
      const reach = 0.5 - INWARD;
      points.push(i + OUT_I[side] * reach, j + OUT_J[side] * reach);
    }
    straight = turn === 0;
    if (turn === 0) {
      i += STEP_I[side];
      j += STEP_J[side];
    } else if (turn === -1) {
      i += STEP_I[side] + OUT_I[side];
      j += STEP_J[side] + OUT_J[side];
    }
    side = (side + turn + 4) % 4;
  } while (!(side === TOP && j * width + i === start));
  return Float64Array.from(points);
}

/** At the end of a side: 1 round the pixel's own corner, 0 straight on, -1 into the corner of the pixel diagonally ahead. */
function turnAfter(
  i: number,
  j: number,
  side: number,
  inside: (i: number, j: number) => boolean,
): 1 | 0 | -1 {
  const [ai, aj] = [i + STEP_I[side], j + STEP_J[side]];
  if (!inside(ai, aj)) return 1;
  return inside(ai + OUT_I[side], aj + OUT_J[side]) ? -1 : 0;
}

/** Where a side ends, relative to the pixel's centre. */
const cornerI = (side: number): number => (side === TOP || side === RIGHT ? 0.5 : -0.5);
const cornerJ = (side: number): number => (side === RIGHT || side === BOTTOM ? 0.5 : -0.5);

/** Twice signed area halved: positive for outer borders, negative for holes. */
export function signedArea(polygon: Polygon): number {
  let sum = 0;
  for (let n = 0, last = polygon.length - 2; n < polygon.length; last = n, n += 2)
    sum += polygon[last] * polygon[n + 1] - polygon[n] * polygon[last + 1];
  return sum / 2;
}

/** A closed surface of triangles, outside to the front. */
export interface Surface {
  /** x, y, z of each vertex; in the space that the caller placed it in. */
  readonly points: Float32Array;
  /** Three vertices a triangle. */
  readonly triangles: Uint32Array;
}

/** Pairs of rounds, one towards the neighbours' mean and one a little farther back, so that nothing shrinks (Taubin, 1995). */
const pairs = 12;
const inwards = 0.5;
const outwards = -0.53;

/**
 * The surface of a block of voxels by constrained elastic surface nets (Gibson, 1998): one vertex in each cell of eight
 * voxels that holds both kinds, relaxed towards its neighbours and never out of its cell, so that no detail moves by more
 * than half a voxel. Points in indices of the block; voxel centres at whole numbers. Outside the block nothing is set.
 * @param mask 0 or 1, size[0] fastest
 */
export function surfaceOfMask(mask: Uint8Array, size: readonly [number, number, number]): Surface {
  const [nx, ny, nz] = size;
  const [cx, cy] = [nx + 1, ny + 1];
  const at = (i: number, j: number, k: number): number =>
    i < 0 || j < 0 || k < 0 || i >= nx || j >= ny || k >= nz ? 0 : mask[(k * ny + j) * nx + i];
  /** Vertex of cell (i, j, k), whose lowest corner is voxel (i − 1, j − 1, k − 1); −1 where it has none. */
  const vertexOf = new Int32Array(cx * cy * (nz + 1)).fill(-1);
  const cells: number[] = [];
  for (let k = 0, cell = 0; k <= nz; k++)
    for (let j = 0; j <= ny; j++)
      for (let i = 0; i <= nx; i++, cell++) {
        const set =
          at(i - 1, j - 1, k - 1) +
          at(i, j - 1, k - 1) +
          at(i - 1, j, k - 1) +
          at(i, j, k - 1) +
          at(i - 1, j - 1, k) +
          at(i, j - 1, k) +
          at(i - 1, j, k) +
          at(i, j, k);
        if (set === 0 || set === 8) continue;
        vertexOf[cell] = cells.length / 3;
        cells.push(i - 0.5, j - 0.5, k - 0.5);
      }
  const quads = facesBetween(at, size, vertexOf, cx, cy);
  const points = relaxed(Float32Array.from(cells), quads);
  const triangles = new Uint32Array((quads.length / 4) * 6);
  for (let q = 0, t = 0; q < quads.length; q += 4, t += 6)
    triangles.set([quads[q], quads[q + 1], quads[q + 2], quads[q], quads[q + 2], quads[q + 3]], t);
  return { points, triangles };
}

/** One quad for each face between a set voxel and an unset one: the vertices of the four cells about it. */
function facesBetween(
  at: (i: number, j: number, k: number) => number,
  [nx, ny, nz]: readonly [number, number, number],
  vertexOf: Int32Array,
  cx: number,
  cy: number,
): Uint32Array {
  const quads: number[] = [];
  const step = [1, cx, cx * cy] as const;
  for (let k = 0; k <= nz; k++)
    for (let j = 0; j <= ny; j++)
      for (let i = 0; i <= nx; i++) {
        const here = at(i, j, k);
        const cell = (k * cy + j) * cx + i;
        for (let axis = 0; axis < 3; axis++) {
          const before = at(i - +(axis === 0), j - +(axis === 1), k - +(axis === 2));
          if (here === before) continue;
          // The face lies between the voxel before and this one; its four cells differ along the other two axes.
          const [u, v] = [step[(axis + 1) % 3], step[(axis + 2) % 3]];
          const [a, b, c, d] = [cell, cell + u, cell + u + v, cell + v].map((n) => vertexOf[n]);
          if (here === 1) quads.push(a, d, c, b);
          else quads.push(a, b, c, d);
        }
      }
  return Uint32Array.from(quads);
}

/** Moves each vertex towards the mean of those that it shares an edge with, within half a voxel of where it began. */
function relaxed(cells: Float32Array, quads: Uint32Array): Float32Array {
  const points = cells.slice();
  const sum = new Float32Array(cells.length);
  const count = new Uint8Array(cells.length / 3);
  for (let round = 0; round < 2 * pairs; round++) {
    const by = round % 2 === 0 ? inwards : outwards;
    sum.fill(0);
    count.fill(0);
    for (let q = 0; q < quads.length; q += 4)
      for (let n = 0; n < 4; n++) {
        const from = quads[q + n];
        const to = quads[q + ((n + 1) & 3)];
        for (let axis = 0; axis < 3; axis++) {
          sum[from * 3 + axis] += points[to * 3 + axis];
          sum[to * 3 + axis] += points[from * 3 + axis];
        }
        count[from]++;
        count[to]++;
      }
    for (let p = 0; p < points.length; p++) {
      const mean = sum[p] / count[Math.floor(p / 3)];
      points[p] = Math.min(cells[p] + 0.5, Math.max(cells[p] - 0.5, points[p] + by * (mean - points[p])));
    }
  }
  return points;
}

/** Unit normals of the vertices: those of the triangles about each, by their area. */
export function normalsOf({ points, triangles }: Surface): Float32Array {
  const normals = new Float32Array(points.length);
  for (let t = 0; t < triangles.length; t += 3) {
    const [a, b, c] = [triangles[t] * 3, triangles[t + 1] * 3, triangles[t + 2] * 3];
    const u = [points[b] - points[a], points[b + 1] - points[a + 1], points[b + 2] - points[a + 2]];
    const v = [points[c] - points[a], points[c + 1] - points[a + 1], points[c + 2] - points[a + 2]];
    const n = [u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]];
    for (const vertex of [a, b, c]) for (let axis = 0; axis < 3; axis++) normals[vertex + axis] += n[axis];
  }
  for (let p = 0; p < normals.length; p += 3) {
    const length = Math.hypot(normals[p], normals[p + 1], normals[p + 2]) || 1;
    for (let axis = 0; axis < 3; axis++) normals[p + axis] /= length;
  }
  return normals;
}

/** What the surface encloses, in the unit of its points cubed; positive where it faces outwards. */
export function enclosedVolume({ points, triangles }: Surface): number {
  let sum = 0;
  for (let t = 0; t < triangles.length; t += 3) {
    const [a, b, c] = [triangles[t] * 3, triangles[t + 1] * 3, triangles[t + 2] * 3];
    sum +=
      points[a] * (points[b + 1] * points[c + 2] - points[b + 2] * points[c + 1]) +
      points[a + 1] * (points[b + 2] * points[c] - points[b] * points[c + 2]) +
      points[a + 2] * (points[b] * points[c + 1] - points[b + 1] * points[c]);
  }
  return sum / 6;
}

/** Connected regions of one value. */
export interface Regions {
  /** 0 for other values, else the region's number from 1. */
  readonly labels: Int32Array;
  /** Voxels of region n + 1. */
  readonly sizes: number[];
  /** Whether region n + 1 touches the edge of the block, along axes that have more than one voxel. */
  readonly touchesEdge: boolean[];
}

/**
 * Numbers the regions of voxels with one value in the order of their first voxel.
 * @param joined through faces (6 neighbours, 4 in a plane) or corners, too (26, 8).
 */
export function labelRegions(
  mask: Uint8Array,
  size: readonly [number, number, number],
  value: 0 | 1,
  joined: 'faces' | 'corners',
): Regions {
  const labels = new Int32Array(mask.length);
  const sizes: number[] = [];
  const touchesEdge: boolean[] = [];
  const neighbours = neighbourhood(joined);
  const [nx, ny, nz] = size;
  const todo = new Int32Array(mask.length);
  for (let start = mask.indexOf(value); start >= 0; start = mask.indexOf(value, start + 1)) {
    if (labels[start] !== 0) continue;
    const label = sizes.push(0);
    touchesEdge.push(false);
    labels[start] = label;
    let count = 1;
    todo[0] = start;
    for (let n = 0; n < count; n++) {
      const v = todo[n];
      const i = v % nx;
      const j = Math.floor(v / nx) % ny;
      const k = Math.floor(v / (nx * ny));
      if (atEdge(i, nx) || atEdge(j, ny) || atEdge(k, nz)) touchesEdge[label - 1] = true;
      for (const [di, dj, dk] of neighbours) {
        const [a, b, c] = [i + di, j + dj, k + dk];
        if (a < 0 || b < 0 || c < 0 || a >= nx || b >= ny || c >= nz) continue;
        const w = (c * ny + b) * nx + a;
        if (mask[w] !== value || labels[w] !== 0) continue;
        labels[w] = label;
        todo[count++] = w;
      }
    }
    sizes[label - 1] = count;
  }
  return { labels, sizes, touchesEdge };
}

const atEdge = (at: number, length: number): boolean => length > 1 && (at === 0 || at === length - 1);

function neighbourhood(joined: 'faces' | 'corners'): (readonly [number, number, number])[] {
  const steps = [-1, 0, 1];
  return steps
    .flatMap((k) => steps.flatMap((j) => steps.map((i) => [i, j, k] as const)))
    .filter(([i, j, k]) => {
      const moved = Math.abs(i) + Math.abs(j) + Math.abs(k);
      return joined === 'faces' ? moved === 1 : moved > 0;
    });
}

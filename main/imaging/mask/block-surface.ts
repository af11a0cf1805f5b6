import { toPatient, voxelIndex, type VolumeGeometry } from '../space/geometry';
import { normalsOf, surfaceOfMask, type Surface } from './surface-nets';

/** A surface in patient space (LPS, mm) with unit normals. */
export interface PatientSurface extends Surface {
  readonly normals: Float32Array;
}

/** Part of a mask, so that work follows the size of the structure. `from` is its first voxel in the grid. */
export interface MaskBlock {
  readonly mask: Uint8Array;
  readonly from: readonly [number, number, number];
  readonly size: readonly [number, number, number];
}

/** Larger blocks are drawn on voxels of twice the length, so that a whole lung takes no longer than a tumour. */
const mostVoxels = 3e6;

/** The surface of a block of a mask in patient space. */
export function surfaceOfBlock(block: MaskBlock, geometry: VolumeGeometry): PatientSurface {
  let { mask, size } = block;
  let scale = 1;
  while (size[0] * size[1] * size[2] > mostVoxels) {
    ({ mask, size } = halved(mask, size));
    scale *= 2;
  }
  const surface = surfaceOfMask(mask, size);
  const { points } = surface;
  // The middle of the first large voxel lies (scale − 1) / 2 voxels behind that of the first small one.
  const place = (axis: 0 | 1 | 2): number => block.from[axis] + (scale - 1) / 2;
  const [oi, oj, ok] = [place(0), place(1), place(2)];
  for (let p = 0; p < points.length; p += 3) {
    const at = toPatient(
      geometry,
      voxelIndex(oi + points[p] * scale, oj + points[p + 1] * scale, ok + points[p + 2] * scale),
    );
    points[p] = at[0];
    points[p + 1] = at[1];
    points[p + 2] = at[2];
  }
  const [a, b, c] = geometry.axes;
  const handed =
    a[0] * (b[1] * c[2] - b[2] * c[1]) +
    a[1] * (b[2] * c[0] - b[0] * c[2]) +
    a[2] * (b[0] * c[1] - b[1] * c[0]);
  if (handed < 0)
    for (let t = 0; t < surface.triangles.length; t += 3) {
      const second = surface.triangles[t + 1];
      surface.triangles[t + 1] = surface.triangles[t + 2];
      surface.triangles[t + 2] = second;
    }
  return { ...surface, normals: normalsOf(surface) };
}

/** Voxels of twice the length: set where half of the eight are. */
function halved(
  mask: Uint8Array,
  size: readonly [number, number, number],
): { mask: Uint8Array; size: readonly [number, number, number] } {
  const [nx, ny, nz] = size;
  const half = size.map((n) => Math.ceil(n / 2)) as unknown as readonly [number, number, number];
  const counts = new Uint8Array(half[0] * half[1] * half[2]);
  for (let k = 0, v = 0; k < nz; k++)
    for (let j = 0; j < ny; j++) {
      const row = ((k >> 1) * half[1] + (j >> 1)) * half[0];
      for (let i = 0; i < nx; i++, v++) counts[row + (i >> 1)] += mask[v];
    }
  return { mask: counts.map((n) => (n >= 4 ? 1 : 0)), size: half };
}

import type { VoxelArray } from '../volume';
import { toVoxel, type PatientVector, type VolumeGeometry } from '../space/geometry';
import { dot } from '../space/vectors';
import type { SectionPlane } from './section';

/** The image on a plane, trilinear between voxel centres, its outermost value beyond the grid; `size[0]` fastest. */
export function sectionOfValues(voxels: VoxelArray, g: VolumeGeometry, plane: SectionPlane): Float32Array {
  const [width, height] = plane.size;
  const out = new Float32Array(width * height);
  const start = toVoxel(g, plane.origin);
  const step = (along: PatientVector, mm: number): readonly number[] =>
    g.axes.map((axis, n) => (dot(axis, along) * mm) / g.spacing[n]);
  const u = step(plane.u, plane.spacing[0]);
  const v = step(plane.v, plane.spacing[1]);
  const stride = [1, g.size[0], g.size[0] * g.size[1]];
  for (let y = 0, s = 0; y < height; y++)
    for (let x = 0; x < width; x++, s++) {
      let base = 0;
      const part = [0, 0, 0];
      const next = [0, 0, 0];
      for (let axis = 0; axis < 3; axis++) {
        const at = Math.min(g.size[axis] - 1, Math.max(0, start[axis] + x * u[axis] + y * v[axis]));
        const low = Math.min(Math.floor(at), Math.max(0, g.size[axis] - 2));
        base += low * stride[axis];
        part[axis] = at - low;
        next[axis] = g.size[axis] > 1 ? stride[axis] : 0;
      }
      const [fx, fy, fz] = part;
      const line = (from: number): number => voxels[from] + (voxels[from + next[0]] - voxels[from]) * fx;
      const sheet = (from: number): number => line(from) + (line(from + next[1]) - line(from)) * fy;
      out[s] = sheet(base) + (sheet(base + next[2]) - sheet(base)) * fz;
    }
  return out;
}

import { toVoxel, toPatient, voxelCount, voxelIndex, sameGrid, type VolumeGeometry } from '../space/geometry';
import type { Volume, VoxelArray } from '../volume';

export type Interpolation = 'linear' | 'nearest';

/**
 * A volume on another grid. Both grids must be in the same patient space (frame of reference): the caller decides
 * that. Voxels of the target farther than half a voxel outside the source get `outside`: by default the source's
 * lowest value (air in CT, nothing in MR and PET).
 */
export function resampleVolume(
  volume: Volume,
  target: VolumeGeometry,
  interpolation: Interpolation,
  outside: number = lowest(volume.voxels),
): Volume {
  if (sameGrid(volume.geometry, target)) return { ...volume, geometry: target };
  const Type = volume.voxels.constructor as new (n: number) => VoxelArray;
  const out = new Type(voxelCount(target));
  fill(volume.voxels, volume.geometry, out, target, interpolation, outside);
  return {
    ...volume,
    geometry: target,
    voxels: out,
    remarks: [...volume.remarks, 'The volume was resampled to another grid.'],
  };
}

/**
 * A binary mask on another grid: a voxel of the target is set where the voxel of the source that holds its centre is
 * set. Exact between grids that are the same voxels in another axis order.
 * @throws RangeError if the mask does not fit `from`.
 */
export function resampleMask(mask: Uint8Array, from: VolumeGeometry, to: VolumeGeometry): Uint8Array {
  if (mask.length !== voxelCount(from))
    throw new RangeError(`The mask has ${mask.length} voxels, its grid ${voxelCount(from)}.`);
  const out = new Uint8Array(voxelCount(to));
  if (sameGrid(from, to)) out.set(mask);
  else fill(mask, from, out, to, 'nearest', 0);
  return out;
}

function lowest(voxels: VoxelArray): number {
  let least = voxels.length > 0 ? voxels[0] : 0;
  for (let v = 1; v < voxels.length; v++) if (voxels[v] < least) least = voxels[v];
  return least;
}

/** Walks the target row by row; the source index is affine in i, so a row costs three additions a voxel. */
function fill(
  source: VoxelArray,
  from: VolumeGeometry,
  out: VoxelArray,
  to: VolumeGeometry,
  interpolation: Interpolation,
  outside: number,
): void {
  const [nx, ny, nz] = from.size;
  const [tx, ty, tz] = to.size;
  const origin = toVoxel(from, toPatient(to, voxelIndex(0, 0, 0)));
  const step = ([0, 1, 2] as const).map((axis) => {
    const one = toVoxel(from, toPatient(to, voxelIndex(+(axis === 0), +(axis === 1), +(axis === 2))));
    return [one[0] - origin[0], one[1] - origin[1], one[2] - origin[2]] as const;
  });
  const linear = interpolation === 'linear';
  const round = !(out instanceof Float32Array);
  let v = 0;
  for (let k = 0; k < tz; k++)
    for (let j = 0; j < ty; j++) {
      const x0 = origin[0] + j * step[1][0] + k * step[2][0];
      const y0 = origin[1] + j * step[1][1] + k * step[2][1];
      const z0 = origin[2] + j * step[1][2] + k * step[2][2];
      for (let i = 0; i < tx; i++, v++) {
        // Half a voxel is half open; a hair decides ties of grids that differ by rounding only.
        const x = x0 + i * step[0][0] + hair;
        const y = y0 + i * step[0][1] + hair;
        const z = z0 + i * step[0][2] + hair;
        if (x < -0.5 || y < -0.5 || z < -0.5 || x >= nx - 0.5 || y >= ny - 0.5 || z >= nz - 0.5) {
          out[v] = outside;
        } else if (linear) {
          const value = trilinear(source, nx, ny, nz, x - hair, y - hair, z - hair);
          out[v] = round ? Math.round(value) : value;
        } else {
          out[v] = source[Math.floor(x + 0.5) + nx * (Math.floor(y + 0.5) + ny * Math.floor(z + 0.5))];
        }
      }
    }
}

const hair = 1e-6;

function trilinear(
  s: VoxelArray,
  nx: number,
  ny: number,
  nz: number,
  px: number,
  py: number,
  pz: number,
): number {
  const x = px < 0 ? 0 : px > nx - 1 ? nx - 1 : px;
  const y = py < 0 ? 0 : py > ny - 1 ? ny - 1 : py;
  const z = pz < 0 ? 0 : pz > nz - 1 ? nz - 1 : pz;
  const i = x >= nx - 1 ? Math.max(0, nx - 2) : Math.floor(x);
  const j = y >= ny - 1 ? Math.max(0, ny - 2) : Math.floor(y);
  const k = z >= nz - 1 ? Math.max(0, nz - 2) : Math.floor(z);
  const fx = x - i;
  const fy = y - j;
  const fz = z - k;
  const dx = nx > 1 ? 1 : 0;
  const dy = ny > 1 ? nx : 0;
  const dz = nz > 1 ? nx * ny : 0;
  const a = i + nx * (j + ny * k);
  const b = a + dy;
  const c = a + dz;
  const d = b + dz;
  const near = (s[a] + (s[a + dx] - s[a]) * fx) * (1 - fy) + (s[b] + (s[b + dx] - s[b]) * fx) * fy;
  const far = (s[c] + (s[c + dx] - s[c]) * fx) * (1 - fy) + (s[d] + (s[d + dx] - s[d]) * fx) * fy;
  return near + (far - near) * fz;
}

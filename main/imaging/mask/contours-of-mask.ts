import { voxelCount, type VolumeGeometry } from '../space/geometry';
import { boxOfMask, isEmpty } from './box';
import type { SliceContour } from './contour';
import { withKeyholes } from './keyhole';
import { signedArea, tracePolygons, type ContourStyle, type Polygon } from './trace';

export interface ContouringOptions {
  /** Default `sub-voxel`. */
  readonly style?: ContourStyle;
  /** Joins holes to their outer contours, for systems that know no inner contours. */
  readonly keyholes?: boolean;
}

/**
 * The contours of a mask, slice by slice (SEMANTICS.md, "The two contours of a mask"). Rasterised by
 * {@link maskOfContours} they give the mask back, voxel for voxel.
 * @param mask 0 or 1 a voxel, i fastest.
 * @returns contours ascending by slice.
 * @throws RangeError if the mask does not fit the grid.
 */
export function contoursOfMask(
  mask: Uint8Array,
  geometry: VolumeGeometry,
  options: ContouringOptions = {},
): SliceContour[] {
  if (mask.length !== voxelCount(geometry)) throw new RangeError('The mask does not fit its grid.');
  const [nx, ny] = geometry.size;
  const contours: SliceContour[] = [];
  const box = boxOfMask(mask, geometry.size);
  if (isEmpty(box)) return contours;
  for (let k = box.from[2]; k <= box.to[2]; k++) {
    const slice = mask.subarray(k * nx * ny, (k + 1) * nx * ny);
    const traced = tracePolygons(slice, nx, ny, options.style);
    for (const polygon of options.keyholes === true ? withKeyholes(traced) : traced)
      contours.push({
        type: 'CLOSED_PLANAR',
        slice: k,
        hole: signedArea(polygon) < 0,
        points: onPlane(polygon, geometry, 0, 1, 2, k),
      });
  }
  return contours;
}

/** Points given along axes `a` and `b` of the grid, at `level` along `across`, in patient space. */
export function onPlane(
  polygon: Polygon,
  g: VolumeGeometry,
  a: 0 | 1 | 2,
  b: 0 | 1 | 2,
  across: 0 | 1 | 2,
  level: number,
): Float64Array {
  const points = new Float64Array((polygon.length / 2) * 3);
  const depth = level * g.spacing[across];
  for (let x = 0; x < 3; x++) {
    const base = g.origin[x] + depth * g.axes[across][x];
    const alongA = g.spacing[a] * g.axes[a][x];
    const alongB = g.spacing[b] * g.axes[b][x];
    for (let p = 0, at = x; p < polygon.length; p += 2, at += 3)
      points[at] = base + polygon[p] * alongA + polygon[p + 1] * alongB;
  }
  return points;
}

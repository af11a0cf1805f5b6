import type { PatientPoint, VolumeGeometry } from '../../main/imaging/space/geometry';
import { moved } from './camera';
import { dot, extentAlong, type ViewBasis } from './planes';

/**
 * The rectangle in which a view's slice cuts the volume's extent, in patient space, corner by corner.
 * @param position mm along the view's `away` vector
 */
export function sliceFrame(geometry: VolumeGeometry, basis: ViewBasis, position: number): PatientPoint[] {
  const half = Math.min(...geometry.spacing) / 2;
  const [left, right] = extentAlong(geometry, basis.right);
  const [top, bottom] = extentAlong(geometry, basis.down);
  const { origin } = geometry;
  const at = (x: number, y: number): PatientPoint =>
    moved(
      origin,
      basis,
      x - dot(origin, basis.right),
      y - dot(origin, basis.down),
      position - dot(origin, basis.away),
    );
  return [
    at(left - half, top - half),
    at(right + half, top - half),
    at(right + half, bottom + half),
    at(left - half, bottom + half),
  ];
}

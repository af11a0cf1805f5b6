import { toVoxel, type PatientPoint, type PatientVector, type VolumeGeometry } from '../space/geometry';
import { cross, dot, moved } from '../space/vectors';
import { onPlane } from './contours-of-mask';
import { planeAxes, planeOfMask } from './plane';
import { layerOf } from './layer';
import { signedArea, tracePolygons, type Polygon } from './trace';

/** A plane to look at: `size` samples, `spacing` mm apart, along unit vectors u and v from the first sample's centre. */
export interface SectionPlane {
  readonly origin: PatientPoint;
  readonly u: PatientVector;
  readonly v: PatientVector;
  readonly size: readonly [number, number];
  readonly spacing: readonly [number, number];
}

/** One closed outline, in patient space. */
export interface Outline {
  /** x, y, z of each point, mm; the last joins the first. */
  readonly points: Float64Array;
  readonly hole: boolean;
}

/**
 * The outlines of a mask on any plane, for drawing (SEMANTICS.md, Sections). On a plane parallel to planes of voxels it
 * gives the contour of the plane of voxels that it runs through; elsewhere the nearest voxel at each sample decides.
 */
export function sectionOfMask(mask: Uint8Array, geometry: VolumeGeometry, plane: SectionPlane): Outline[] {
  const layer = layerOf(geometry, plane.origin, cross(plane.u, plane.v));
  if (layer.index === null) return sampledSection(mask, geometry, plane);
  if (layer.index < 0 || layer.index >= geometry.size[layer.axis]) return [];
  const axes = planeAxes(layer.axis);
  const level = toVoxel(geometry, plane.origin)[layer.axis];
  const voxels = planeOfMask(mask, geometry.size, axes, layer.index);
  return tracePolygons(voxels, geometry.size[axes.a], geometry.size[axes.b]).map((polygon) => ({
    points: onPlane(polygon, geometry, axes.a, axes.b, layer.axis, level),
    hole: signedArea(polygon) < 0,
  }));
}

function sampledSection(mask: Uint8Array, g: VolumeGeometry, plane: SectionPlane): Outline[] {
  const samples = sampledMask(mask, g, plane);
  return tracePolygons(samples, plane.size[0], plane.size[1]).map((polygon) => ({
    points: outOfPlane(polygon, plane),
    hole: signedArea(polygon) < 0,
  }));
}

/** The nearest voxel at each sample of a plane, 0 outside the grid; `size[0]` fastest. */
export function sampledMask(mask: Uint8Array, g: VolumeGeometry, plane: SectionPlane): Uint8Array {
  const [width, height] = plane.size;
  const samples = new Uint8Array(width * height);
  const start = toVoxel(g, plane.origin).map((x) => x + 0.5);
  const step = (along: PatientVector, mm: number): readonly number[] =>
    g.axes.map((axis, n) => (dot(axis, along) * mm) / g.spacing[n]);
  const [ux, uy, uz] = step(plane.u, plane.spacing[0]);
  const [vx, vy, vz] = step(plane.v, plane.spacing[1]);
  const [nx, ny, nz] = g.size;
  for (let y = 0, s = 0; y < height; y++)
    for (let x = 0; x < width; x++, s++) {
      const i = Math.floor(start[0] + x * ux + y * vx);
      const j = Math.floor(start[1] + x * uy + y * vy);
      const k = Math.floor(start[2] + x * uz + y * vz);
      if (i >= 0 && j >= 0 && k >= 0 && i < nx && j < ny && k < nz) samples[s] = mask[(k * ny + j) * nx + i];
    }
  return samples;
}

function outOfPlane(polygon: Polygon, plane: SectionPlane): Float64Array {
  const points = new Float64Array((polygon.length / 2) * 3);
  for (let p = 0, at = 0; p < polygon.length; p += 2, at += 3) {
    const alongU = moved(plane.origin, plane.u, polygon[p] * plane.spacing[0]);
    points.set(moved(alongU, plane.v, polygon[p + 1] * plane.spacing[1]), at);
  }
  return points;
}

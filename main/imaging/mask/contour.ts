/** DICOM's Contour Geometric Type (PS3.3 C.8.8.6.1); only closed planar ones enclose voxels. */
export type ContourType =
  'CLOSED_PLANAR' | 'CLOSEDPLANAR_XOR' | 'INTERPOLATED_PLANAR' | 'OPEN_PLANAR' | 'OPEN_NONPLANAR' | 'POINT';

/** A contour in patient space. */
export interface Contour {
  readonly type: ContourType;
  /** x, y, z of each point, LPS, mm; the last joins the first where the type is closed. */
  readonly points: Float64Array;
}

/** A contour of a mask, in the plane through the voxel centres of one slice. */
export interface SliceContour extends Contour {
  readonly type: 'CLOSED_PLANAR';
  /** Index k of the slice. */
  readonly slice: number;
  /** Whether it bounds a hole. */
  readonly hole: boolean;
}

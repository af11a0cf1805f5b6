import { patientPoint, type PatientPoint } from '../../main/imaging/space/geometry';
import { dot, type ViewBasis } from './planes';

/** A point of a view's canvas, CSS pixels from its top left corner. */
export type CanvasPoint = readonly [x: number, y: number];

/** Where a view looks. Parallel projection; `centre` stands in the middle of the canvas, on the slice shown. */
export interface Camera {
  readonly basis: ViewBasis;
  readonly centre: PatientPoint;
  readonly mmPerPixel: number;
  /** Size of the canvas, CSS pixels. */
  readonly width: number;
  readonly height: number;
}

/** `point` moved by mm along the three vectors of a view. */
export function moved(
  point: PatientPoint,
  basis: ViewBasis,
  right: number,
  down: number,
  away: number,
): PatientPoint {
  const at = (axis: 0 | 1 | 2): number =>
    point[axis] + right * basis.right[axis] + down * basis.down[axis] + away * basis.away[axis];
  return patientPoint(at(0), at(1), at(2));
}

/** The patient position under a canvas point, on the slice shown. */
export function canvasToPatient(camera: Camera, [x, y]: CanvasPoint): PatientPoint {
  return moved(
    camera.centre,
    camera.basis,
    (x - camera.width / 2) * camera.mmPerPixel,
    (y - camera.height / 2) * camera.mmPerPixel,
    0,
  );
}

/** The canvas point on which a patient position falls, seen along the view. */
export function patientToCanvas(camera: Camera, p: PatientPoint): CanvasPoint {
  const d = [p[0] - camera.centre[0], p[1] - camera.centre[1], p[2] - camera.centre[2]];
  return [
    camera.width / 2 + dot(d, camera.basis.right) / camera.mmPerPixel,
    camera.height / 2 + dot(d, camera.basis.down) / camera.mmPerPixel,
  ];
}

/** The camera moved so that `p` lies on its slice; nothing moves within the plane. */
export function ontoSlice(camera: Camera, position: number): Camera {
  const shift = position - dot(camera.centre, camera.basis.away);
  return { ...camera, centre: moved(camera.centre, camera.basis, 0, 0, shift) };
}

/** The camera zoomed by `factor` (> 1 magnifies) with the patient position under `anchor` standing still. */
export function zoomed(camera: Camera, factor: number, anchor: CanvasPoint): Camera {
  const mmPerPixel = Math.min(20, Math.max(0.005, camera.mmPerPixel / factor));
  const gain = camera.mmPerPixel - mmPerPixel;
  return {
    ...camera,
    mmPerPixel,
    centre: moved(
      camera.centre,
      camera.basis,
      (anchor[0] - camera.width / 2) * gain,
      (anchor[1] - camera.height / 2) * gain,
      0,
    ),
  };
}

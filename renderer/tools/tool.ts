import type { PatientPoint } from '../../main/imaging/space/geometry';
import type { CanvasPoint, ViewId } from '../viewer/viewer';

/** What the pointer does in a view, in the patient's space. */
export interface Pointer {
  readonly view: ViewId;
  readonly canvas: CanvasPoint;
  readonly patient: PatientPoint;
  readonly shift: boolean;
  readonly ctrl: boolean;
}

/** Lines that a tool shows while it is at work, in patient space. */
export interface Sketch {
  readonly view: ViewId;
  readonly points: readonly PatientPoint[];
  readonly closed: boolean;
  /** Points that were set one by one; they are marked. */
  readonly knots?: readonly PatientPoint[];
}

/** What the left mouse button does. One file a tool; none of them knows how images are drawn. */
export interface Tool {
  /** `disc` shows the brush in its real size. */
  readonly cursor: 'disc' | 'default' | 'crosshair' | 'grab' | 'zoom-in' | 'ns-resize';
  down(pointer: Pointer): void;
  /** The pointer moved with the button held. */
  drag?(pointer: Pointer): void;
  /** The pointer moved without it. */
  move?(pointer: Pointer): void;
  up?(pointer: Pointer): void;
  doubleClick?(pointer: Pointer): void;
  /** Takes back what is under way. @returns whether there was anything. */
  cancel?(): boolean;
  /** Ends what is under way, e.g. closes a polygon. @returns whether there was anything. */
  finish?(): boolean;
  /** Takes the last point of a line under way back. @returns whether there was one. */
  back?(): boolean;
  sketch?(): Sketch | null;
}

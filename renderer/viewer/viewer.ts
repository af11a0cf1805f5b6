import {
  toPatient,
  voxelIndex,
  type PatientPoint,
  type PatientVector,
} from '../../main/imaging/space/geometry';
import type { VolumeGeometry } from '../../main/imaging/space/geometry';
import {
  canvasToPatient,
  moved,
  ontoSlice,
  patientToCanvas,
  zoomed,
  type Camera,
  type CanvasPoint,
} from './camera';
import {
  colormaps,
  CornerstoneDisplay,
  type Colormap,
  type Fusion,
  type Slab,
  type WindowRange,
} from './cornerstone';
import type { DisplayVolume } from './local-volume';
import {
  dot,
  edgeLetters,
  extentAlong,
  obliquity,
  sliceAt,
  sliceStack,
  viewBases,
  viewIds,
  type Alignment,
  type SliceStack,
  type ViewBasis,
  type ViewId,
} from './planes';

export type {
  Alignment,
  Camera,
  Colormap,
  CanvasPoint,
  DisplayVolume,
  Fusion,
  Slab,
  SliceStack,
  ViewId,
  WindowRange,
};
export { colormaps, viewIds };

/** The plane that a view shows, in patient space. */
export interface ViewPlane {
  readonly point: PatientPoint;
  readonly right: PatientVector;
  readonly down: PatientVector;
  readonly normal: PatientVector;
}

/** What a view shows, in figures. */
export interface ViewFacts {
  readonly slice: number;
  readonly count: number;
  /** mm along the axis of the patient that the view looks along (LPS). */
  readonly position: number;
  /** The voxel axis that the slices count, null where the view cuts across the scan's axes. */
  readonly axis: 0 | 1 | 2 | null;
  readonly mmPerPixel: number;
  readonly letters: { left: string; right: string; top: string; bottom: string };
}

const margin = 1.04;

/**
 * Three views of one volume. Owns where each looks; Cornerstone3D only draws it. All positions are patient
 * positions (LPS, mm) in double precision, so that what is drawn with the mouse is where the person sees it.
 */
export class Viewer {
  private readonly display = new CornerstoneDisplay();
  private volume: DisplayVolume | null = null;
  private alignment: Alignment = 'patient';
  private bases: Record<ViewId, ViewBasis> | null = null;
  private stacks: Record<ViewId, SliceStack> | null = null;
  private readonly cameras = new Map<ViewId, Camera>();
  private readonly sizes = new Map<ViewId, readonly [number, number]>();
  /** Views that show the whole volume because nobody has zoomed or moved them. */
  private readonly whole = new Set<ViewId>();

  /** Called when a view has drawn its image, with the camera that it was drawn with. */
  onRendered: (view: ViewId) => void = () => undefined;
  /** Called when a view looks elsewhere. */
  onMoved: (view: ViewId) => void = () => undefined;

  constructor() {
    this.display.onRendered = (view) => this.onRendered(view);
    this.display.onResized = (view, width, height) => this.resized(view, width, height);
  }

  attach(view: ViewId, element: HTMLDivElement): () => void {
    const release = this.display.attach(view, element);
    return () => {
      this.sizes.delete(view);
      release();
    };
  }

  /**
   * Shows a volume, the whole of it, its middle slices.
   * @param only the one slice of the scan that is there yet; others follow by `arrived`
   */
  async show(volume: DisplayVolume, window: WindowRange, only?: number): Promise<void> {
    this.volume = volume;
    this.alignment = obliquity(volume.geometry) > 0.5 ? 'scan' : 'patient';
    this.layPlanes(volume.geometry);
    await this.display.show(volume, window, only);
  }

  /** Slices [from, to) of the volume shown are there now. */
  arrived(volume: DisplayVolume, from: number, to: number): void {
    this.display.arrived(volume, from, to);
  }

  /** Cuts along the patient's axes or the scan's; the same for a straight scan. */
  align(alignment: Alignment): void {
    if (!this.volume || this.alignment === alignment) return;
    const at = this.cameras.get('axial')?.centre;
    this.alignment = alignment;
    this.layPlanes(this.volume.geometry);
    if (at) for (const view of viewIds) this.goTo(view, at);
  }

  get alignedTo(): Alignment {
    return this.alignment;
  }

  /** Degrees by which the scan leans against the patient's axes. */
  get leans(): number {
    return this.volume ? obliquity(this.volume.geometry) : 0;
  }

  fuse(fusion: Fusion | null): Promise<void> {
    return this.display.fuse(fusion);
  }

  setWindow(window: WindowRange, inverted = false): void {
    this.display.setWindow(window, inverted);
  }

  setSlab(slab: Slab | null): void {
    this.display.setSlab(slab);
  }

  camera(view: ViewId): Camera | null {
    return this.cameras.get(view) ?? null;
  }

  stack(view: ViewId): SliceStack | null {
    return this.stacks?.[view] ?? null;
  }

  plane(view: ViewId): ViewPlane | null {
    const camera = this.cameras.get(view);
    if (!camera) return null;
    const { right, down, away } = camera.basis;
    return { point: camera.centre, right, down, normal: away };
  }

  facts(view: ViewId): ViewFacts | null {
    const camera = this.cameras.get(view);
    const stack = this.stacks?.[view];
    if (!camera || !stack) return null;
    const axis = { axial: 2, coronal: 1, sagittal: 0 }[view];
    return {
      slice: sliceAt(stack, camera.basis, camera.centre),
      count: stack.count,
      position: dot(camera.centre, camera.basis.away) * Math.sign(camera.basis.away[axis] || 1),
      axis: stack.axis,
      mmPerPixel: camera.mmPerPixel,
      letters: edgeLetters(camera.basis),
    };
  }

  toPatient(view: ViewId, at: CanvasPoint): PatientPoint | null {
    const camera = this.cameras.get(view);
    return camera ? canvasToPatient(camera, at) : null;
  }

  toCanvas(view: ViewId, point: PatientPoint): CanvasPoint | null {
    const camera = this.cameras.get(view);
    return camera ? patientToCanvas(camera, point) : null;
  }

  /** Shows the slice nearest to a patient position. */
  goTo(view: ViewId, point: PatientPoint): void {
    const camera = this.cameras.get(view);
    const stack = this.stacks?.[view];
    if (camera && stack) this.goToSlice(view, sliceAt(stack, camera.basis, point));
  }

  goToSlice(view: ViewId, slice: number): void {
    const camera = this.cameras.get(view);
    const stack = this.stacks?.[view];
    if (!camera || !stack) return;
    const n = Math.min(stack.count - 1, Math.max(0, Math.round(slice)));
    this.move(view, ontoSlice(camera, stack.first + n * stack.step));
  }

  scroll(view: ViewId, slices: number): void {
    const facts = this.facts(view);
    if (facts) this.goToSlice(view, facts.slice + slices);
  }

  /** Magnifies a view by `factor` about a canvas point; the others follow about their middle. */
  zoom(view: ViewId, factor: number, at: CanvasPoint, linked: boolean): void {
    for (const other of linked ? viewIds : [view]) {
      const camera = this.cameras.get(other);
      if (!camera) continue;
      this.whole.delete(other);
      const anchor: CanvasPoint = other === view ? at : [camera.width / 2, camera.height / 2];
      this.move(other, zoomed(camera, factor, anchor));
    }
  }

  /** Moves the image by canvas pixels. */
  pan(view: ViewId, dx: number, dy: number): void {
    const camera = this.cameras.get(view);
    if (!camera) return;
    const { basis, mmPerPixel } = camera;
    this.whole.delete(view);
    this.move(view, {
      ...camera,
      centre: moved(camera.centre, basis, -dx * mmPerPixel, -dy * mmPerPixel, 0),
    });
  }

  /** Back to the whole of the volume; the slices stay. */
  reset(): void {
    if (!this.volume) return;
    for (const view of viewIds) {
      const camera = this.cameras.get(view);
      if (!camera) continue;
      this.whole.add(view);
      this.move(view, this.refitted(view, camera));
    }
  }

  /** The picture of a view as drawn, without contours. */
  canvas(view: ViewId): HTMLCanvasElement | null {
    return this.display.canvas(view);
  }

  private move(view: ViewId, camera: Camera): void {
    this.cameras.set(view, camera);
    this.display.setCamera(view, camera);
    this.onMoved(view);
  }

  private layPlanes(geometry: VolumeGeometry): void {
    const bases = viewBases(geometry, this.alignment);
    this.bases = bases;
    this.stacks = {
      axial: sliceStack(geometry, bases.axial),
      coronal: sliceStack(geometry, bases.coronal),
      sagittal: sliceStack(geometry, bases.sagittal),
    };
    for (const view of viewIds) {
      this.whole.add(view);
      this.cameras.set(view, this.fitted(view, bases[view]));
      const stack = this.stacks[view];
      this.goToSlice(view, Math.floor(stack.count / 2));
    }
  }

  /** The camera that shows the whole volume, through its middle. */
  private fitted(view: ViewId, basis: ViewBasis): Camera {
    const geometry = this.volume?.geometry;
    const [width, height] = this.sizes.get(view) ?? [512, 512];
    if (!geometry) throw new Error('A camera is fitted only to a volume.');
    const middle = toPatient(
      geometry,
      voxelIndex((geometry.size[0] - 1) / 2, (geometry.size[1] - 1) / 2, (geometry.size[2] - 1) / 2),
    );
    const span = (direction: PatientVector): number => {
      const [low, high] = extentAlong(geometry, direction);
      return high - low + Math.min(...geometry.spacing);
    };
    const mmPerPixel = margin * Math.max(span(basis.right) / width, span(basis.down) / height);
    return { basis, centre: middle, mmPerPixel, width, height };
  }

  private refitted(view: ViewId, camera: Camera): Camera {
    return ontoSlice(this.fitted(view, camera.basis), dot(camera.centre, camera.basis.away));
  }

  /** A view that shows the whole volume goes on showing it; another keeps its magnification. */
  private resized(view: ViewId, width: number, height: number): void {
    this.sizes.set(view, [width, height]);
    const camera = this.cameras.get(view);
    if (!camera || !this.bases) return;
    this.move(view, this.whole.has(view) ? this.refitted(view, camera) : { ...camera, width, height });
  }
}

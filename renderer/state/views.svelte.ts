import { toPatient, voxelIndex, type PatientPoint } from '../../main/imaging/space/geometry';
import {
  Viewer,
  viewIds,
  type Alignment,
  type CanvasPoint,
  type DisplayVolume,
  type Slab,
  type ViewFacts,
  type ViewId,
  type WindowRange,
} from '../viewer/viewer';
import { preferences } from './preferences.svelte';
import { firstWindow } from './presets';
import { valueAt, volume, type LoadedVolume } from './volume.svelte';

/** What is under the pointer. */
export interface Hover {
  readonly view: ViewId;
  readonly point: PatientPoint;
  readonly value: number | null;
}

/** Twelve slices a second. */
const framePeriod = 1000 / 12;

const nothing: Record<ViewId, ViewFacts | null> = { axial: null, coronal: null, sagittal: null };

const displayed = ({ info, voxels }: LoadedVolume): DisplayVolume => ({
  id: info.id,
  geometry: info.geometry,
  voxels,
  frameOfReference: info.frameOfReference ?? `volume:${info.id}`,
  range: info.range,
});

/** The views of the open volume: where they look, the window, the crosshair. Cornerstone stays behind `viewer`. */
class ViewsStore {
  /** Not reactive on purpose: a proxy round Cornerstone's objects breaks them. */
  readonly viewer = new Viewer();
  facts = $state.raw(nothing);
  private latest = nothing;
  window = $state.raw<WindowRange>({ lower: 0, upper: 1 });
  inverted = $state(false);
  crosshair = $state.raw<PatientPoint | null>(null);
  hover = $state.raw<Hover | null>(null);
  active = $state<ViewId>('axial');
  alignment = $state<Alignment>('patient');
  oblique = $state(false);
  slab = $state.raw<Slab | null>(null);
  /** The active view runs through its slices by itself. */
  playing = $state(false);
  private timer = 0;
  /** The window that the volume was opened with. */
  private opened: WindowRange = this.window;
  private readonly drawn = new Set<(view: ViewId) => void>();

  constructor() {
    this.viewer.onMoved = (view) => this.read(view);
    this.viewer.onRendered = (view) => {
      for (const listener of this.drawn) listener(view);
    };
  }

  /** Tells of each image drawn, so that what lies over it is drawn with the same camera. */
  onDrawn(listener: (view: ViewId) => void): () => void {
    this.drawn.add(listener);
    return () => this.drawn.delete(listener);
  }

  /** Shows a volume of which at least the middle slice is there. */
  async show(loaded: LoadedVolume): Promise<void> {
    const { info } = loaded;
    this.window = this.opened = firstWindow(info);
    this.inverted = false;
    this.slab = null;
    this.play(false);
    this.hover = null;
    await this.viewer.show(displayed(loaded), this.window, Math.floor(info.geometry.size[2] / 2));
    // Another was opened meanwhile, and says where the views look.
    if (volume.current?.info.id !== info.id) return;
    this.alignment = this.viewer.alignedTo;
    this.oblique = this.viewer.leans > 0.5;
    const [i, j, k] = info.geometry.size.map((n) => Math.floor(n / 2));
    this.crosshair = toPatient(info.geometry, voxelIndex(i, j, k));
    for (const view of viewIds) this.read(view);
  }

  /** Slices [from, to) of the volume shown have come. */
  arrived(loaded: LoadedVolume, from: number, to: number): void {
    this.viewer.arrived(displayed(loaded), from, to);
  }

  /** All of the volume has come, and its range is known: the window follows it, unless somebody has set another. */
  settle(loaded: LoadedVolume): void {
    if (this.window === this.opened) this.setWindow(firstWindow(loaded.info));
  }

  setWindow(window: WindowRange, inverted = this.inverted): void {
    this.window = window;
    this.inverted = inverted;
    this.viewer.setWindow(window, inverted);
  }

  setSlab(slab: Slab | null): void {
    this.slab = slab;
    this.viewer.setSlab(slab);
  }

  align(alignment: Alignment): void {
    this.viewer.align(alignment);
    this.alignment = alignment;
    for (const view of viewIds) this.read(view);
  }

  /** Puts the crosshair on a point; the views show it. */
  goTo(point: PatientPoint, except: ViewId | null = null): void {
    this.crosshair = point;
    for (const view of viewIds) if (view !== except) this.viewer.goTo(view, point);
  }

  /** Shows slice k of the scan's own slices in the view that cuts along them. */
  goToScanSlice(k: number): void {
    const view = this.scanView();
    if (view !== null) this.viewer.goToSlice(view, k);
  }

  /** The view that shows the slices as they were scanned; null where the views cut across them. */
  scanView(): ViewId | null {
    return viewIds.find((view) => this.facts[view]?.axis === 2) ?? null;
  }

  /** The scanned slice that is shown. */
  scanSlice(): number | null {
    const view = this.scanView();
    return view === null ? null : (this.facts[view]?.slice ?? null);
  }

  scroll(view: ViewId, slices: number): void {
    this.viewer.scroll(view, slices);
    this.carryCrosshair(view);
  }

  /** Starts or stops running through the slices, to and fro. */
  play(on: boolean): void {
    clearInterval(this.timer);
    this.playing = on;
    let step = 1;
    if (on)
      this.timer = setInterval(() => {
        const facts = this.facts[this.active];
        if (!facts) return;
        if (facts.slice + step < 0 || facts.slice + step >= facts.count) step = -step;
        this.scroll(this.active, step);
      }, framePeriod) as unknown as number;
  }

  zoom(view: ViewId, factor: number, at: CanvasPoint): void {
    this.viewer.zoom(view, factor, at, preferences.kept.linkedZoom);
  }

  point(view: ViewId, at: CanvasPoint): void {
    const point = this.viewer.toPatient(view, at);
    const loaded = volume.current;
    this.hover = point && loaded ? { view, point, value: valueAt(loaded, point) } : null;
  }

  leave(): void {
    this.hover = null;
  }

  /** The crosshair's depth follows the slice shown, so that the lines in the other views are true. */
  private carryCrosshair(view: ViewId): void {
    const plane = this.viewer.plane(view);
    if (!plane || !this.crosshair) return;
    const [x, y, z] = this.crosshair;
    const { point, normal } = plane;
    const off = (point[0] - x) * normal[0] + (point[1] - y) * normal[1] + (point[2] - z) * normal[2];
    this.crosshair = [
      x + off * normal[0],
      y + off * normal[1],
      z + off * normal[2],
    ] as unknown as PatientPoint;
  }

  private read(view: ViewId): void {
    this.latest = { ...this.latest, [view]: this.viewer.facts(view) };
    this.facts = this.latest;
  }
}

export const views = new ViewsStore();

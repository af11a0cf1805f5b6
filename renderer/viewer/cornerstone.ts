import {
  Enums,
  RenderingEngine,
  eventTarget,
  utilities,
  init as initCornerstone,
  type Types,
  type VolumeViewport,
} from '@cornerstonejs/core';
import type { Camera } from './camera';
import { releaseUnused } from './graphics-resources';
import { addSlices, cacheVolume, dropVolume, type DisplayVolume } from './local-volume';
import type { ViewId } from './planes';

/** Lower and upper end of the grey scale, in the volume's unit. */
export interface WindowRange {
  readonly lower: number;
  readonly upper: number;
}

/** The hot scale up to yellow: its last part is white, which is no colour on grey. */
const hotName = 'studio-hot';

/** Names of colour scales, and what the drawing library calls them. */
const colormapNames = {
  hot: hotName,
  rainbow: 'erdc_rainbow_bright',
  muted: 'Rainbow Desaturated',
  coldHot: 'Cold and Hot',
  grey: 'Grayscale',
} as const;
export type Colormap = keyof typeof colormapNames;
export const colormaps = Object.keys(colormapNames) as readonly Colormap[];

/** A second volume, drawn together with the first: one of them grey, the other in colour over it. */
export interface Fusion {
  readonly volume: DisplayVolume;
  /** Whether the second lies beneath, in grey, and the first is the one in colour: CT beneath a PET. */
  readonly beneath?: boolean;
  /** Of the second volume. */
  readonly window: WindowRange;
  readonly colormap: Colormap;
  /** Share of the colour in what is seen, 0 to 0.5, reached at a third of the window. */
  readonly share: number;
}

/** A thick slice: the brightest or the mean voxel over so many mm. */
export interface Slab {
  readonly mm: number;
  readonly mode: 'maximum' | 'mean';
}

const blendModes = {
  none: Enums.BlendModes.COMPOSITE,
  maximum: Enums.BlendModes.MAXIMUM_INTENSITY_BLEND,
  mean: Enums.BlendModes.AVERAGE_INTENSITY_BLEND,
} as const;

export const engineId = 'studio';
const farAway = 1000;
/**
 * Pauses between the pictures of a volume that is still coming, ms: each is twice the one before. What is drawn without
 * a graphics card takes the processor that reads the files.
 */
const redrawAfter = { first: 250, most: 2000 } as const;

/**
 * Draws volumes with Cornerstone3D. It knows no patients, segments or tools, and it decides nothing: cameras,
 * windows and volumes are told to it.
 */
export class CornerstoneDisplay {
  private engine: RenderingEngine | null = null;
  private readonly elements = new Map<ViewId, HTMLDivElement>();
  private readonly cameras = new Map<ViewId, Camera>();
  private volume: DisplayVolume | null = null;
  private fusion: Fusion | null = null;
  private window: WindowRange | null = null;
  private inverted = false;
  private slab: Slab | null = null;
  private shown = new Set<ViewId>();
  /** What each view is being given, one after the other. */
  private readonly filling = new Map<ViewId, Promise<void>>();
  private observer: ResizeObserver | null = null;
  private fitting = 0;
  private redrawing = 0;
  private patience: number = redrawAfter.first;

  /** Called after each image drawn, and after a view has changed its size. */
  onRendered: (view: ViewId) => void = () => undefined;
  onResized: (view: ViewId, width: number, height: number) => void = () => undefined;

  constructor() {
    initCornerstone();
    utilities.colormap.registerColormap({
      Name: hotName,
      ColorSpace: 'RGB',
      // Black-body radiation, as in ParaView, up to 0.85 of its length.
      RGBPoints: [0, 0, 0, 0, 0.47, 0.9, 0, 0, 0.94, 0.9, 0.9, 0, 1, 0.925, 0.925, 0.25],
    } as Types.ColormapRegistration);
    eventTarget.addEventListener(Enums.Events.WEBGL_CONTEXT_LOST, () => void this.restart());
  }

  /** Takes an element for a view. @returns what undoes it. */
  attach(view: ViewId, element: HTMLDivElement): () => void {
    this.elements.set(view, element);
    const rendered = (): void => {
      const viewport = this.viewport(view);
      if (viewport) releaseUnused(viewport);
      this.onRendered(view);
    };
    element.addEventListener(Enums.Events.IMAGE_RENDERED, rendered);
    this.enable(view, element);
    if (this.volume) void this.fill(view);
    return () => {
      this.observer?.unobserve(element);
      element.removeEventListener(Enums.Events.IMAGE_RENDERED, rendered);
      this.elements.delete(view);
      this.shown.delete(view);
      if (this.engine?.getViewport(view)) this.engine.disableElement(view);
    };
  }

  /**
   * Replaces what the views show; the volumes shown before leave the cache.
   * @param only the one slice that is there yet; all are by default
   */
  async show(volume: DisplayVolume, window: WindowRange, only?: number): Promise<void> {
    const before = this.volume;
    const fusedBefore = this.fusion;
    this.volume = volume;
    this.window = window;
    this.fusion = null;
    this.slab = null;
    this.inverted = false;
    this.patience = redrawAfter.first;
    cacheVolume(volume, ...(only === undefined ? [] : ([only, only + 1] as const)));
    await this.fillAll();
    this.forget(before);
    this.forget(fusedBefore?.volume ?? null);
  }

  /** Slices [from, to) of a volume that is shown are there now. */
  arrived(volume: DisplayVolume, from: number, to: number): void {
    addSlices(volume, from, to);
    this.redrawing ||= setTimeout(() => {
      this.redrawing = 0;
      this.patience = Math.min(redrawAfter.most, 2 * this.patience);
      for (const view of this.shown) this.viewport(view)?.render();
    }, this.patience) as unknown as number;
  }

  async fuse(fusion: Fusion | null): Promise<void> {
    const before = this.fusion;
    const same = before?.volume.id === fusion?.volume.id && before?.beneath === fusion?.beneath;
    // What is drawn already stays: the same volume may have been fetched again.
    this.fusion = same && before && fusion ? { ...fusion, volume: before.volume } : fusion;
    if (same) {
      for (const view of this.shown) this.applyLook(view);
      return;
    }
    await this.fillAll();
    this.forget(before?.volume ?? null);
  }

  setWindow(window: WindowRange, inverted: boolean): void {
    this.window = window;
    this.inverted = inverted;
    for (const view of this.shown) this.applyLook(view);
  }

  setSlab(slab: Slab | null): void {
    this.slab = slab;
    for (const view of this.shown) this.applyLook(view);
  }

  setCamera(view: ViewId, camera: Camera): void {
    this.cameras.set(view, camera);
    if (!this.shown.has(view)) return;
    this.applyCamera(view);
    this.viewport(view)?.render();
  }

  /** The picture of a view as drawn, without overlay. */
  canvas(view: ViewId): HTMLCanvasElement | null {
    return this.viewport(view)?.getCanvas() ?? null;
  }

  private viewport(view: ViewId): VolumeViewport | null {
    return (this.engine?.getViewport(view) as VolumeViewport | undefined) ?? null;
  }

  private enable(view: ViewId, element: HTMLDivElement): void {
    this.engine ??= new RenderingEngine(engineId);
    // Before enableElement, so that it hears of a new size before anything of Cornerstone's does.
    this.observer ??= new ResizeObserver(() => this.fit());
    this.engine.enableElement({
      viewportId: view,
      element,
      type: Enums.ViewportType.ORTHOGRAPHIC,
      defaultOptions: { background: [0, 0, 0], orientation: Enums.OrientationAxis.AXIAL },
    });
    this.observer.observe(element);
    this.reportSize(view);
  }

  private reportSize(view: ViewId): void {
    const element = this.elements.get(view);
    if (element && element.clientWidth > 0) this.onResized(view, element.clientWidth, element.clientHeight);
  }

  /** Takes a volume out of the cache, unless it is shown again by now. */
  private forget(volume: DisplayVolume | null): void {
    if (volume && volume.id !== this.volume?.id && volume.id !== this.fusion?.volume.id) dropVolume(volume);
  }

  private async fillAll(): Promise<void> {
    for (const view of this.elements.keys()) await this.fill(view);
  }

  /** Gives a view what is to be shown. Each waits for the one before: a slow one must not fill a later case's view. */
  private fill(view: ViewId): Promise<void> {
    const before = this.filling.get(view) ?? Promise.resolve();
    const now = before.catch(() => undefined).then(() => this.fillNow(view));
    this.filling.set(view, now);
    return now;
  }

  private async fillNow(view: ViewId): Promise<void> {
    const viewport = this.viewport(view);
    const { volume, fusion } = this;
    if (!viewport || !volume) return;
    const layers = [volume, ...(fusion ? [fusion.volume] : [])];
    if (fusion?.beneath) layers.reverse();
    await viewport.setVolumes(
      layers.map((layer) => ({ volumeId: cacheVolume(layer) })),
      false,
      true,
    );
    // Something else is to be shown by now: the next in turn shows it.
    if (this.viewport(view) !== viewport || this.volume !== volume || this.fusion !== fusion) return;
    this.shown.add(view);
    this.applyLook(view);
    this.applyCamera(view);
    viewport.render();
  }

  private applyLook(view: ViewId): void {
    const viewport = this.viewport(view);
    if (!viewport || !this.volume || !this.window) return;
    const own = { volume: this.volume, window: this.window };
    const [grey, coloured] = this.fusion?.beneath ? [this.fusion, own] : [own, this.fusion];
    viewport.setProperties(
      {
        voiRange: { ...grey.window },
        invert: this.inverted && grey === own,
        VOILUTFunction: Enums.VOILUTFunctionType.LINEAR,
      },
      cacheVolume(grey.volume),
      true,
    );
    if (this.fusion && coloured) {
      const { share, colormap } = this.fusion;
      const { window, volume } = coloured;
      // Two volumes are mixed by their opacities; the grey one is opaque.
      const opacity = Math.min(1, share / (1 - share));
      const span = window.upper - window.lower;
      viewport.setProperties(
        {
          voiRange: { ...window },
          colormap: {
            name: colormapNames[colormap],
            opacity: [
              { value: window.lower, opacity: 0 },
              { value: window.lower + 0.1 * span, opacity: opacity * 0.25 },
              { value: window.lower + 0.35 * span, opacity },
              { value: window.upper, opacity },
            ],
          },
        },
        cacheVolume(volume),
        true,
      );
    }
    viewport.setBlendMode(blendModes[this.slab?.mode ?? 'none']);
    viewport.setSlabThickness(this.slab?.mm ?? 0);
    this.applyCamera(view);
    viewport.render();
  }

  private applyCamera(view: ViewId): void {
    const camera = this.cameras.get(view);
    const viewport = this.viewport(view);
    if (!camera || !viewport) return;
    const { away, down } = camera.basis;
    const focalPoint = [...camera.centre] as Types.Point3;
    viewport.setCamera({
      focalPoint,
      position: focalPoint.map((at, axis) => at - farAway * away[axis]) as Types.Point3,
      viewPlaneNormal: [-away[0], -away[1], -away[2]],
      viewUp: [-down[0], -down[1], -down[2]],
      parallelProjection: true,
      parallelScale: (camera.height / 2) * camera.mmPerPixel,
    });
  }

  /** `engine.resize` returns early while an image is being drawn, which would stretch anatomy: asks until it fits. */
  private fit(attempt = 0): void {
    clearTimeout(this.fitting);
    const engine = this.engine;
    if (!engine) return;
    const misfits = [...this.elements.keys()].filter((view) => this.misfit(view));
    if (misfits.length === 0) return;
    engine.resize(true, true);
    for (const view of misfits) {
      this.reportSize(view);
      this.applyCamera(view);
      this.viewport(view)?.render();
    }
    if (attempt < 40)
      requestAnimationFrame(() => {
        this.fitting = setTimeout(() => this.fit(attempt + 1), 8) as unknown as number;
      });
  }

  private misfit(view: ViewId): boolean {
    const canvas = this.viewport(view)?.getCanvas();
    if (!canvas || canvas.clientWidth === 0) return false;
    const ratio = window.devicePixelRatio || 1;
    return (
      canvas.width !== Math.round(canvas.clientWidth * ratio) ||
      canvas.height !== Math.round(canvas.clientHeight * ratio)
    );
  }

  /** A lost WebGL context leaves black views: a new engine draws from the same cache. */
  private async restart(): Promise<void> {
    this.observer?.disconnect();
    this.engine?.destroy();
    this.engine = null;
    this.observer = null;
    this.shown.clear();
    for (const [view, element] of this.elements) this.enable(view, element);
    await this.fillAll();
  }
}

import { Enums, eventTarget, getRenderingEngine, type Types, type VolumeViewport } from '@cornerstonejs/core';
import type { Camera } from './camera';
import { engineId, type WindowRange } from './cornerstone';
import { releaseUnused } from './graphics-resources';
import { cacheVolume, dropVolume, type DisplayVolume } from './local-volume';

const viewportId = 'second';
const farAway = 1000;

/** Draws a second volume alone, through the camera of a view of the first: two scans side by side. */
export class SecondDisplay {
  private volume: DisplayVolume | null = null;
  private camera: Camera | null = null;
  private window: WindowRange = { lower: 0, upper: 1 };
  private inverted = false;
  private filled = false;
  private readonly observer = new ResizeObserver(() => this.fit());
  private readonly restart = (): void => {
    this.filled = false;
    // The views take a new engine at the same event; this one joins it.
    setTimeout(() => this.enable(), 0);
  };
  private readonly rendered = (): void => {
    if (this.viewport) releaseUnused(this.viewport);
  };

  constructor(private readonly element: HTMLDivElement) {
    this.observer.observe(element);
    element.addEventListener(Enums.Events.IMAGE_RENDERED, this.rendered);
    this.enable();
    eventTarget.addEventListener(Enums.Events.WEBGL_CONTEXT_LOST, this.restart);
  }

  /** Shows a volume; the one before leaves the cache. */
  async show(volume: DisplayVolume | null): Promise<void> {
    const before = this.volume;
    this.volume = volume;
    this.filled = false;
    await this.fill();
    if (before && before.id !== volume?.id) dropVolume(before);
  }

  setWindow(window: WindowRange, inverted: boolean): void {
    this.window = window;
    this.inverted = inverted;
    this.draw();
  }

  setCamera(camera: Camera): void {
    this.camera = camera;
    this.draw();
  }

  end(): void {
    this.observer.disconnect();
    eventTarget.removeEventListener(Enums.Events.WEBGL_CONTEXT_LOST, this.restart);
    this.element.removeEventListener(Enums.Events.IMAGE_RENDERED, this.rendered);
    if (this.viewport) getRenderingEngine(engineId)?.disableElement(viewportId);
    if (this.volume) dropVolume(this.volume);
    this.volume = null;
  }

  private get viewport(): VolumeViewport | null {
    return (getRenderingEngine(engineId)?.getViewport(viewportId) as VolumeViewport | undefined) ?? null;
  }

  private enable(): void {
    const engine = getRenderingEngine(engineId);
    if (!engine) return;
    engine.enableElement({
      viewportId,
      element: this.element,
      type: Enums.ViewportType.ORTHOGRAPHIC,
      defaultOptions: { background: [0, 0, 0], orientation: Enums.OrientationAxis.AXIAL },
    });
    void this.fill();
  }

  private async fill(): Promise<void> {
    const { viewport, volume } = this;
    if (!viewport || !volume) return;
    await viewport.setVolumes([{ volumeId: cacheVolume(volume) }], false, true);
    if (this.viewport !== viewport || this.volume !== volume) return;
    this.filled = true;
    this.draw();
  }

  private draw(): void {
    const { viewport, volume, camera } = this;
    if (!viewport || !volume || !camera || !this.filled) return;
    viewport.setProperties(
      {
        voiRange: { ...this.window },
        invert: this.inverted,
        VOILUTFunction: Enums.VOILUTFunctionType.LINEAR,
      },
      cacheVolume(volume),
      true,
    );
    const { away, down } = camera.basis;
    const focalPoint = [...camera.centre] as Types.Point3;
    viewport.setCamera({
      focalPoint,
      position: focalPoint.map((at, axis) => at - farAway * away[axis]) as Types.Point3,
      viewPlaneNormal: [-away[0], -away[1], -away[2]],
      viewUp: [-down[0], -down[1], -down[2]],
      parallelProjection: true,
      parallelScale: (this.element.clientHeight / 2) * camera.mmPerPixel,
    });
    viewport.render();
  }

  /** As for the views: `engine.resize` returns early while an image is being drawn. */
  private fit(attempt = 0): void {
    const canvas = this.viewport?.getCanvas();
    if (!canvas || canvas.clientWidth === 0) return;
    const ratio = window.devicePixelRatio || 1;
    if (
      canvas.width === Math.round(canvas.clientWidth * ratio) &&
      canvas.height === Math.round(canvas.clientHeight * ratio)
    )
      return this.draw();
    getRenderingEngine(engineId)?.resize(true, true);
    if (attempt < 40) setTimeout(() => this.fit(attempt + 1), 24);
  }
}

import type { VolumeGeometry } from '../../main/imaging/space/geometry';
import type { Camera } from './camera';
import { sliceFrame } from './frames';
import { dot } from './planes';
import { SurfaceMaker, type PatientSurface } from './surface-maker';
import { SurfaceScene, type SurfaceLook } from './surface-scene';

/** A surface that is to be seen. */
export interface WantedSurface {
  readonly id: string;
  /** Changes with the mask. */
  readonly revision: number;
  readonly look: SurfaceLook;
}

/** The end of an axis of the patient on the screen: x to the right, y down, depth away, all −1 to 1. */
export interface AxisOnScreen {
  readonly letter: string;
  readonly x: number;
  readonly y: number;
  readonly depth: number;
}

const frameColour = [125, 140, 158] as const;

/** Surfaces of segments in an element: what is wanted is made in a worker and drawn. */
export class SurfacePane {
  private readonly scene: SurfaceScene;
  private readonly maker = new SurfaceMaker();
  private readonly made = new Map<string, { readonly revision: number; readonly surface: PatientSurface }>();
  private readonly observer: ResizeObserver;
  private asked = 0;

  onDrawn: () => void = () => undefined;
  onLost: () => void = () => undefined;

  constructor(element: HTMLElement) {
    this.scene = new SurfaceScene(element);
    this.scene.onDrawn = () => this.onDrawn();
    this.scene.onLost = () => this.onLost();
    this.observer = new ResizeObserver(() => this.scene.resize());
    this.observer.observe(element);
  }

  /** Triangles drawn. */
  get triangles(): number {
    let sum = 0;
    for (const { surface } of this.made.values()) sum += surface.triangles.length / 3;
    return sum;
  }

  /**
   * Draws these surfaces and no others. @param maskOf null where the segment has gone meanwhile
   * @returns whether it is still what was asked for last
   */
  async show(
    wanted: readonly WantedSurface[],
    maskOf: (id: string) => Uint8Array | null,
    geometry: VolumeGeometry | null,
  ): Promise<boolean> {
    const asked = ++this.asked;
    const ids = new Set(wanted.map((w) => w.id));
    for (const id of this.made.keys()) if (!ids.has(id)) this.made.delete(id);
    this.scene.keep(ids);
    for (const { id, revision, look } of geometry ? wanted : []) {
      let surface = this.made.get(id)?.revision === revision ? this.made.get(id)?.surface : undefined;
      if (!surface && geometry) {
        const mask = maskOf(id);
        surface = (mask && (await this.maker.make(mask, geometry))) ?? undefined;
        if (asked !== this.asked) return false;
        if (surface) this.made.set(id, { revision, surface });
      }
      this.scene.set(id, surface ?? null, look);
    }
    if (!this.scene.looks) this.scene.fit();
    return true;
  }

  /** Draws where the views cut. */
  frame(cameras: readonly Camera[], geometry: VolumeGeometry | null): void {
    this.scene.setLines(
      geometry
        ? cameras.map(({ basis, centre }) => ({
            points: sliceFrame(geometry, basis, dot(centre, basis.away)),
            closed: true,
            colour: frameColour,
          }))
        : [],
    );
  }

  turn(right: number, down: number): void {
    this.scene.turn(right, down);
  }

  zoom(factor: number): void {
    this.scene.zoom(factor);
  }

  pan(dx: number, dy: number): void {
    this.scene.pan(dx, dy);
  }

  /** All of it, from the front. */
  front(): void {
    this.scene.fit();
  }

  axes(): ReturnType<SurfaceScene['axes']> {
    return this.scene.axes();
  }

  end(): void {
    this.asked++;
    this.observer.disconnect();
    this.maker.end();
    this.scene.end();
  }
}

const directions = [
  ['L', [1, 0, 0]],
  ['P', [0, 1, 0]],
  ['S', [0, 0, 1]],
] as const;

/** Where the patient's left, back and head point to on the screen. */
export function axesOnScreen(pane: SurfacePane): readonly AxisOnScreen[] {
  const { right, up } = pane.axes();
  return directions.map(([letter, along]) => {
    const [x, y] = [dot(along, right), -dot(along, up)];
    const towards =
      along[0] * (right[1] * up[2] - right[2] * up[1]) +
      along[1] * (right[2] * up[0] - right[0] * up[2]) +
      along[2] * (right[0] * up[1] - right[1] * up[0]);
    return { letter, x, y, depth: -towards };
  });
}

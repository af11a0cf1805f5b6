import '@kitware/vtk.js/Rendering/Profiles/Geometry';
import vtkDataArray from '@kitware/vtk.js/Common/Core/DataArray';
import vtkPolyData from '@kitware/vtk.js/Common/DataModel/PolyData';
import vtkActor from '@kitware/vtk.js/Rendering/Core/Actor';
import vtkMapper from '@kitware/vtk.js/Rendering/Core/Mapper';
import vtkRenderer from '@kitware/vtk.js/Rendering/Core/Renderer';
import vtkRenderWindow from '@kitware/vtk.js/Rendering/Core/RenderWindow';
import type { PatientPoint, PatientVector } from '../../main/imaging/space/geometry';
import type { PatientSurface } from './surface-maker';

/** How a surface looks. Colour 0 to 255, opacity 0 to 1. */
export interface SurfaceLook {
  readonly colour: readonly [number, number, number];
  readonly opacity: number;
}

/** A line through space. */
export interface SceneLine {
  readonly points: readonly PatientPoint[];
  readonly closed: boolean;
  readonly colour: readonly [number, number, number];
}

/** Where the camera looks from. */
interface Look {
  /** Into the screen, and up on it. */
  readonly away: readonly [number, number, number];
  readonly up: readonly [number, number, number];
}

/** From the front, a little from the patient's left and from above: what a person expects of a body in space. */
const firstLook: Look = { away: [-0.35, 0.9, -0.25], up: [0, 0, 1] };

/**
 * Surfaces of segments in patient space, drawn by vtk.js with a WebGL context of its own. Turned by the caller: the
 * library's own mouse and key handling would take keys that mean other things here.
 */
export class SurfaceScene {
  private readonly renderer = vtkRenderer.newInstance({ background: [0, 0, 0] });
  private readonly window = vtkRenderWindow.newInstance();
  private readonly view = this.window.newAPISpecificView('WebGL');
  private readonly surfaces = new Map<string, { actor: vtkActor; surface: PatientSurface }>();
  private lines: vtkActor[] = [];
  private asked = 0;
  private ended = false;
  private placed = false;

  /** Called after each picture, e.g. to draw the axes anew. */
  onDrawn: () => void = () => undefined;
  /** The graphics context is gone: make a new scene. */
  onLost: () => void = () => undefined;

  constructor(private readonly element: HTMLElement) {
    this.window.addRenderer(this.renderer);
    this.window.addView(this.view);
    this.view.setContainer(element);
    this.camera.setParallelProjection(true);
    this.canvas?.addEventListener('webglcontextlost', (event) => {
      event.preventDefault();
      if (!this.ended) this.onLost();
    });
    this.resize();
  }

  get canvas(): HTMLCanvasElement | null {
    return this.element.querySelector('canvas');
  }

  private get camera(): ReturnType<vtkRenderer['getActiveCamera']> {
    return this.renderer.getActiveCamera();
  }

  /** Shows a surface, in place of the one of this id; null takes it away. */
  set(id: string, surface: PatientSurface | null, look: SurfaceLook): void {
    const before = this.surfaces.get(id);
    if (surface === null) {
      if (before) this.renderer.removeActor(before.actor);
      this.surfaces.delete(id);
    } else if (before?.surface === surface) {
      paint(before.actor, look);
    } else {
      const actor = before?.actor ?? vtkActor.newInstance();
      const mapper = vtkMapper.newInstance({ scalarVisibility: false });
      mapper.setInputData(polyDataOf(surface));
      actor.setMapper(mapper);
      paint(actor, look);
      if (!before) this.renderer.addActor(actor);
      this.surfaces.set(id, { actor, surface });
    }
    this.draw();
  }

  /** Takes away all surfaces but these. */
  keep(ids: ReadonlySet<string>): void {
    for (const [id, { actor }] of this.surfaces)
      if (!ids.has(id)) {
        this.renderer.removeActor(actor);
        this.surfaces.delete(id);
      }
    this.draw();
  }

  setLines(lines: readonly SceneLine[]): void {
    for (const actor of this.lines) this.renderer.removeActor(actor);
    this.lines = lines.map(lineActor);
    for (const actor of this.lines) this.renderer.addActor(actor);
    this.draw();
  }

  /** Looks at all of the surfaces from the front; the slices' frames do not count. */
  fit(look: Look = firstLook): void {
    const bounds = [Infinity, -Infinity, Infinity, -Infinity, Infinity, -Infinity];
    for (const { actor } of this.surfaces.values())
      actor.getBounds().forEach((at: number, n: number) => {
        bounds[n] = n % 2 === 0 ? Math.min(bounds[n], at) : Math.max(bounds[n], at);
      });
    if (bounds[0] > bounds[1]) return;
    const { camera } = this;
    const middle = [0, 2, 4].map((n) => (bounds[n] + bounds[n + 1]) / 2);
    camera.setFocalPoint(middle[0], middle[1], middle[2]);
    camera.setPosition(middle[0] - look.away[0], middle[1] - look.away[1], middle[2] - look.away[2]);
    camera.setViewUp(look.up[0], look.up[1], look.up[2]);
    this.renderer.resetCamera(bounds as [number, number, number, number, number, number]);
    this.placed = true;
    this.draw();
  }

  /** Whether the camera has been placed since there is anything to see. */
  get looks(): boolean {
    return this.placed;
  }

  /** Turns about the middle, degrees to the right and down. */
  turn(right: number, down: number): void {
    this.camera.azimuth(-right);
    this.camera.elevation(down);
    this.camera.orthogonalizeViewUp();
    this.draw();
  }

  /** Magnifies; `factor` above 1. */
  zoom(factor: number): void {
    this.camera.setParallelScale(Math.min(2000, Math.max(1, this.camera.getParallelScale() / factor)));
    this.draw();
  }

  /** Moves what is seen by pixels of the canvas. */
  pan(dx: number, dy: number): void {
    const { camera } = this;
    const mm = (2 * camera.getParallelScale()) / Math.max(1, this.element.clientHeight);
    const { right, up } = this.axes();
    const shift = [0, 1, 2].map((n) => (-dx * right[n] + dy * up[n]) * mm);
    const moved = (from: readonly number[]): [number, number, number] => [
      from[0] + shift[0],
      from[1] + shift[1],
      from[2] + shift[2],
    ];
    camera.setFocalPoint(...moved(camera.getFocalPoint()));
    camera.setPosition(...moved(camera.getPosition()));
    this.draw();
  }

  /** What points to the right and up on the screen, in patient space. */
  axes(): { readonly right: PatientVector; readonly up: PatientVector } {
    const up = this.camera.getViewUp() as unknown as PatientVector;
    const away = this.camera.getDirectionOfProjection();
    const right = [
      away[1] * up[2] - away[2] * up[1],
      away[2] * up[0] - away[0] * up[2],
      away[0] * up[1] - away[1] * up[0],
    ] as unknown as PatientVector;
    return { right, up };
  }

  resize(): void {
    const ratio = window.devicePixelRatio || 1;
    const { clientWidth, clientHeight } = this.element;
    if (clientWidth === 0 || clientHeight === 0) return;
    this.view.setSize(Math.round(clientWidth * ratio), Math.round(clientHeight * ratio));
    this.draw();
  }

  /** Many changes in one frame are drawn once. */
  draw(): void {
    this.asked ||= requestAnimationFrame(() => {
      this.asked = 0;
      if (this.ended) return;
      this.renderer.resetCameraClippingRange();
      this.window.render();
      this.onDrawn();
    });
  }

  end(): void {
    this.ended = true;
    cancelAnimationFrame(this.asked);
    this.view.setContainer(null as unknown as HTMLElement);
    this.view.delete();
    this.window.delete();
    this.renderer.delete();
  }
}

function paint(actor: vtkActor, { colour, opacity }: SurfaceLook): void {
  const property = actor.getProperty();
  property.setColor(colour[0] / 255, colour[1] / 255, colour[2] / 255);
  property.setOpacity(opacity);
  property.setInterpolationToPhong();
  property.setAmbient(0.18);
  property.setDiffuse(0.82);
  property.setSpecular(0.18);
  property.setSpecularPower(24);
}

function polyDataOf({ points, triangles, normals }: PatientSurface): vtkPolyData {
  const data = vtkPolyData.newInstance();
  data.getPoints().setData(points, 3);
  // vtk.js writes each polygon as its length and its vertices.
  const cells = new Uint32Array((triangles.length / 3) * 4);
  for (let t = 0, c = 0; t < triangles.length; t += 3, c += 4) {
    cells[c] = 3;
    cells[c + 1] = triangles[t];
    cells[c + 2] = triangles[t + 1];
    cells[c + 3] = triangles[t + 2];
  }
  data.getPolys().setData(cells);
  data
    .getPointData()
    .setNormals(vtkDataArray.newInstance({ name: 'Normals', values: normals, numberOfComponents: 3 }));
  return data;
}

function lineActor({ points, closed, colour }: SceneLine): vtkActor {
  const data = vtkPolyData.newInstance();
  data.getPoints().setData(Float32Array.from(points.flatMap((p) => [p[0], p[1], p[2]])), 3);
  const order = points.map((_, n) => n);
  if (closed) order.push(0);
  data.getLines().setData(Uint32Array.from([order.length, ...order]));
  const mapper = vtkMapper.newInstance({ scalarVisibility: false });
  mapper.setInputData(data);
  const actor = vtkActor.newInstance();
  actor.setMapper(mapper);
  const property = actor.getProperty();
  property.setColor(colour[0] / 255, colour[1] / 255, colour[2] / 255);
  property.setLighting(false);
  property.setLineWidth(1.5);
  return actor;
}

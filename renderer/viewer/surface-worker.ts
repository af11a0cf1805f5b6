import { surfaceOfBlock, type MaskBlock, type PatientSurface } from '../../main/imaging/mask/block-surface';
import type { VolumeGeometry } from '../../main/imaging/space/geometry';

/** What the worker is asked for, and what it answers with. */
export interface SurfaceTask {
  readonly task: number;
  readonly block: MaskBlock;
  readonly geometry: VolumeGeometry;
}
export interface SurfaceAnswer {
  readonly task: number;
  readonly surface: PatientSurface;
}

/** Makes surfaces away from the window's thread. */
self.onmessage = ({ data }: MessageEvent<SurfaceTask>): void => {
  const surface = surfaceOfBlock(data.block, data.geometry);
  const answer: SurfaceAnswer = { task: data.task, surface };
  const buffers = [surface.points.buffer, surface.normals.buffer, surface.triangles.buffer];
  (self as unknown as Worker).postMessage(answer, buffers);
};

import { boxOfMask, isEmpty } from '../../main/imaging/mask/box';
import { blockOf, cutOut } from '../../main/imaging/mask/block';
import type { PatientSurface } from '../../main/imaging/mask/block-surface';
import type { VolumeGeometry } from '../../main/imaging/space/geometry';
import type { SurfaceAnswer, SurfaceTask } from './surface-worker';

export type { PatientSurface };

/** Has surfaces of masks made in a worker, one at a time. */
export class SurfaceMaker {
  private readonly worker = new Worker(new URL('./surface-worker.ts', import.meta.url), { type: 'module' });
  private readonly waiting = new Map<number, (surface: PatientSurface) => void>();
  private tasks = 0;

  constructor() {
    this.worker.onmessage = ({ data }: MessageEvent<SurfaceAnswer>) => {
      this.waiting.get(data.task)?.(data.surface);
      this.waiting.delete(data.task);
    };
  }

  /** The surface of a mask as it is now; null for an empty one. */
  make(mask: Uint8Array, geometry: VolumeGeometry): Promise<PatientSurface | null> {
    const box = boxOfMask(mask, geometry.size);
    if (isEmpty(box)) return Promise.resolve(null);
    const block = blockOf(box);
    const content = cutOut(mask, geometry.size, block);
    const task: SurfaceTask = {
      task: ++this.tasks,
      block: { mask: content, from: box.from, size: block.size },
      geometry,
    };
    this.worker.postMessage(task, [content.buffer]);
    return new Promise((resolve) => this.waiting.set(task.task, resolve));
  }

  end(): void {
    this.worker.terminate();
    this.waiting.clear();
  }
}

import type { AnnotationState, Edit, StudioApi, VolumeId } from '../../preload/api';
import type { VolumeGeometry } from '../../main/imaging/space/geometry';

/** The journal side of the bridge, kept in memory: for tests of the window's own logic, without Electron. */
export class JournalBridge {
  readonly edits: Edit[] = [];
  position = 0;
  accepted = false;
  failing: string | null = null;

  constructor(
    private readonly geometry: VolumeGeometry,
    private readonly start: Partial<AnnotationState> = {},
  ) {}

  install(): void {
    const annotation: Partial<StudioApi['annotation']> = {
      open: async (volumeId) => ({
        volumeId,
        geometry: this.geometry,
        segments: [],
        reviewedSlices: [],
        history: [],
        position: 0,
        accepted: false,
        ...this.start,
      }),
      apply: async (_id: VolumeId, position: number, edit: Edit) => {
        if (this.failing !== null) throw new Error(this.failing);
        if (position !== this.position) throw new Error(`Position ${position} is stale.`);
        this.edits.splice(position, this.edits.length, structuredClone(edit));
        this.position = position + 1;
        return { position: this.position };
      },
      moveTo: async (_id: VolumeId, position: number) => {
        if (position < 0 || position > this.edits.length) throw new Error('There is no such position.');
        this.position = position;
        return { position };
      },
      accept: async () => {
        this.accepted = true;
      },
      reopen: async () => {
        this.accepted = false;
      },
      edits: async (_id: VolumeId, from: number, to: number) => this.edits.slice(from, to),
    };
    Object.assign(globalThis, { window: { studio: { annotation } } });
  }
}

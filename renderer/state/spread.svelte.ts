import type { SpreadEnd } from '../../main/imaging/mask/spread/spread';
import type { ModelId, SegmentId } from '../../preload/api';
import { annotation } from './annotation.svelte';

/** A contour carried on from one slice to its neighbours. It is nobody's work until a person takes it over. */
export interface Spread {
  readonly segmentId: SegmentId;
  /** The slice that it was carried on from. */
  readonly from: number;
  /** Shapes by slice (k), each size[0] × size[1]. */
  readonly planes: ReadonlyMap<number, Uint8Array>;
  readonly ends: readonly [SpreadEnd, SpreadEnd];
  /** The model that had a say, by id and name; null where the image alone decided. */
  readonly model: { readonly id: ModelId; readonly name: string } | null;
}

/** What spreading offers on the open volume. */
class SpreadStore {
  current = $state.raw<Spread | null>(null);
  busy = $state(false);
  /** Rises with each spread, so that what was drawn of it knows when it is stale. */
  revision = $state(0);
  private mask: { readonly key: string; readonly mask: Uint8Array } | null = null;

  /** The slices still to be taken over: a slice that a person judged since is closed, and opens when that is undone. */
  readonly slices = $derived.by((): readonly number[] => {
    const spread = this.current;
    const row = annotation.segments.find((s) => s.info.id === spread?.segmentId);
    if (!spread || !row || annotation.accepted) return [];
    return [...spread.planes.keys()].filter((k) => !annotation.reviewed.has(k)).sort((a, b) => a - b);
  });
  readonly offered = $derived(this.slices.length > 0);
  readonly row = $derived(annotation.segments.find((s) => s.info.id === this.current?.segmentId) ?? null);

  offer(spread: Spread): void {
    this.current = spread;
    this.mask = null;
    this.revision++;
  }

  clear(): void {
    this.current = null;
    this.mask = null;
    this.revision++;
  }

  /** What is offered as one mask on the grid, and a number that changes with it. */
  drawn(): { readonly mask: Uint8Array; readonly revision: string } | null {
    const { current, slices } = this;
    const { geometry } = annotation;
    if (!current || !geometry || slices.length === 0) return null;
    const key = `${this.revision}:${slices.join()}`;
    if (this.mask?.key !== key) {
      const [nx, ny, nz] = geometry.size;
      const mask = new Uint8Array(nx * ny * nz);
      for (const k of slices) mask.set(current.planes.get(k) ?? [], k * nx * ny);
      this.mask = { key, mask };
    }
    return { mask: this.mask.mask, revision: key };
  }
}

export const spread = new SpreadStore();

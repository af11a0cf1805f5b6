import { voxelCount } from '../../main/imaging/space/geometry';
import type { Proposal, VolumeId } from '../../preload/api';
import { annotation } from './annotation.svelte';
import { sentenceOf } from './failure';
import { maskOfFlips } from './masks';

/** A structure that a model suggests, with its mask spread out for drawing. */
export interface ProposedSegment {
  readonly name: string;
  readonly mask: Uint8Array;
  readonly millilitres: number;
}

/** What a model suggests for the open volume. It is nobody's work until a person takes it over. */
class ProposalStore {
  current = $state.raw<Proposal | null>(null);
  segments = $state.raw<readonly ProposedSegment[]>([]);
  failure = $state<string | null>(null);
  visible = $state(true);
  /**
   * Whether there is anything to take over: an accepted case needs no proposal, nor one whose slices were all judged
   * after it came, as by "accept all". It comes back when that is undone.
   */
  readonly offered = $derived.by(() => {
    if (this.current === null || annotation.accepted) return false;
    const last = annotation.position > 0 ? annotation.entries[annotation.position - 1].at : '';
    return annotation.reviewed.size < (annotation.geometry?.size[2] ?? 0) || this.current.at > last;
  });
  /** Rises with each proposal, so that what was derived from it knows when it is stale. */
  revision = $state(0);

  start(): void {
    window.studio.annotation.onProposal((id) => {
      if (id === annotation.volumeId) void this.load(id);
    });
  }

  async load(id: VolumeId): Promise<void> {
    this.clear();
    try {
      const proposal = await window.studio.annotation.proposal(id);
      if (id !== annotation.volumeId || proposal === null || annotation.geometry === null) return;
      const count = voxelCount(annotation.geometry);
      this.segments = proposal.segments.map((s) => ({
        name: s.name,
        mask: maskOfFlips(s.mask, count),
        millilitres: s.millilitres,
      }));
      this.current = proposal;
      this.revision++;
    } catch (failure) {
      this.failure = sentenceOf(failure);
    }
  }

  clear(): void {
    this.current = null;
    this.segments = [];
    this.failure = null;
    this.visible = true;
    this.revision++;
  }

  async discard(): Promise<void> {
    const id = annotation.volumeId;
    if (id === null) return;
    await window.studio.annotation.discardProposal(id);
    this.clear();
  }

  /** Scanned slices by the model's doubt, the least certain first. */
  leastCertain(limit: number): readonly { readonly slice: number; readonly uncertainty: number }[] {
    return (this.current?.sliceUncertainty ?? [])
      .map((uncertainty, slice) => ({ slice, uncertainty }))
      .filter((s) => s.uncertainty > 0)
      .sort((a, b) => b.uncertainty - a.uncertainty)
      .slice(0, limit);
  }
}

export const proposal = new ProposalStore();

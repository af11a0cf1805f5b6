import { boxOfMask, type Box } from '../../main/imaging/mask/box';
import { voxelCount, voxelMillilitres } from '../../main/imaging/space/geometry';
import type { Proposal, VolumeId } from '../../preload/api';
import { annotation } from './annotation.svelte';
import { sentenceOf } from './failure';
import { maskOfFlips } from './masks';

/** A structure that a model suggests, with its mask spread out for drawing. */
export interface ProposedSegment {
  readonly name: string;
  /** What is offered: as the model gave it, or as it follows a person's corrections. */
  readonly mask: Uint8Array;
  readonly millilitres: number;
  /** As the model gave it, and the block that holds it. */
  readonly suggested: Uint8Array;
  readonly box: Box;
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
  /** Rises when what is offered changes, which it also does as it follows corrections. */
  shown = $state(0);

  start(): void {
    window.studio.annotation.onProposal((id) => {
      if (id === annotation.volumeId) void this.load(id);
    });
  }

  async load(id: VolumeId): Promise<void> {
    // Opened, and left again before this was asked: what is shown now is of another volume.
    if (id !== annotation.volumeId) return;
    this.clear();
    try {
      const proposal = await window.studio.annotation.proposal(id);
      if (id !== annotation.volumeId || proposal === null || annotation.geometry === null) return;
      const { geometry } = annotation;
      this.segments = proposal.segments.map(({ name, mask, millilitres }) => {
        const suggested = maskOfFlips(mask, voxelCount(geometry));
        return { name, mask: suggested, millilitres, suggested, box: boxOfMask(suggested, geometry.size) };
      });
      this.current = proposal;
      this.revision++;
      this.shown++;
    } catch (failure) {
      if (id === annotation.volumeId) this.failure = sentenceOf(failure);
    }
  }

  /** Offers another mask of a structure than the model's own; null offers that again. */
  offer(name: string, other: { readonly mask: Uint8Array; readonly voxels: number } | null): void {
    const { geometry } = annotation;
    const segment = this.segments.find((s) => s.name === name);
    if (!geometry || !segment || (other === null && segment.mask === segment.suggested)) return;
    const own = this.current?.segments.find((s) => s.name === name)?.millilitres ?? 0;
    const changed = {
      ...segment,
      mask: other?.mask ?? segment.suggested,
      millilitres: other ? other.voxels * voxelMillilitres(geometry) : own,
    };
    this.segments = this.segments.map((s) => (s === segment ? changed : s));
    this.shown++;
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
    if (id === annotation.volumeId) this.clear();
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

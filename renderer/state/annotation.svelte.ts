import type { Flips } from '../../main/imaging/mask/flips';
import { voxelCount, voxelMillilitres, type VolumeGeometry } from '../../main/imaging/space/geometry';
import type { Edit, HistoryEntry, ModelId, SegmentId, SegmentInfo, VolumeId } from '../../preload/api';
import { sentenceOf } from './failure';
import { flipsOfMask, maskOfFlips, Masks } from './masks';
import { colourFor } from './palette';
import { SaveQueue } from './save-queue.svelte';

/** A segment as the window shows it. */
export interface SegmentRow {
  readonly info: SegmentInfo;
  /** Stands for the segment beside its colour: contours carry it too. */
  readonly number: number;
  readonly voxels: number;
  readonly millilitres: number;
  readonly revision: number;
  readonly visible: boolean;
}

/** What a tool asks for. */
export interface Change {
  readonly name: string;
  readonly segmentId: SegmentId;
  readonly flips: Flips;
  readonly reviewedSlices?: readonly number[];
  readonly modelId?: ModelId;
}

/**
 * The segments of the open volume and their history. The masks here are the master; main keeps the journal.
 * Every change is one edit with a name: do, undo and redo are the same flips.
 */
class AnnotationStore {
  volumeId = $state<VolumeId | null>(null);
  segments = $state.raw<readonly SegmentRow[]>([]);
  activeId = $state<SegmentId | null>(null);
  entries = $state.raw<readonly HistoryEntry[]>([]);
  position = $state(0);
  reviewed = $state.raw<ReadonlySet<number>>(new Set());
  accepted = $state(false);
  failure = $state<string | null>(null);
  /** All contours are hidden while this is set. */
  hidden = $state(false);
  readonly queue = new SaveQueue();
  readonly masks = new Masks();
  geometry = $state.raw<VolumeGeometry | null>(null);

  readonly active = $derived(this.segments.find((s) => s.info.id === this.activeId) ?? null);
  readonly canUndo = $derived(this.position > 0);
  readonly canRedo = $derived(this.position < this.entries.length);
  readonly undoName = $derived(this.position > 0 ? this.entries[this.position - 1].name : null);
  readonly redoName = $derived(this.entries[this.position]?.name ?? null);

  /** Edits by their place in the history; those of earlier sessions are fetched when first needed. */
  private edits = new Map<number, Edit>();
  private reviews = new Map<number, number>();
  private infos: SegmentInfo[] = [];
  /** Where a segment that is gone stood in the list: undo puts it back there. */
  private places = new Map<SegmentId, number>();
  private readonly invisible = new Set<SegmentId>();
  private moving: Promise<void> = Promise.resolve();
  /** Rises whenever something else is opened or all is closed. */
  private turn = 0;

  async open(id: VolumeId): Promise<void> {
    this.close();
    const { turn } = this;
    if (this.queue.failure !== null) this.queue.retry();
    await this.queue.settled().catch(() => undefined);
    if (turn !== this.turn) return;
    this.queue.forget(id);
    this.volumeId = id;
    try {
      const state = await window.studio.annotation.open(id);
      if (turn !== this.turn) return;
      const count = voxelCount(state.geometry);
      this.geometry = state.geometry;
      for (const { info, mask } of state.segments) this.masks.add(info.id, maskOfFlips(mask, count));
      this.infos = state.segments.map((s) => s.info);
      this.entries = state.history;
      this.position = state.position;
      this.reviews = new Map(state.reviewedSlices.map((k) => [k, 1]));
      this.accepted = state.accepted;
      this.activeId = this.infos.find((info) => !info.locked)?.id ?? this.infos[0]?.id ?? null;
      this.show();
    } catch (failure) {
      if (turn === this.turn) this.failure = sentenceOf(failure);
    }
  }

  /** Shows nothing any more; what was changed and waits for the disk is still written. */
  close(): void {
    this.turn++;
    this.volumeId = null;
    this.geometry = null;
    this.failure = null;
    this.masks.clear();
    this.edits = new Map();
    this.reviews = new Map();
    this.places = new Map();
    this.infos = [];
    this.invisible.clear();
    this.entries = [];
    this.position = 0;
    this.accepted = false;
    this.activeId = null;
    this.hidden = false;
    this.show();
  }

  /** Reads the journal again, e.g. after an import or a change that could not be written. */
  async reload(): Promise<void> {
    const id = this.volumeId;
    const active = this.activeId;
    if (id === null) return;
    await this.open(id);
    if (active !== null && this.masks.has(active)) this.activeId = active;
  }

  /** Makes a change of one segment: one undo step. Does nothing where nothing changes. */
  change(change: Change): void {
    const reviewedSlices = (change.reviewedSlices ?? []).filter((k) => !this.reviewed.has(k));
    if (change.flips.length === 0 && reviewedSlices.length === 0) return;
    this.apply({
      kind: 'flip',
      name: change.name,
      segmentId: change.segmentId,
      flips: change.flips,
      reviewedSlices: change.reviewedSlices ?? [],
      ...(change.modelId === undefined ? {} : { modelId: change.modelId }),
    });
  }

  addSegment(
    name: string,
    undoName: string,
    extra: Partial<Pick<SegmentInfo, 'code' | 'generation'>> & { mask?: Flips } = {},
  ): SegmentId {
    const { mask, ...described } = extra;
    const segment: SegmentInfo = {
      id: crypto.randomUUID(),
      name,
      color: colourFor(this.infos.map((info) => info.color)),
      generation: 'MANUAL',
      locked: false,
      ...described,
    };
    this.apply({ kind: 'add-segment', name: undoName, segment, mask: mask ?? new Uint32Array(0) });
    this.activeId = segment.id;
    return segment.id;
  }

  removeSegment(id: SegmentId, undoName: string): void {
    const segment = this.infos.find((info) => info.id === id);
    if (!segment) return;
    this.apply({ kind: 'remove-segment', name: undoName, segment, mask: flipsOfMask(this.masks.of(id)) });
  }

  describeSegment(id: SegmentId, change: Partial<SegmentInfo>, undoName: string): void {
    const before = this.infos.find((info) => info.id === id);
    if (!before) return;
    this.apply({ kind: 'describe-segment', name: undoName, before, after: { ...before, ...change, id } });
  }

  setVisible(id: SegmentId, visible: boolean): void {
    if (visible) this.invisible.delete(id);
    else this.invisible.add(id);
    this.show();
  }

  /** Draws a change that is still being made; `settle` decides whether it becomes an edit. */
  preview(id: SegmentId, flips: Flips): void {
    if (flips.length === 0) return;
    this.masks.flip(id, flips);
    this.show();
  }

  undo(): Promise<void> {
    return this.step(-1);
  }

  redo(): Promise<void> {
    return this.step(1);
  }

  /** From where the steps asked for before end: a key pressed while one is under way is not lost. */
  private step(by: 1 | -1): Promise<void> {
    this.moving = this.moving.then(() => this.jump(this.position + by));
    return this.moving;
  }

  /** Makes `target` entries of the history applied. Jumps follow one another, never side by side. */
  moveTo(target: number): Promise<void> {
    this.moving = this.moving.then(() => this.jump(target));
    return this.moving;
  }

  async accept(): Promise<void> {
    const id = this.volumeId;
    if (id === null) return;
    await this.queue.settled();
    await window.studio.annotation.accept(id);
    if (this.volumeId === id) this.accepted = true;
  }

  async reopen(): Promise<void> {
    const id = this.volumeId;
    if (id === null) return;
    await window.studio.annotation.reopen(id);
    if (this.volumeId === id) this.accepted = false;
  }

  private apply(edit: Edit): void {
    const id = this.volumeId;
    if (id === null) return;
    const at = this.position;
    for (let cut = at; cut < this.entries.length; cut++) this.edits.delete(cut);
    this.edits.set(at, edit);
    this.entries = [...this.entries.slice(0, at), { name: edit.name, at: new Date().toISOString(), by: '' }];
    this.perform(edit, 'do');
    this.position = at + 1;
    this.show();
    this.queue.add(id, () => window.studio.annotation.apply(id, at, edit));
    this.unaccept(id);
  }

  /** Acceptance holds for what was accepted: a change, undo included, opens the case again. */
  private unaccept(id: VolumeId): void {
    if (!this.accepted) return;
    this.accepted = false;
    this.queue.add(id, () => window.studio.annotation.reopen(id));
  }

  private async jump(target: number): Promise<void> {
    const id = this.volumeId;
    const { entries } = this;
    if (id === null || target < 0 || target > entries.length || target === this.position) return;
    try {
      await this.fetchEdits(id, Math.min(target, this.position), Math.max(target, this.position));
    } catch (failure) {
      this.failure = sentenceOf(failure);
      return;
    }
    // A change made meanwhile is where the person is now; what was asked for before it is no longer there.
    if (this.volumeId !== id || this.entries !== entries) return;
    while (this.position > target) {
      this.position--;
      const edit = this.edits.get(this.position);
      if (edit) this.perform(edit, 'undo');
    }
    while (this.position < target) {
      const edit = this.edits.get(this.position);
      if (edit) this.perform(edit, 'do');
      this.position++;
    }
    this.show();
    this.queue.add(id, () => window.studio.annotation.moveTo(id, target));
    this.unaccept(id);
  }

  private async fetchEdits(id: VolumeId, from: number, to: number): Promise<void> {
    let missing = false;
    for (let at = from; at < to; at++) missing ||= !this.edits.has(at);
    if (!missing) return;
    const { entries } = this;
    await this.queue.settled();
    const fetched = await window.studio.annotation.edits(id, 0, entries.length);
    if (this.volumeId !== id || this.entries !== entries) return;
    fetched.forEach((edit, at) => this.edits.set(at, edit));
    // Slices may have been reviewed by several edits: counted, undoing one of them keeps the others.
    this.reviews = new Map();
    for (const edit of fetched.slice(0, this.position)) this.review(edit, 1);
  }

  private perform(edit: Edit, way: 'do' | 'undo'): void {
    const adds = (edit.kind === 'add-segment') === (way === 'do');
    switch (edit.kind) {
      case 'flip':
        if (this.masks.has(edit.segmentId)) this.masks.flip(edit.segmentId, edit.flips);
        this.review(edit, way === 'do' ? 1 : -1);
        break;
      case 'add-segment':
      case 'remove-segment':
        if (adds && this.geometry) {
          this.masks.add(edit.segment.id, maskOfFlips(edit.mask, voxelCount(this.geometry)));
          this.infos = this.infos.toSpliced(
            this.places.get(edit.segment.id) ?? this.infos.length,
            0,
            edit.segment,
          );
          this.activeId ??= edit.segment.id;
        } else {
          this.masks.remove(edit.segment.id);
          this.places.set(
            edit.segment.id,
            this.infos.findIndex((info) => info.id === edit.segment.id),
          );
          this.infos = this.infos.filter((info) => info.id !== edit.segment.id);
          if (this.activeId === edit.segment.id) this.activeId = this.infos[0]?.id ?? null;
        }
        break;
      case 'describe-segment': {
        const next = way === 'do' ? edit.after : edit.before;
        this.infos = this.infos.map((info) => (info.id === next.id ? next : info));
        break;
      }
    }
  }

  private review(edit: Edit, by: 1 | -1): void {
    if (edit.kind !== 'flip') return;
    for (const k of edit.reviewedSlices) this.reviews.set(k, (this.reviews.get(k) ?? 0) + by);
  }

  private show(): void {
    const millilitres = this.geometry ? voxelMillilitres(this.geometry) : 0;
    this.segments = this.infos.map((info, n) => ({
      info,
      number: n + 1,
      voxels: this.masks.voxels(info.id),
      millilitres: this.masks.voxels(info.id) * millilitres,
      revision: this.masks.revision(info.id),
      visible: !this.invisible.has(info.id),
    }));
    const reviewed = [...this.reviews].filter(([, n]) => n > 0).map(([k]) => k);
    // Kept where it says the same, so that strokes do not make everything that depends on it stir.
    if (reviewed.length !== this.reviewed.size || !reviewed.every((k) => this.reviewed.has(k)))
      this.reviewed = new Set(reviewed);
  }
}

export const annotation = new AnnotationStore();

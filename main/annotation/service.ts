/** The annotations of the open archive: what people drew, what models propose, who did what. No Electron. */
import { userInfo } from 'node:os';
import { join } from 'node:path';
import type {
  AnnotationState,
  CaseState,
  Edit,
  FormerContours,
  Proposal,
  SegmentInfo,
  Unsubscribe,
  VolumeId,
} from '../../preload/api';
import type { Flips } from '../imaging/mask/flips';
import type { VolumeGeometry } from '../imaging/space/geometry';
import type { AuditEvent, AuditKind } from './audit';
import { AnnotationCase, JOURNAL, type Signer } from './case';
import { nodeDisk, type Disk } from './disk';
import { AnnotationFailure } from './failure';
import { copyFormer, findFormer, type AskFormer } from './former';
import { Journal, type JournalRecord } from './journal';
import {
  readProposal,
  removeProposal,
  uncertaintyFileOf,
  writeProposal,
  type NewProposal,
} from './proposals';
import { reviewedOf } from './state';
import {
  CASE_NAME,
  closeOldest,
  closeStore,
  openStore,
  takeIn,
  used,
  type Store,
  type StoreContext,
} from './store';
import { EMPTY_SUMMARY, summaryOfCase, worklistState, writeSummary, type CaseSummary } from './summary';

export interface AnnotationOptions {
  /** Folder of all annotations of this user. */
  readonly folder: string;
  /** The archive that is open. */
  readonly archive: {
    readonly archiveId: string;
    volume(id: VolumeId): { readonly geometry: VolumeGeometry | null } | null;
    /** Archives that were opened before; without it, moved archives are not recognised. */
    readonly former?: AskFormer;
  };
  /** Who signs; the system's user by default. */
  readonly by?: string;
  readonly version?: string;
  readonly disk?: Disk;
}

/** Contours of one volume as learning wants them. Masks are flips of an empty grid. */
export interface TaughtCase {
  readonly volumeId: VolumeId;
  readonly geometry: VolumeGeometry;
  readonly accepted: boolean;
  /** Slices that a person has judged whole; only these teach, unless the case is accepted. */
  readonly reviewedSlices: readonly number[];
  readonly segments: readonly { readonly name: string; readonly mask: Flips }[];
}

export class AnnotationService {
  readonly #options: AnnotationOptions;
  readonly #disk: Disk;
  readonly #by: string;
  readonly #signer: Signer;
  readonly #proposed = new Set<(id: VolumeId) => void>();
  readonly #changed = new Set<(id: VolumeId) => void>();
  #store: Promise<Store> | null = null;
  #storeOf: string | null = null;
  /** Settles when every store that was left is closed. */
  #closed: Promise<void> = Promise.resolve();
  #summaries: ReadonlyMap<string, CaseSummary> = new Map();

  constructor(options: AnnotationOptions) {
    this.#options = options;
    this.#disk = options.disk ?? nodeDisk;
    this.#by = options.by ?? userName();
    this.#signer = { by: this.#by, ...(options.version ? { version: options.version } : {}) };
  }

  /**
   * Makes the annotations of the open archive ready: locks them, and reads in which state each case is.
   * @throws AnnotationFailure where another process has them open, or they would lie on a network share
   */
  async ready(): Promise<void> {
    await this.#open();
  }

  /** What the worklist shows; 'new' until {@link ready} has resolved. */
  stateOf(id: VolumeId): CaseState {
    return worklistState(this.#summaries.get(id) ?? EMPTY_SUMMARY);
  }

  /** What is known of a case without opening it. */
  summary(id: VolumeId): CaseSummary {
    return this.#summaries.get(id) ?? EMPTY_SUMMARY;
  }

  async open(id: VolumeId): Promise<AnnotationState> {
    const geometry = this.#geometryOf(id);
    const opened = await this.#case(id, false);
    if (!opened)
      return {
        volumeId: id,
        geometry,
        segments: [],
        reviewedSlices: [],
        history: [],
        position: 0,
        accepted: false,
      };
    const { state, remarks } = opened;
    return {
      volumeId: id,
      geometry: state.geometry,
      segments: state.segments.map(({ info, runs }) => ({ info, mask: runs })),
      reviewedSlices: reviewedOf(state),
      history: state.history.map(({ name, at, by }) => ({ name, at, by })),
      position: state.position,
      accepted: state.accepted,
      ...(remarks.length > 0 ? { remarks } : {}),
    };
  }

  /** Keeps one edit; resolves once it is on the disk. @throws AnnotationFailure, or the system's error */
  async apply(id: VolumeId, position: number, edit: Edit): Promise<{ position: number }> {
    const opened = (await this.#case(id, true))!;
    const { accepted } = opened.state;
    const reached = await opened.apply(position, edit);
    await this.#noteChange(opened, accepted);
    return { position: reached };
  }

  async moveTo(id: VolumeId, position: number): Promise<{ position: number }> {
    const opened = (await this.#case(id, position > 0))!;
    if (!opened) return { position: 0 };
    const { accepted } = opened.state;
    const reached = await opened.moveTo(position);
    await this.#noteChange(opened, accepted);
    return { position: reached };
  }

  async edits(id: VolumeId, from: number, to: number): Promise<readonly Edit[]> {
    return (await (await this.#case(id, false))?.edits(from, to)) ?? [];
  }

  async accept(id: VolumeId): Promise<void> {
    await this.#setAccepted(id, true);
  }

  async reopen(id: VolumeId): Promise<void> {
    await this.#setAccepted(id, false);
  }

  async proposal(id: VolumeId): Promise<Proposal | null> {
    const folder = this.#folderOf(await this.#open(), id);
    return readProposal(this.#disk, folder, id, this.#options.archive.volume(id)?.geometry ?? null);
  }

  async discardProposal(id: VolumeId): Promise<void> {
    const store = await this.#open();
    const proposal = await this.proposal(id);
    if (!proposal) return;
    await removeProposal(this.#disk, this.#folderOf(store, id));
    await this.#remember(store, id, { ...this.summary(id), proposed: false });
    await this.record('proposal discarded', id, { modelId: proposal.modelId });
    for (const listener of this.#proposed) listener(id);
  }

  /** Keeps what a model proposes beside the annotation, in place of an older proposal. */
  async saveProposal(id: VolumeId, proposal: NewProposal): Promise<void> {
    const store = await this.#open();
    const geometry = this.#geometryOf(id);
    const at = new Date().toISOString();
    await writeProposal(this.#disk, this.#folderOf(store, id), at, geometry, proposal);
    await this.#remember(store, id, { ...this.summary(id), proposed: true });
    await this.record('proposed', id, { modelId: proposal.modelId });
    for (const listener of this.#proposed) listener(id);
  }

  /** Adds segments that came from elsewhere, each as one undoable step. */
  async addSegments(
    id: VolumeId,
    segments: readonly { readonly info: SegmentInfo; readonly mask: Flips }[],
    origin: string,
  ): Promise<void> {
    const opened = (await this.#case(id, true))!;
    const { accepted } = opened.state;
    for (const { info, mask } of segments)
      await opened.apply(opened.state.position, {
        kind: 'add-segment',
        name: `Import ${info.name}`,
        segment: info,
        mask,
      });
    await this.#noteChange(opened, accepted);
    await this.record('imported', id, { detail: `${segments.length} segments from ${origin}` });
  }

  /**
   * Cases from which a model can learn: at least one segment and one reviewed slice, or accepted.
   * @param asked which are looked at; one that cannot be opened (its scan has changed) is no concern of the others
   */
  async taught(asked: (id: VolumeId) => boolean = () => true): Promise<readonly TaughtCase[]> {
    const store = await this.#open();
    const cases: TaughtCase[] = [];
    for (const [id, summary] of store.summaries) {
      if (summary.segmentNames.length === 0) continue;
      if (!summary.accepted && summary.reviewedSlices.length === 0) continue;
      if (!asked(id as VolumeId)) continue;
      if (!this.#options.archive.volume(id as VolumeId)?.geometry) continue;
      const opened = await this.#case(id as VolumeId, false);
      if (!opened) continue;
      cases.push({
        volumeId: opened.volumeId,
        geometry: opened.state.geometry,
        accepted: opened.state.accepted,
        reviewedSlices: reviewedOf(opened.state),
        segments: opened.state.segments.map(({ info, runs }) => ({ name: info.name, mask: runs })),
      });
    }
    return cases;
  }

  /** Contours that were drawn on scans of this archive when it lay elsewhere, or on another copy of it. */
  async former(): Promise<FormerContours | null> {
    const store = await this.#open();
    const { archive, folder } = this.#options;
    if (!archive.former) return null;
    const has = (id: VolumeId): boolean => store.summaries.has(id);
    return findFormer(this.#disk, folder, store.archiveId, has, (id, work) => archive.former!(id, work));
  }

  /**
   * Copies the contours that {@link former} found, after a person has said yes. Nothing is overwritten or removed.
   * @returns how many cases were taken over
   */
  async takeOverFormer(archiveId: string): Promise<number> {
    const found = await this.former();
    if (found?.archiveId !== archiveId)
      throw new AnnotationFailure('There are no contours of that archive to be taken over.');
    const store = await this.#open();
    const from = join(this.#options.folder, archiveId);
    const copied = await copyFormer(this.#disk, from, store.folder, found.volumeIds);
    for (const id of found.volumeIds) {
      await takeIn(this.#context, store, id);
      for (const listener of this.#changed) listener(id);
    }
    await store.audit.add({
      at: new Date().toISOString(),
      by: this.#by,
      kind: 'taken over',
      volumeId: null,
      detail: `${copied} cases of archive ${archiveId}`,
      version: this.#options.version ?? '',
      mark: null,
    });
    return copied;
  }

  /** The uncertainty map of a volume's proposal, or null. */
  async uncertaintyFile(id: string): Promise<string | null> {
    return (await this.proposal(id as VolumeId))?.uncertaintyUrl
      ? uncertaintyFileOf(this.#disk, this.#folderOf(await this.#open(), id as VolumeId))
      : null;
  }

  /** Enters an event into the audit trail; resolves once it is on the disk. */
  async record(
    kind: AuditKind,
    id: VolumeId,
    about: { readonly modelId?: string; readonly detail?: string } = {},
  ): Promise<void> {
    const store = await this.#open();
    const opened = await this.#case(id, false);
    await store.audit.add({
      at: new Date().toISOString(),
      by: this.#by,
      kind,
      volumeId: id,
      ...about,
      version: this.#options.version ?? '',
      mark: opened?.mark ?? null,
    });
  }

  /** Every event of the audit trail, its chain verified. @throws Error where it was changed */
  async audit(): Promise<readonly AuditEvent[]> {
    return (await this.#open()).audit.events();
  }

  /** An open case, for verification and export of its whole journal; null where nobody drew. */
  async caseOf(id: VolumeId): Promise<AnnotationCase | null> {
    return this.#case(id, false);
  }

  /** Identifiers of the cases that something is kept of. */
  async caseIds(): Promise<readonly VolumeId[]> {
    return [...(await this.#open()).summaries.keys()] as VolumeId[];
  }

  onProposal(listener: (id: VolumeId) => void): Unsubscribe {
    this.#proposed.add(listener);
    return () => void this.#proposed.delete(listener);
  }

  /** The state of a case has changed. */
  onChanged(listener: (id: VolumeId) => void): Unsubscribe {
    this.#changed.add(listener);
    return () => void this.#changed.delete(listener);
  }

  /**
   * Every record of a case's journal, also of a volume that is no longer in the archive; null where nobody drew.
   * @throws Error where one is damaged
   */
  async records(id: VolumeId): Promise<readonly JournalRecord[] | null> {
    const store = await this.#open();
    const opened = await store.cases.get(id);
    if (opened) return opened.records();
    const folder = this.#folderOf(store, id);
    if (!(await this.#disk.list(folder)).includes(JOURNAL)) return null;
    return Journal.read(this.#disk, join(folder, JOURNAL));
  }

  /** Closes every case and gives the lock back; resolves once nothing that was open before is open any more. */
  close(): Promise<void> {
    const store = this.#store;
    this.#store = null;
    this.#storeOf = null;
    this.#summaries = new Map();
    this.#closed = this.#closed
      .catch(() => undefined)
      .then(async () => {
        const opened = await store?.catch(() => null);
        if (opened) await closeStore(opened);
      });
    return this.#closed;
  }

  get #context(): StoreContext {
    const { archive } = this.#options;
    const geometryOf = (id: VolumeId): VolumeGeometry | null => archive.volume(id)?.geometry ?? null;
    return { disk: this.#disk, signer: this.#signer, geometryOf };
  }

  async #open(): Promise<Store> {
    const { archiveId } = this.#options.archive;
    if (this.#store && this.#storeOf === archiveId) return this.#store;
    // The locks of what was open before are given back first: it may be this very archive.
    const store = this.close()
      .catch(() => undefined)
      .then(() => openStore(this.#context, archiveId, join(this.#options.folder, archiveId)));
    this.#store = store;
    this.#storeOf = archiveId;
    store.then(
      (s) => {
        if (this.#store === store) this.#summaries = s.summaries;
      },
      () => {
        if (this.#store === store) this.#store = null;
      },
    );
    return store;
  }

  #folderOf(store: Store, id: VolumeId): string {
    if (!CASE_NAME.test(id)) throw new AnnotationFailure('There is no volume of this name.');
    return join(store.folder, id);
  }

  #geometryOf(id: VolumeId): VolumeGeometry {
    const geometry = this.#options.archive.volume(id)?.geometry;
    if (!geometry)
      throw new AnnotationFailure('This volume is not in the archive, or cannot be placed in the patient.');
    return geometry;
  }

  async #case(id: VolumeId, create: boolean): Promise<AnnotationCase | null> {
    const store = await this.#open();
    const known = used(store, id);
    if (known) return known;
    const folder = this.#folderOf(store, id);
    if (!create && !(await this.#disk.list(folder)).includes(JOURNAL)) return null;
    // Two writers of one journal would write over each other's records.
    while (store.closing.has(id)) await store.closing.get(id);
    const again = used(store, id);
    if (again) return again;
    const opening = AnnotationCase.open(this.#disk, folder, id, this.#geometryOf(id), this.#signer);
    store.cases.set(id, opening);
    opening.catch(() => store.cases.delete(id));
    const opened = await opening;
    await closeOldest(store, id);
    return opened;
  }

  async #setAccepted(id: VolumeId, accepted: boolean): Promise<void> {
    const opened = (await this.#case(id, accepted))!;
    if (!opened || opened.state.accepted === accepted) return;
    await opened.setAccepted(accepted);
    await this.#note(opened);
    const models = new Set(
      opened.state.history.slice(0, opened.state.position).flatMap((e) => e.modelId ?? []),
    );
    await this.record(accepted ? 'accepted' : 'reopened', id, {
      ...(models.size > 0 ? { modelId: [...models].join(' ') } : {}),
    });
  }

  /** @param accepted whether the case was accepted before the change, which has opened it again */
  async #noteChange(opened: AnnotationCase, accepted: boolean): Promise<void> {
    await this.#note(opened);
    if (accepted && !opened.state.accepted) await this.record('reopened', opened.volumeId);
  }

  async #note(opened: AnnotationCase): Promise<void> {
    const store = await this.#open();
    const { proposed } = this.summary(opened.volumeId);
    await this.#remember(store, opened.volumeId, summaryOfCase(opened.state, opened.mark.length, proposed));
  }

  async #remember(store: Store, id: VolumeId, summary: CaseSummary): Promise<void> {
    const before = worklistState(this.summary(id));
    store.summaries.set(id, summary);
    // Not awaited on the way of a stroke: the note is only a shortcut.
    void writeSummary(this.#folderOf(store, id), summary);
    if (worklistState(summary) !== before) for (const listener of this.#changed) listener(id);
  }
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'unknown';
  }
}

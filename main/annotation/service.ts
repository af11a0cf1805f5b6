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
import { JOURNAL, type AnnotationCase, type Signer } from './case';
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
  caseIn,
  enterEvent,
  folderOf,
  gridOf,
  openStore,
  takeIn,
  type CasePlace,
  type Store,
  type StoreContext,
} from './store';
import { Stores } from './stores';
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
  readonly #own: { readonly disk: Disk; readonly signer: Signer };
  readonly #proposed = new Set<(id: VolumeId) => void>();
  readonly #changed = new Set<(id: VolumeId) => void>();
  readonly #stores = new Stores((archiveId) => this.#openStore(archiveId));
  /** Where a person opened a case last: two archives of files may hold volumes of one name. */
  readonly #places = new Map<VolumeId, CasePlace>();
  #summaries: ReadonlyMap<string, CaseSummary> = new Map();

  constructor(options: AnnotationOptions) {
    this.#options = options;
    this.#disk = options.disk ?? nodeDisk;
    const { by = userName(), version } = options;
    this.#own = { disk: this.#disk, signer: { by, ...(version ? { version } : {}) } };
  }

  /**
   * Makes the annotations of the open archive ready: locks them, and reads in which state each case is.
   * @throws AnnotationFailure where another process has them open, or they would lie on a network share
   */
  async ready(): Promise<void> {
    await this.#here(() => undefined);
  }

  /** What the worklist shows; 'new' until {@link ready} has resolved. */
  stateOf(id: VolumeId): CaseState {
    return worklistState(this.summary(id));
  }

  /** What is known of a case without opening it. */
  summary(id: VolumeId): CaseSummary {
    return this.#summaries.get(id) ?? EMPTY_SUMMARY;
  }

  /** A case as it is now, for a person to change: what they do to it from here on is kept where it was opened. */
  async open(id: VolumeId): Promise<AnnotationState> {
    const place = this.#placeHere(id);
    if (place.geometry) this.#places.set(id, place);
    return this.#state(place, (opened) => opened.seen());
  }

  /** A case as it is now. @throws AnnotationFailure where the volume cannot be placed, or the contours do not fit it */
  read(place: CasePlace): Promise<AnnotationState> {
    return this.#state(place, () => undefined);
  }

  /** Where a person's work on a case is kept: where they opened it, else in the open archive. */
  placeOf(id: VolumeId): CasePlace {
    return this.#places.get(id) ?? this.#placeHere(id);
  }

  /**
   * A case of the open archive that takes part in an exchange with the outside.
   * @throws AnnotationFailure where the person still sees it as it is in an archive that was left
   */
  placeHere(id: VolumeId): CasePlace {
    const here = this.#placeHere(id);
    if (this.placeOf(id).archiveId !== here.archiveId)
      throw new AnnotationFailure('Another archive was opened since this case was; open the case again.');
    return here;
  }

  /** Keeps one edit; resolves once it is on the disk. @throws AnnotationFailure, or the system's error */
  async apply(id: VolumeId, position: number, edit: Edit): Promise<{ position: number }> {
    const reached = await this.#change(id, true, (opened) => opened.apply(position, edit));
    return { position: reached ?? position };
  }

  async moveTo(id: VolumeId, position: number): Promise<{ position: number }> {
    const reached = await this.#change(id, position > 0, (opened) => opened.moveTo(position));
    return { position: reached ?? 0 };
  }

  async edits(id: VolumeId, from: number, to: number): Promise<readonly Edit[]> {
    const place = this.placeOf(id);
    return this.#in(
      place,
      async (store) => (await caseIn(this.#own, store, place, false))?.edits(from, to) ?? [],
    );
  }

  async accept(id: VolumeId): Promise<void> {
    await this.#setAccepted(id, true);
  }

  async reopen(id: VolumeId): Promise<void> {
    await this.#setAccepted(id, false);
  }

  async proposal(id: VolumeId): Promise<Proposal | null> {
    const place = this.placeOf(id);
    return this.#in(place, (store) => readProposal(this.#disk, folderOf(store, id), id, place.geometry));
  }

  async discardProposal(id: VolumeId): Promise<void> {
    const place = this.placeOf(id);
    await this.#in(place, async (store) => {
      const folder = folderOf(store, id);
      const proposal = await readProposal(this.#disk, folder, id, place.geometry);
      if (!proposal) return;
      await removeProposal(this.#disk, folder);
      this.#remember(store, id, { ...summaryIn(store, id), proposed: false });
      await enterEvent(this.#own, store, place, 'proposal discarded', { modelId: proposal.modelId });
      for (const listener of this.#proposed) listener(id);
    });
  }

  /** Keeps what a model proposes for a volume of the open archive beside the annotation, in place of an older proposal. */
  async saveProposal(id: VolumeId, proposal: NewProposal): Promise<void> {
    const place = this.#placeHere(id);
    const geometry = gridOf(place);
    await this.#in(place, async (store) => {
      const at = new Date().toISOString();
      await writeProposal(this.#disk, folderOf(store, id), at, geometry, proposal);
      this.#remember(store, id, { ...summaryIn(store, id), proposed: true });
      await enterEvent(this.#own, store, place, 'proposed', { modelId: proposal.modelId });
      for (const listener of this.#proposed) listener(id);
    });
  }

  /** Adds segments that came from elsewhere, each as one undoable step; all of them or none. */
  async addSegments(
    id: VolumeId,
    segments: readonly { readonly info: SegmentInfo; readonly mask: Flips }[],
    origin: string,
    place: CasePlace = this.placeOf(id),
  ): Promise<void> {
    await this.#in(place, async (store) => {
      const opened = (await caseIn(this.#own, store, place, true))!;
      const { accepted } = opened.state;
      await opened.append(
        segments.map(({ info, mask }) => ({
          kind: 'add-segment',
          name: `Import ${info.name}`,
          segment: info,
          mask,
        })),
      );
      await this.#noteChange(store, place, opened, accepted);
      await enterEvent(this.#own, store, place, 'imported', {
        detail: `${segments.length} segments from ${origin}`,
      });
    });
  }

  /**
   * Cases from which a model can learn: at least one segment and one reviewed slice, or accepted.
   * @param asked which are looked at; one that cannot be opened (its scan has changed) is no concern of the others
   */
  async taught(asked: (id: VolumeId) => boolean = () => true): Promise<readonly TaughtCase[]> {
    return this.#here(async (store) => {
      const cases: TaughtCase[] = [];
      for (const [id, summary] of store.summaries) {
        if (summary.segmentNames.length === 0) continue;
        if (!summary.accepted && summary.reviewedSlices.length === 0) continue;
        if (!asked(id as VolumeId)) continue;
        const place = this.#placeHere(id as VolumeId);
        if (place.archiveId !== store.archiveId)
          throw new AnnotationFailure('Another archive was opened meanwhile; start this again.');
        if (!place.geometry) continue;
        const opened = await caseIn(this.#own, store, place, false);
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
    });
  }

  /** Contours that were drawn on scans of this archive when it lay elsewhere, or on another copy of it. */
  async former(): Promise<FormerContours | null> {
    return this.#here((store) => this.#former(store));
  }

  /**
   * Copies the contours that {@link former} found, after a person has said yes. Nothing is overwritten or removed.
   * @returns how many cases were taken over
   */
  async takeOverFormer(archiveId: string): Promise<number> {
    // It may be the one that was left last, and still be open for what comes late.
    await this.#stores.closeLeft();
    return this.#here(async (store) => {
      const found = await this.#former(store);
      if (found?.archiveId !== archiveId)
        throw new AnnotationFailure('There are no contours of that archive to be taken over.');
      const from = join(this.#options.folder, archiveId);
      const copied = await copyFormer(this.#disk, from, store.folder, found.volumeIds);
      for (const id of found.volumeIds) {
        await takeIn(this.#context(store.archiveId), store, id);
        for (const listener of this.#changed) listener(id);
      }
      await store.audit.add({
        at: new Date().toISOString(),
        by: this.#own.signer.by,
        kind: 'taken over',
        volumeId: null,
        detail: `${copied} cases of archive ${archiveId}`,
        version: this.#options.version ?? '',
        mark: null,
      });
      return copied;
    });
  }

  /** The uncertainty map of a volume's proposal, or null. */
  async uncertaintyFile(id: string): Promise<string | null> {
    const place = this.placeOf(id as VolumeId);
    return this.#in(place, async (store) => {
      const folder = folderOf(store, place.volumeId);
      const proposal = await readProposal(this.#disk, folder, place.volumeId, place.geometry);
      return proposal?.uncertaintyUrl ? uncertaintyFileOf(this.#disk, folder) : null;
    });
  }

  /** Enters an event into the audit trail; resolves once it is on the disk. */
  async record(
    kind: AuditKind,
    id: VolumeId,
    about: { readonly modelId?: string; readonly detail?: string } = {},
    place: CasePlace = this.placeOf(id),
  ): Promise<void> {
    await this.#in(place, (store) => enterEvent(this.#own, store, place, kind, about));
  }

  /** Every event of the audit trail, its chain verified. @throws Error where it was changed */
  async audit(): Promise<readonly AuditEvent[]> {
    return this.#here((store) => store.audit.events());
  }

  /** An open case, for verification and export of its whole journal; null where nobody drew. */
  async caseOf(id: VolumeId): Promise<AnnotationCase | null> {
    const place = this.#placeHere(id);
    return this.#in(place, (store) => caseIn(this.#own, store, place, false));
  }

  /** Identifiers of the cases that something is kept of. */
  async caseIds(): Promise<readonly VolumeId[]> {
    return this.#here((store) => [...store.summaries.keys()] as VolumeId[]);
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
    return this.#here(async (store) => {
      const opened = await store.cases.get(id);
      if (opened) return opened.records();
      const folder = folderOf(store, id);
      if (!(await this.#disk.list(folder)).includes(JOURNAL)) return null;
      return Journal.read(this.#disk, join(folder, JOURNAL));
    });
  }

  /** Closes every case and gives the lock back; resolves once nothing that was open before is open any more. */
  close(): Promise<void> {
    this.#summaries = new Map();
    return this.#stores.close();
  }

  /** Works on the store of the open archive. @throws where none is open */
  #here<T>(work: (store: Store) => Promise<T> | T): Promise<T> {
    const { archiveId } = this.#options.archive;
    if (this.#stores.currentId !== archiveId) this.#summaries = new Map();
    return this.#stores.inCurrent(archiveId, work);
  }

  /** Works on the store that a case is kept in, whatever archive is open by now. */
  #in<T>(place: CasePlace, work: (store: Store) => Promise<T> | T): Promise<T> {
    return this.#archiveId() === place.archiveId
      ? this.#here(work)
      : this.#stores.inLeft(place.archiveId, work);
  }

  /** The open archive; null while there is none. */
  #archiveId(): string | null {
    try {
      return this.#options.archive.archiveId;
    } catch {
      return null;
    }
  }

  /** A volume of the open archive. @throws where none is open */
  #placeHere(id: VolumeId): CasePlace {
    const { archive } = this.#options;
    return { volumeId: id, archiveId: archive.archiveId, geometry: archive.volume(id)?.geometry ?? null };
  }

  #context(archiveId: string): StoreContext {
    const geometryOf = (id: VolumeId): VolumeGeometry | null => {
      if (this.#archiveId() === archiveId) return this.#placeHere(id).geometry;
      const known = this.#places.get(id);
      return known?.archiveId === archiveId ? known.geometry : null;
    };
    return { ...this.#own, geometryOf };
  }

  async #openStore(archiveId: string): Promise<Store> {
    const folder = join(this.#options.folder, archiveId);
    const store = await openStore(this.#context(archiveId), archiveId, folder);
    if (this.#stores.currentId === archiveId) this.#summaries = store.summaries;
    return store;
  }

  async #former(store: Store): Promise<FormerContours | null> {
    const { archive, folder } = this.#options;
    if (!archive.former) return null;
    const has = (id: VolumeId): boolean => store.summaries.has(id);
    return findFormer(this.#disk, folder, store.archiveId, has, (id, work) => archive.former!(id, work));
  }

  async #state(place: CasePlace, onOpened: (opened: AnnotationCase) => void): Promise<AnnotationState> {
    const { volumeId } = place;
    const geometry = gridOf(place);
    return this.#in(place, async (store) => {
      const opened = await caseIn(this.#own, store, place, false);
      if (!opened)
        return {
          volumeId,
          geometry,
          segments: [],
          reviewedSlices: [],
          history: [],
          position: 0,
          accepted: false,
        };
      onOpened(opened);
      const { state, remarks } = opened;
      return {
        volumeId,
        geometry: state.geometry,
        segments: state.segments.map(({ info, runs }) => ({ info, mask: runs })),
        reviewedSlices: reviewedOf(state),
        history: state.history.map(({ name, at, by }) => ({ name, at, by })),
        position: state.position,
        accepted: state.accepted,
        ...(remarks.length > 0 ? { remarks } : {}),
      };
    });
  }

  /** @returns null where there is no such case, and it was not to be begun */
  async #change<T>(
    id: VolumeId,
    create: boolean,
    change: (opened: AnnotationCase) => Promise<T>,
  ): Promise<T | null> {
    const place = this.placeOf(id);
    return this.#in(place, async (store) => {
      const opened = await caseIn(this.#own, store, place, create);
      if (!opened) return null;
      const { accepted } = opened.state;
      const done = await change(opened);
      await this.#noteChange(store, place, opened, accepted);
      return done;
    });
  }

  async #setAccepted(id: VolumeId, accepted: boolean): Promise<void> {
    const place = this.placeOf(id);
    await this.#in(place, async (store) => {
      const opened = await caseIn(this.#own, store, place, accepted);
      if (!opened || opened.state.accepted === accepted) return;
      await opened.setAccepted(accepted);
      this.#note(store, opened);
      const models = new Set(
        opened.state.history.slice(0, opened.state.position).flatMap((e) => e.modelId ?? []),
      );
      await enterEvent(this.#own, store, place, accepted ? 'accepted' : 'reopened', {
        ...(models.size > 0 ? { modelId: [...models].join(' ') } : {}),
      });
    });
  }

  /** @param accepted whether the case was accepted before the change, which has opened it again */
  async #noteChange(
    store: Store,
    place: CasePlace,
    opened: AnnotationCase,
    accepted: boolean,
  ): Promise<void> {
    this.#note(store, opened);
    if (accepted && !opened.state.accepted) await enterEvent(this.#own, store, place, 'reopened');
  }

  #note(store: Store, opened: AnnotationCase): void {
    const { proposed } = summaryIn(store, opened.volumeId);
    this.#remember(store, opened.volumeId, summaryOfCase(opened.state, opened.mark.length, proposed));
  }

  #remember(store: Store, id: VolumeId, summary: CaseSummary): void {
    const before = worklistState(summaryIn(store, id));
    store.summaries.set(id, summary);
    // Not awaited on the way of a stroke: the note is only a shortcut.
    void writeSummary(folderOf(store, id), summary);
    if (worklistState(summary) !== before) for (const listener of this.#changed) listener(id);
  }
}

const summaryIn = (store: Store, id: VolumeId): CaseSummary => store.summaries.get(id) ?? EMPTY_SUMMARY;

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'unknown';
  }
}

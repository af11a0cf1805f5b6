/**
 * The annotation of one volume on the disk: a journal of everything anyone did, and snapshots of where it led. What
 * was acknowledged is on the disk; what is on the disk is never overwritten.
 */
import { join } from 'node:path';
import type { Edit, VolumeId } from '../../preload/api';
import { sameGrid, type VolumeGeometry } from '../imaging/space/geometry';
import type { Disk } from './disk';
import {
  decodeBeginning,
  decodeEdit,
  decodeHead,
  encodeBeginning,
  encodeEdit,
  encodeHead,
  RECORD,
  type EditHead,
  type MoveHead,
  type Signed,
} from './edit-record';
import { AnnotationFailure } from './failure';
import { Journal, type JournalMark, type JournalRecord } from './journal';
import { isSnapshot, readSnapshots, writeSnapshot } from './snapshot';
import {
  assertUnlocked,
  edited,
  emptyCase,
  indexOf,
  inverseOf,
  reviewedBy,
  reviewedOf,
  type CaseState,
  type Entry,
  type SegmentState,
} from './state';

export const JOURNAL = 'journal.amlj';
/** A snapshot is due after so many records, or so many bytes of them. */
const SNAPSHOT_RECORDS = 64;
const SNAPSHOT_BYTES = 4 * 2 ** 20;

/** Who works, and with which version of the application. */
export interface Signer {
  readonly by: string;
  readonly version?: string;
}

const signed = ({ by, version }: Signer): Signed => ({
  at: new Date().toISOString(),
  by,
  ...(version ? { version } : {}),
});

export class AnnotationCase {
  #state: CaseState;
  #journal: Journal;
  #snapshot: JournalMark;
  #queue: Promise<unknown> = Promise.resolve();
  /** Steps that were added on a person's behalf since they last looked, and where: their next steps come after these. */
  #unseen = { from: 0, count: 0 };

  private constructor(
    private readonly disk: Disk,
    private readonly folder: string,
    private readonly signer: Signer,
    readonly volumeId: VolumeId,
    opened: { state: CaseState; journal: Journal; snapshot: JournalMark; remarks: readonly string[] },
  ) {
    this.#state = opened.state;
    this.#journal = opened.journal;
    this.#snapshot = opened.snapshot;
    this.remarks = opened.remarks;
  }

  /** What a person should know about how the case was found, e.g. that a damaged end was put aside. */
  readonly remarks: readonly string[];

  /**
   * Opens the annotation of a volume, or begins it.
   * @param geometry the grid of the volume as the archive has it now
   * @throws AnnotationFailure where the masks were drawn on another grid
   */
  static async open(
    disk: Disk,
    folder: string,
    volumeId: VolumeId,
    geometry: VolumeGeometry,
    signer: Signer,
  ): Promise<AnnotationCase> {
    const opened = await recover(disk, folder, volumeId, geometry, signer);
    if (!sameGrid(opened.state.geometry, geometry)) {
      await opened.journal.close();
      throw new AnnotationFailure(
        'The contours of this volume were drawn on another grid: its files have changed since. Restore the files, or export and import the contours.',
      );
    }
    return new AnnotationCase(disk, folder, signer, volumeId, opened);
  }

  get state(): CaseState {
    return this.#state;
  }

  get mark(): JournalMark {
    return this.#journal.mark;
  }

  /**
   * Keeps an edit that was made with `position` entries applied; resolves once it is on the disk. An accepted case is then
   * open again.
   * @throws AnnotationFailure where the position is stale or the edit does not fit; nothing is then changed
   */
  apply(position: number, edit: Edit): Promise<number> {
    return this.#inTurn(async () => {
      const { from, count } = this.#unseen;
      const now = this.#state.position;
      if (position !== now && (position < from || position + count !== now))
        throw new AnnotationFailure('The contours have changed meanwhile; open the case again.');
      await this.#keep([edit]);
      // What was added is taken back with the steps that this one replaces.
      if (now < from + count) this.seen();
      return position + 1;
    });
  }

  /** A person sees the case as it is now; positions that they give count every step from here on. */
  seen(): void {
    this.#unseen = { from: this.#state.position, count: 0 };
  }

  /**
   * Keeps several edits, each one step of the history, after whatever is there; resolves once they are on the disk.
   * @throws AnnotationFailure where one of them does not fit; none is then kept
   */
  append(edits: readonly Edit[]): Promise<void> {
    return this.#inTurn(async () => {
      const { position } = this.#state;
      await this.#keep(edits);
      const { from, count } = this.#unseen;
      this.#unseen =
        count > 0 && position >= from + count
          ? { from, count: count + edits.length }
          : { from: position, count: edits.length };
    });
  }

  /** Undoes or redoes until `position` entries are applied. @throws AnnotationFailure */
  moveTo(asked: number): Promise<number> {
    return this.#inTurn(async () => {
      const { from, count } = this.#unseen;
      const position = count > 0 && asked >= from ? asked + count : asked;
      if (position > this.#state.history.length)
        throw new AnnotationFailure('There is nothing more to redo.');
      if (position === this.#state.position) return asked;
      const moved = await movedTo(this.#journal, this.#state, position);
      const head: MoveHead = { ...this.#signed(), to: position };
      await this.#write([...this.#reopening(), { type: RECORD.move, payload: encodeHead(head) }]);
      this.#state = { ...moved, accepted: false };
      return asked;
    });
  }

  /** The edits [from, to) of the history. @throws AnnotationFailure where one is damaged */
  edits(from: number, to: number): Promise<readonly Edit[]> {
    return this.#inTurn(async () => {
      const edits: Edit[] = [];
      for (const entry of this.#state.history.slice(from, to))
        edits.push((await readEdit(this.#journal, entry)).edit);
      return edits;
    });
  }

  /** Accepts or reopens; nothing happens where that is so already. */
  setAccepted(accepted: boolean): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#state.accepted === accepted) return;
      const type = accepted ? RECORD.accept : RECORD.reopen;
      await this.#write([{ type, payload: encodeHead(this.#signed()) }]);
      this.#state = { ...this.#state, accepted };
    });
  }

  /** Every record of the journal, checked. @throws Error where one is damaged */
  records(): Promise<readonly JournalRecord[]> {
    return this.#inTurn(() => this.#journal.all());
  }

  /** Writes a snapshot where one is due, and closes. */
  close(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#journal.mark.count > this.#snapshot.count) await this.#writeSnapshot().catch(() => undefined);
      await this.#journal.close();
    });
  }

  #signed(): Signed {
    return signed(this.signer);
  }

  /**
   * What was accepted is what was there: a change opens the case again. Written with the change and before it, so that no
   * interruption leaves a change in an accepted case.
   */
  #reopening(): readonly { type: number; payload: Uint8Array }[] {
    return this.#state.accepted ? [{ type: RECORD.reopen, payload: encodeHead(this.#signed()) }] : [];
  }

  async #keep(edits: readonly Edit[]): Promise<void> {
    const { geometry } = this.#state;
    let { segments, position } = this.#state;
    const steps: { head: EditHead; segments: readonly SegmentState[] }[] = [];
    for (const edit of edits) {
      assertUnlocked(segments, edit);
      const index = indexOf(segments, edit);
      segments = edited(segments, edit, geometry);
      const head = { ...this.#signed(), position, edit, ...(index === undefined ? {} : { index }) };
      steps.push({ head, segments });
      position++;
    }
    const records = await Promise.all(
      steps.map(async ({ head }) => ({ type: RECORD.edit, payload: await encodeEdit(head) })),
    );
    const written = await this.#write([...this.#reopening(), ...records]);
    const own = written.slice(written.length - steps.length);
    this.#state = steps.reduce<CaseState>(
      (state, step, n) => withEdit(state, step.segments, step.head, own[n]),
      { ...this.#state, accepted: false },
    );
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(work);
    this.#queue = result.catch(() => undefined);
    return result;
  }

  async #write(records: readonly { type: number; payload: Uint8Array }[]): Promise<readonly JournalRecord[]> {
    const written = await this.#journal.append(records);
    const { length, count } = this.#journal.mark;
    if (count - this.#snapshot.count > SNAPSHOT_RECORDS || length - this.#snapshot.length > SNAPSHOT_BYTES)
      // After the answer: a snapshot only saves time, and a full disk must not refuse what the journal has kept.
      void this.#inTurn(() => this.#writeSnapshot()).catch(() => undefined);
    return written;
  }

  async #writeSnapshot(): Promise<void> {
    const { mark } = this.#journal;
    await writeSnapshot(this.disk, this.folder, mark, this.#state);
    this.#snapshot = mark;
  }
}

async function readEdit(journal: Journal, entry: Entry): Promise<EditHead> {
  try {
    return await decodeEdit((await journal.read(entry.offset, entry.length)).payload);
  } catch {
    throw new AnnotationFailure(
      `The step "${entry.name}" is damaged on the disk and cannot be undone or redone; the contours as they are now are safe.`,
    );
  }
}

const withEdit = (
  state: CaseState,
  segments: readonly SegmentState[],
  { edit, at, by, position }: EditHead,
  { offset, length }: { offset: number; length: number },
): CaseState => ({
  ...state,
  segments,
  history: [
    ...state.history.slice(0, position),
    {
      name: edit.name,
      at,
      by,
      offset,
      length,
      reviewedSlices: reviewedBy(edit),
      ...(edit.kind === 'flip' && edit.modelId ? { modelId: edit.modelId } : {}),
    },
  ],
  position: position + 1,
});

async function movedTo(journal: Journal, state: CaseState, position: number): Promise<CaseState> {
  let { segments } = state;
  for (let n = state.position; n > position; n--) {
    const { edit, index } = await readEdit(journal, state.history[n - 1]);
    segments = edited(segments, inverseOf(edit), state.geometry, index);
  }
  for (let n = state.position; n < position; n++)
    segments = edited(segments, (await readEdit(journal, state.history[n])).edit, state.geometry);
  return { ...state, segments, position };
}

/** Replays records onto a state. @throws Error where a record makes no sense */
async function replay(
  journal: Journal,
  from: CaseState,
  records: readonly JournalRecord[],
): Promise<CaseState> {
  let state = from;
  for (const record of records) {
    if (record.type === RECORD.edit) {
      const head = await decodeEdit(record.payload);
      if (head.position !== state.position) throw new Error('The journal contradicts itself.');
      state = withEdit(state, edited(state.segments, head.edit, state.geometry), head, record);
    } else if (record.type === RECORD.move)
      state = await movedTo(journal, state, decodeHead<MoveHead>(record.payload).to);
    else if (record.type === RECORD.accept) state = { ...state, accepted: true };
    else if (record.type === RECORD.reopen) state = { ...state, accepted: false };
    else throw new Error('The journal holds a record of an unknown kind.');
  }
  return state;
}

const NOTHING: JournalMark = { length: 0, count: 0, check: '0'.repeat(32) };
const TORN =
  'The last change before an interruption was not whole and was put aside; everything confirmed before is here.';
const SNAPSHOT_LOST = 'A saved state was damaged; the contours were rebuilt from the journal.';
const HISTORY_LOST =
  'The journal of this case is damaged and was put aside; the contours are as last saved, their history before that is lost.';

interface Recovered {
  state: CaseState;
  journal: Journal;
  snapshot: JournalMark;
  remarks: string[];
}

async function recover(
  disk: Disk,
  folder: string,
  volumeId: VolumeId,
  geometry: VolumeGeometry,
  signer: Signer,
): Promise<Recovered> {
  const remarks: string[] = [];
  const path = join(folder, JOURNAL);
  let best: CaseState | null = null;
  await disk.makeFolder(folder);
  for await (const snapshot of readSnapshots(disk, folder)) {
    if (snapshot === 'damaged') {
      remarks.push(SNAPSHOT_LOST);
      continue;
    }
    const opened = await Journal.open(disk, path, snapshot.mark);
    if (!opened) {
      // The newest whole snapshot is what people made; an older one would lose some of it.
      best = snapshot.state;
      break;
    }
    if (opened.tornBytes > 0) remarks.push(TORN);
    const state = await replay(opened.journal, snapshot.state, opened.records);
    return { state, journal: opened.journal, snapshot: snapshot.mark, remarks };
  }
  if (!best) {
    const opened = (await Journal.open(disk, path))!;
    if (opened.records.length > 0) {
      if (opened.tornBytes > 0) remarks.push(TORN);
      const { head, masks } = await decodeBeginning(opened.records[0].payload);
      const base: CaseState = {
        ...emptyCase(head.geometry),
        segments: head.segments.map(({ info }, n) => ({ info, runs: masks[n] })),
        reviewedBefore: head.reviewedSlices,
        accepted: head.accepted,
      };
      const state = await replay(opened.journal, base, opened.records.slice(1));
      return { state, journal: opened.journal, snapshot: NOTHING, remarks };
    }
    await begin(opened.journal, volumeId, emptyCase(geometry), signer);
    return { state: emptyCase(geometry), journal: opened.journal, snapshot: NOTHING, remarks };
  }
  // A snapshot is there, but the journal no longer contains it: the snapshot is what people made.
  remarks.push(HISTORY_LOST);
  await moveAside(disk, folder, JOURNAL);
  const { journal } = (await Journal.open(disk, path))!;
  const state: CaseState = {
    ...best,
    reviewedBefore: reviewedOf(best),
    history: [],
    position: 0,
  };
  await begin(journal, volumeId, state, signer);
  // Snapshots of the journal that was lost would be taken for newer than the one begun now.
  for (const name of await disk.list(folder)) if (isSnapshot(name)) await moveAside(disk, folder, name);
  return { state, journal, snapshot: NOTHING, remarks };
}

async function moveAside(disk: Disk, folder: string, name: string): Promise<void> {
  const taken = new Set(await disk.list(folder));
  if (!taken.has(name)) return;
  let aside = `quarantine-${name}`;
  for (let n = 2; taken.has(aside); n++) aside = `quarantine-${n}-${name}`;
  await disk.rename(join(folder, name), join(folder, aside));
  await disk.syncFolder(folder);
}

async function begin(journal: Journal, volumeId: VolumeId, state: CaseState, signer: Signer): Promise<void> {
  const payload = await encodeBeginning(
    {
      ...signed(signer),
      volumeId,
      geometry: state.geometry,
      segments: state.segments.map(({ info }) => ({ info })),
      reviewedSlices: state.reviewedBefore,
      accepted: state.accepted,
    },
    state.segments.map((s) => s.runs),
  );
  await journal.append([{ type: RECORD.begin, payload }]);
}

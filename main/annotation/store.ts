/** The annotations of one archive, locked for us: its audit trail, its open cases, and in which state each case is. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { VolumeId } from '../../preload/api';
import type { VolumeGeometry } from '../imaging/space/geometry';
import { AuditTrail, type AuditKind } from './audit';
import { AnnotationCase, JOURNAL, type Signer } from './case';
import type { Disk } from './disk';
import { AnnotationFailure } from './failure';
import { lockForWriting, type WriterLock } from './lock';
import { isNetworkShare } from './network';
import { readProposal } from './proposals';
import {
  EMPTY_SUMMARY,
  isCutShort,
  readSummary,
  summaryOfCase,
  writeSummary,
  type CaseSummary,
} from './summary';

export interface Store {
  readonly archiveId: string;
  readonly folder: string;
  readonly lock: WriterLock;
  readonly audit: AuditTrail;
  /** Open cases, the one used last at the end. */
  readonly cases: Map<VolumeId, Promise<AnnotationCase>>;
  /** Cases that are being closed, and may be opened again only then. */
  readonly closing: Map<VolumeId, Promise<void>>;
  readonly summaries: Map<string, CaseSummary>;
}

/** What a store is opened with. */
export interface StoreContext {
  readonly disk: Disk;
  readonly signer: Signer;
  /** Null where the archive has no such volume, or it cannot be placed. */
  readonly geometryOf: (id: VolumeId) => VolumeGeometry | null;
}

/** Where a case is kept: its archive, and the grid that it has there. Stays true when another archive is opened. */
export interface CasePlace {
  readonly volumeId: VolumeId;
  readonly archiveId: string;
  /** Null where the archive does not hold the volume, or it cannot be placed in the patient. */
  readonly geometry: VolumeGeometry | null;
}

const CASE_NAME = /^[0-9a-f]{16,64}$/;

/**
 * Locks a folder of annotations and reads in which state each case is; damage is entered into the audit trail.
 * @throws AnnotationFailure where another process has it open, or it lies on a network share
 */
export async function openStore(context: StoreContext, archiveId: string, folder: string): Promise<Store> {
  await context.disk.makeFolder(folder);
  if (await isNetworkShare(folder))
    throw new AnnotationFailure(
      'The folder of the annotations lies on a network share, where they are not safe; start AMLP Studio with --user-data on a local disk.',
    );
  const lock = await lockForWriting(folder);
  try {
    const audit = await AuditTrail.open(context.disk, folder);
    const store: Store = {
      archiveId,
      folder,
      lock,
      audit,
      cases: new Map(),
      closing: new Map(),
      summaries: new Map(),
    };
    if (audit.isCutShort) await tellDamage(context.signer, audit, null, 'the end of the audit trail');
    for (const name of await readdir(folder)) {
      if (!CASE_NAME.test(name)) continue;
      if (await isCutShort(join(folder, name)))
        await tellDamage(context.signer, audit, name as VolumeId, 'the end of the journal');
      await takeIn(context, store, name as VolumeId);
    }
    return store;
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/** Cases that stay open; each holds a file. */
const MOST_OPEN = 32;

/** The case, if it is open; it is then the last to be closed to make room. */
function used(store: Store, id: VolumeId): Promise<AnnotationCase> | null {
  const known = store.cases.get(id);
  if (!known) return null;
  store.cases.delete(id);
  store.cases.set(id, known);
  return known;
}

/** Where a case of the store lies. @throws AnnotationFailure where no volume has such a name */
export function folderOf(store: Store, id: VolumeId): string {
  if (!CASE_NAME.test(id)) throw new AnnotationFailure('There is no volume of this name.');
  return join(store.folder, id);
}

/** @throws AnnotationFailure where the place has none */
export function gridOf({ geometry }: CasePlace): VolumeGeometry {
  if (!geometry)
    throw new AnnotationFailure('This volume is not in the archive, or cannot be placed in the patient.');
  return geometry;
}

/**
 * The case, opened where it is not; null where nobody drew.
 * @param create begins it where nobody drew
 * @throws AnnotationFailure where it cannot be placed, or was drawn on another grid
 */
export async function caseIn(
  { disk, signer }: Pick<StoreContext, 'disk' | 'signer'>,
  store: Store,
  place: CasePlace,
  create: boolean,
): Promise<AnnotationCase | null> {
  const id = place.volumeId;
  const known = used(store, id);
  if (known) return known;
  const folder = folderOf(store, id);
  if (!create && !(await disk.list(folder)).includes(JOURNAL)) return null;
  // Two writers of one journal would write over each other's records.
  while (store.closing.has(id)) await store.closing.get(id);
  const again = used(store, id);
  if (again) return again;
  const opening = AnnotationCase.open(disk, folder, id, gridOf(place), signer);
  store.cases.set(id, opening);
  opening.catch(() => store.cases.delete(id));
  const opened = await opening;
  await closeOldest(store, id);
  return opened;
}

/** Enters an event about a case into the audit trail of its archive. */
export async function enterEvent(
  own: Pick<StoreContext, 'disk' | 'signer'>,
  store: Store,
  place: CasePlace,
  kind: AuditKind,
  about: { readonly modelId?: string; readonly detail?: string } = {},
): Promise<void> {
  const opened = await caseIn(own, store, place, false);
  await store.audit.add({
    at: new Date().toISOString(),
    by: own.signer.by,
    kind,
    volumeId: place.volumeId,
    ...about,
    version: own.signer.version ?? '',
    mark: opened?.mark ?? null,
  });
}

/** Closes the cases that were not used for longest, as far as too many are open. @param keep stays open */
async function closeOldest(store: Store, keep: VolumeId): Promise<void> {
  for (const id of [...store.cases.keys()]) {
    if (store.cases.size <= MOST_OPEN) return;
    if (id !== keep) await closeCase(store, id);
  }
}

/** Everything confirmed is on the disk: a case whose file does not close well has lost nothing. */
function closeCase(store: Store, id: VolumeId): Promise<void> {
  const one = store.cases.get(id);
  if (!one) return Promise.resolve();
  store.cases.delete(id);
  const closing = one
    .then((opened) => opened.close())
    .catch(() => undefined)
    .finally(() => store.closing.delete(id));
  store.closing.set(id, closing);
  return closing;
}

/** Closes every case and the audit trail, and gives the lock back. */
export async function closeStore(store: Store): Promise<void> {
  for (const id of [...store.cases.keys()]) await closeCase(store, id);
  await Promise.all(store.closing.values());
  await store.audit.close();
  await store.lock.release();
}

/** Reads in which state a case of the store's folder is. */
export async function takeIn(context: StoreContext, store: Store, id: VolumeId): Promise<void> {
  const summary = await readSummary(join(store.folder, id));
  if (summary) store.summaries.set(id, summary);
  else await summarise(context, store, id);
}

/** For good: the next change would hide that something was taken away. */
async function tellDamage(
  { by, version }: Signer,
  audit: AuditTrail,
  volumeId: VolumeId | null,
  detail: string,
): Promise<void> {
  await audit.add({
    at: new Date().toISOString(),
    by,
    kind: 'damage found',
    volumeId,
    detail: `${detail} is missing or was changed`,
    version: version ?? '',
    mark: null,
  });
}

/** Opens a case whose note is missing or old. One that cannot be opened is told about when a person opens it. */
async function summarise(
  { disk, signer, geometryOf }: StoreContext,
  store: Store,
  id: VolumeId,
): Promise<void> {
  const folder = join(store.folder, id);
  const geometry = geometryOf(id);
  const proposed = (await readProposal(disk, folder, id, geometry)) !== null;
  const hasJournal = (await disk.list(folder)).includes(JOURNAL);
  if (!geometry || !hasJournal) {
    store.summaries.set(id, { ...EMPTY_SUMMARY, proposed });
    return;
  }
  try {
    const opened = await AnnotationCase.open(disk, folder, id, geometry, signer);
    const summary = summaryOfCase(opened.state, opened.mark.length, proposed);
    await opened.close();
    store.summaries.set(id, summary);
    await writeSummary(folder, summary);
  } catch {
    store.summaries.set(id, { ...EMPTY_SUMMARY, position: 1, proposed });
  }
}

/**
 * An archive: a folder of scans, its index, and its volumes made ready for the viewer and for learning. Files are
 * parsed in workers; here are only short queries, small files and the workers' supervision. No Electron.
 */
import { mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type {
  ArchiveSummary,
  ArrivingVolume,
  CaseState,
  LeftOut,
  OpenVolume,
  ScanProgress,
  Unsubscribe,
  VolumeId,
  WorklistPatient,
} from '../../preload/api';
import type { StudioFolders } from '../shell/folders';
import type { ProcessHost } from '../shell/process-host';
import { touch, trimCache } from './cache';
import { openIndexToRead, type Database } from './database';
import { ArchiveFailure } from './failure';
import { rememberPlace, withFormerArchive, type FormerArchive } from './former';
import { archiveIdOf } from './identity';
import type {
  ExportTask,
  ImportTask,
  PackedSegment,
  StagedExport,
  VolumeArrival,
  WorkerRequest,
} from './messages';
import { draftVoxels, readPrepared, VOXELS_FILE, type PreparedVolume } from './prepared';
import { insist, scanRequest } from './insist';
import { RecentFolders } from './recent';
import { asFailure, readableFolder, sentenceOf } from './sentences';
import { WorkerClient, WorkerEnded } from './supervisor';
import {
  identifiersOf,
  importableOf,
  leftOutOf,
  summaryOf,
  volumeOf,
  volumesOf,
  worklistOf,
  type Importable,
  type IndexedVolume,
} from './worklist';

export interface ArchiveOptions {
  readonly folders: StudioFolders;
  readonly host: ProcessHost;
  /** What people have done with a volume; the annotation knows. */
  readonly stateOf?: (id: VolumeId) => CaseState;
  /** Runs before an archive that was opened is shown; where it fails, opening fails. */
  readonly onOpened?: () => Promise<void>;
  /** Most bytes of prepared volumes that are kept. */
  readonly cacheBytes?: number;
}

/** A volume that the viewer and learning can take from the disk. */
export interface Prepared {
  readonly folder: string;
  readonly voxelsFile: string;
  readonly volume: PreparedVolume;
}

const GIGABYTE = 2 ** 30;
/** Reading headers takes little; a file that needs more is a trick or not for us. */
const SCAN_MEGABYTES = 1536;
/** Reading voxels needs the volume, its file and the decoder at once. */
const READ_MEGABYTES = 8192;
const STUCK_HEADER = 10_000;
const STUCK_VOXELS = 120_000;
const READ_LIMIT = 15 * 60_000;
interface Opened {
  readonly root: string;
  readonly id: string;
  readonly index: string;
  readonly thumbnails: string;
  readonly atWork: string;
  readonly db: Database;
  // Of this archive alone: volumes of files have one name where they lie at one place of two archives.
  readonly preparing: Map<VolumeId, Promise<Prepared>>;
  /** What can be read of volumes that are being prepared. */
  readonly arrived: Map<VolumeId, VolumeArrival>;
  /** Irregular volumes that a person agreed to see resampled. */
  readonly resampled: Set<VolumeId>;
}

export class ArchiveService {
  readonly #options: ArchiveOptions;
  readonly #recent: RecentFolders;
  readonly #progress = new Set<(progress: ScanProgress) => void>();
  readonly #changed = new Set<() => void>();
  readonly #arrivals = new Set<(arrival: ArrivingVolume) => void>();
  readonly #inUse = new Set<string>();
  #scanner: WorkerClient;
  #reader: WorkerClient;
  #opened: Opened | null = null;
  #scan: { abort: AbortController; done: Promise<void> } | null = null;

  constructor(options: ArchiveOptions) {
    this.#options = options;
    this.#recent = new RecentFolders(join(options.folders.data, 'recent-archives.json'));
    this.#scanner = new WorkerClient(options.host, SCAN_MEGABYTES);
    this.#reader = new WorkerClient(options.host, READ_MEGABYTES);
  }

  /**
   * Opens a folder and scans it in the background; resolves as soon as what the last scan found can be shown.
   * @throws ArchiveFailure where the folder is not there or may not be read
   */
  async open(folder: string): Promise<ArchiveSummary> {
    const root = await readableFolder(folder);
    await this.#leave();
    const id = archiveIdOf(root);
    const home = join(this.#options.folders.data, 'archives', id);
    await mkdir(home, { recursive: true });
    const index = join(home, 'index.sqlite');
    await this.#scanner.ask({ kind: 'open-index', index }).catch(asFailure);
    this.#opened = {
      root,
      id,
      index,
      thumbnails: join(home, 'thumbnails'),
      atWork: join(home, 'at-work'),
      db: openIndexToRead(index),
      preparing: new Map(),
      arrived: new Map(),
      resampled: new Set(),
    };
    try {
      await this.#options.onOpened?.();
    } catch (error) {
      await this.#leave();
      throw error;
    }
    await this.#recent.add(root).catch(() => undefined);
    try {
      rememberPlace(home, root);
    } catch {
      // The disk is full or read-only: then a moved archive is not recognised, and nothing else is lost.
    }
    const summary = this.#summary();
    this.#startScan();
    return summary;
  }

  async current(): Promise<ArchiveSummary | null> {
    return this.#opened ? this.#summary() : null;
  }

  recent(): Promise<readonly string[]> {
    return this.#recent.list();
  }

  /** Generates the demonstration archive, unless it is there, and opens it. */
  async openDemonstration(): Promise<ArchiveSummary> {
    const folder = join(this.#options.folders.data, 'demonstration');
    const scans = await this.#read({ kind: 'demonstration', folder }, (fraction) => {
      const filesTotal = 100;
      for (const listener of this.#progress)
        listener({
          phase: 'listing',
          filesSeen: Math.round(filesTotal * fraction),
          filesTotal,
          secondsLeft: null,
        });
    });
    return this.open(scans as string);
  }

  /** Makes masks of a volume as files in a folder of ours, in a worker. @throws ArchiveFailure with a sentence */
  async stageMasks(task: Omit<ExportTask, 'root'>): Promise<StagedExport> {
    return (await this.#read({ kind: 'stage-export', root: this.root, ...task })) as StagedExport;
  }

  /** Puts files that were made into a folder; nothing is overwritten. @throws ArchiveFailure with a sentence */
  async placeMasks(files: readonly string[], folder: string): Promise<readonly string[]> {
    const placed = await this.#read({ kind: 'place-export', files, folder });
    return (placed as { files: readonly string[] }).files;
  }

  /** Reads masks of a file that no one has vetted, in a worker. @throws ArchiveFailure with a sentence */
  async importMasks(
    task: ImportTask,
  ): Promise<{ segments: readonly PackedSegment[]; warnings: readonly string[] }> {
    return (await this.#read({ kind: 'import', ...task })) as {
      segments: PackedSegment[];
      warnings: string[];
    };
  }

  async worklist(): Promise<readonly WorklistPatient[]> {
    return worklistOf(this.#archive().db, this.#options.stateOf ?? (() => 'new'));
  }

  async leftOut(): Promise<readonly LeftOut[]> {
    return leftOutOf(this.#archive().db);
  }

  /** Looks for what is new, changed or gone; a scan in progress goes on. */
  async rescan(): Promise<void> {
    this.#archive();
    if (!this.#scan) this.#startScan();
  }

  /** Stops the scan; what was read stays, and the next scan goes on from there. */
  async cancelScan(): Promise<void> {
    this.#scan?.abort.abort();
    await this.#scan?.done;
  }

  /** Resolves when no scan is in progress, and the pictures are made. */
  async scanned(): Promise<void> {
    while (this.#scan) await this.#scan.done;
  }

  /** Reads the volume's files in a worker unless that was done before. @throws ArchiveFailure */
  async openVolume(id: VolumeId): Promise<OpenVolume> {
    const { volume } = await this.prepare(id);
    const resampled = this.volume(id)?.usable === false;
    return { ...volume, voxelsUrl: voxelsUrlOf(id), ...(resampled ? { resampled } : {}) };
  }

  /**
   * A person agrees to see irregular slices resampled to a regular grid. Learning and thumbnails go on without them.
   * @throws ArchiveFailure where they cannot be resampled
   */
  async allowResampling(id: VolumeId): Promise<void> {
    const volume = this.volume(id);
    if (!volume) throw new ArchiveFailure('This volume is no longer in the archive; scan the folder again.');
    if (volume.usable) return;
    if (volume.resampling === null)
      throw new ArchiveFailure(volume.warnings[0] ?? 'This volume cannot be placed in the patient.');
    this.#archive().resampled.add(id);
  }

  /**
   * Makes the volume ready in the cache: `volume.json` and `voxels.raw`.
   * @throws ArchiveFailure whose sentence says why it cannot be read
   */
  async prepare(id: VolumeId, onProgress?: (fraction: number) => void): Promise<Prepared> {
    const archive = this.#archive();
    const running = archive.preparing.get(id);
    if (running) {
      // Whoever asks now missed what was told before.
      const arrived = archive.arrived.get(id);
      if (arrived) this.#announce(archive, arrived);
      return running;
    }
    const work = this.#prepare(archive, id, onProgress).finally(() => archive.preparing.delete(id));
    archive.preparing.set(id, work);
    return work;
  }

  /** What the index knows of a volume; null where it has none of that name. */
  volume(id: VolumeId): IndexedVolume | null {
    return volumeOf(this.#archive().db, id);
  }

  /** Every volume of the archive, for profiles and for the command line. */
  volumes(): Iterable<IndexedVolume> {
    return volumesOf(this.#archive().db);
  }

  /** Masks, structure sets and segmentations of the archive that belong to a volume. */
  importable(id: VolumeId): readonly Importable[] {
    return importableOf(this.#archive().db, id);
  }

  /** Codes and identifiers of the archive's patients, which the log must not show. */
  identifiers(): readonly string[] {
    return identifiersOf(this.#archive().db);
  }

  /** Real path of the open archive. @throws ArchiveFailure where none is open */
  get root(): string {
    return this.#archive().root;
  }

  /** Stable name of the open archive. @throws ArchiveFailure where none is open */
  get archiveId(): string {
    return this.#archive().id;
  }

  /** Asks what an archive that was opened before has in common with this one. @throws ArchiveFailure where none is open */
  former<T>(archiveId: string, work: (former: FormerArchive) => T | Promise<T>): Promise<T> {
    const home = join(this.#options.folders.data, 'archives', archiveId);
    return withFormerArchive(home, this.#archive().db, work);
  }

  /** The picture of a volume, or null. */
  async thumbnailFile(id: string): Promise<string | null> {
    if (!this.#opened) return null;
    const file = join(this.#opened.thumbnails, `${id}.png`);
    return (await stat(file).catch(() => null)) ? file : null;
  }

  /** The voxels of a prepared volume of this archive, or null. */
  async voxelsFile(id: string): Promise<string | null> {
    const volume = this.#opened && volumeOf(this.#opened.db, id as VolumeId);
    if (!volume) return null;
    const folder = this.#folderOf(volume.id);
    const { pid } = this.#reader;
    if (this.#opened?.arrived.has(volume.id) && pid !== undefined) {
      // Never a path that the worker names: it reads files that no one has vetted.
      const draft = draftVoxels(folder, pid);
      if (await stat(draft).catch(() => null)) return draft;
    }
    return (await readPrepared(folder))?.signature === volume.signature ? join(folder, VOXELS_FILE) : null;
  }

  onProgress(listener: (progress: ScanProgress) => void): Unsubscribe {
    this.#progress.add(listener);
    return () => void this.#progress.delete(listener);
  }

  /** Tells of slices of a volume that can be fetched before all of it is prepared. */
  onArriving(listener: (arrival: ArrivingVolume) => void): Unsubscribe {
    this.#arrivals.add(listener);
    return () => void this.#arrivals.delete(listener);
  }

  onWorklistChanged(listener: () => void): Unsubscribe {
    this.#changed.add(listener);
    return () => void this.#changed.delete(listener);
  }

  /** The worklist shows another state of a case. */
  announceChange(): void {
    for (const listener of this.#changed) listener();
  }

  /** Processes that read files, for tests that end them. */
  get workers(): { readonly scanner: number | undefined; readonly reader: number | undefined } {
    return { scanner: this.#scanner.pid, reader: this.#reader.pid };
  }

  /** Ends the workers; what they had finished stays. */
  async close(): Promise<void> {
    await this.#leave();
    this.#scanner.close();
    this.#reader.close();
  }

  async #leave(): Promise<void> {
    await this.cancelScan();
    this.#opened?.db.close();
    this.#opened = null;
    this.#inUse.clear();
  }

  #archive(): Opened {
    if (!this.#opened) throw new ArchiveFailure('No archive is open; open a folder of scans first.');
    return this.#opened;
  }

  #summary(): ArchiveSummary {
    const { root, db } = this.#archive();
    return { folder: root, ...summaryOf(db) };
  }

  #startScan(): void {
    const abort = new AbortController();
    const done = this.#scanWith(this.#archive(), abort.signal).finally(() => {
      if (this.#scan?.abort === abort) this.#scan = null;
    });
    this.#scan = { abort, done };
  }

  async #scanWith(archive: Opened, signal: AbortSignal): Promise<void> {
    let last: ScanProgress = { phase: 'listing', filesSeen: 0, filesTotal: null, secondsLeft: null };
    const tell = (progress: ScanProgress): void => {
      last = progress;
      for (const listener of this.#progress) listener(progress);
    };
    const changed = (): void => this.announceChange();
    try {
      await insist(this.#scanner, scanRequest('scan', archive), {
        stuckAfter: STUCK_HEADER,
        signal,
        onProgress: tell,
        onChanged: changed,
      });
      changed();
      tell({ ...last, phase: 'done', secondsLeft: 0, ...this.#emptiness(signal) });
      await insist(this.#scanner, scanRequest('thumbnails', archive), {
        stuckAfter: STUCK_VOXELS,
        signal,
        onChanged: changed,
      });
    } catch (error) {
      tell({ ...last, phase: 'failed', message: sentenceOf(error) });
    }
  }

  /** A folder without scans is not a failure, but a person wants to know. */
  #emptiness(signal: AbortSignal): { message?: string } {
    if (signal.aborted) return { message: 'The scan was stopped; what was read so far is shown.' };
    if (!this.#opened || this.#summary().volumes > 0) return {};
    return {
      message: 'No scans were found in this folder; choose the folder that holds DICOM or NIfTI files.',
    };
  }

  #folderOf(id: VolumeId): string {
    return join(this.#options.folders.cache, 'volumes', id);
  }

  async #prepare(archive: Opened, id: VolumeId, onProgress?: (fraction: number) => void): Promise<Prepared> {
    const { root, db, arrived, resampled } = archive;
    const volume = volumeOf(db, id);
    if (!volume) throw new ArchiveFailure('This volume is no longer in the archive; scan the folder again.');
    if (!volume.usable && !resampled.has(id))
      throw new ArchiveFailure(volume.warnings[0] ?? 'This volume cannot be placed in the patient.');
    const folder = this.#folderOf(id);
    this.#inUse.add(id);
    let prepared = await readPrepared(folder);
    if (prepared?.signature !== volume.signature) {
      await this.#read(
        {
          kind: 'prepare',
          root,
          source: volume.source,
          folder,
          describe: {
            id,
            signature: volume.signature,
            modality: volume.modality,
            label: { patientCode: volume.patientCode, series: volume.description, date: volume.studyDate },
          },
        },
        onProgress,
        (arrival) => {
          arrived.set(id, arrival);
          this.#announce(archive, arrival);
        },
      ).finally(() => arrived.delete(id));
      prepared = await readPrepared(folder);
      if (!prepared) throw new ArchiveFailure('The volume could not be kept; look whether the disk is full.');
      if (prepared.signature !== volume.signature)
        throw new ArchiveFailure('The scan has changed while it was read; open it again.');
    }
    await touch(folder);
    void trimCache(
      join(this.#options.folders.cache, 'volumes'),
      this.#options.cacheBytes ?? 20 * GIGABYTE,
      this.#inUse,
    ).catch(() => undefined);
    return { folder, voxelsFile: join(folder, VOXELS_FILE), volume: prepared };
  }

  #announce(archive: Opened, { volume, from, to, last }: VolumeArrival): void {
    if (this.#opened !== archive) return;
    const opened = { ...volume, voxelsUrl: voxelsUrlOf(volume.id) };
    for (const listener of this.#arrivals) listener({ volume: opened, from, to, last });
  }

  async #read(
    request: WorkerRequest,
    onFraction?: (fraction: number) => void,
    onArrival?: (arrival: VolumeArrival) => void,
  ): Promise<unknown> {
    return this.#reader
      .ask(request, {
        stuckAfter: STUCK_VOXELS,
        timeLimit: READ_LIMIT,
        ...(onFraction ? { onFraction } : {}),
        ...(onArrival ? { onArrival } : {}),
      })
      .catch((error: unknown) => {
        if (error instanceof WorkerEnded)
          throw new ArchiveFailure(
            'This stopped its reader: a file is damaged, or it needs more memory or time than one volume may.',
          );
        return asFailure(error);
      });
  }

  /** Forgets what is prepared of a volume, e.g. after its files were replaced. */
  async forget(id: VolumeId): Promise<void> {
    await rm(this.#folderOf(id), { recursive: true, force: true });
  }
}

const voxelsUrlOf = (id: VolumeId): string => `volume://voxels/${id}`;

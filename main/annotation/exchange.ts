/** Masks out of the annotation into files, and back. */
import { basename, extname, join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { rm, stat } from 'node:fs/promises';
import type {
  ExportPlan,
  ExportRequest,
  ExportResult,
  ImportableFile,
  ImportResult,
  VolumeId,
} from '../../preload/api';
import type { ArchiveService } from '../archive/service';
import type { Deidentification } from '../imaging/dicom/deidentify';
import { AnnotationFailure } from './failure';
import { patientCodeOf, siteSecret } from './pseudonym';
import type { AnnotationService } from './service';
import type { CasePlace } from './store';

/** What every file system takes, and no path. */
const fileSafe = (text: string): string => text.replace(/[^A-Za-z0-9._-]+/g, '').replace(/^\.+/, '');

export interface ExchangeFolders {
  /** Where files are made before they leave; emptied. */
  readonly staging: string;
  /** Where the site's secret lies. */
  readonly identity: string;
}

interface Planned {
  readonly id: string;
  readonly place: CasePlace;
  readonly files: readonly string[];
  readonly warnings: readonly string[];
  /** For the audit trail. */
  readonly detail: string;
}

export class ExchangeService {
  /** Files that were written, so that the window can show them and no others. */
  readonly #written = new Set<string>();
  #planned: Planned | null = null;

  constructor(
    private readonly archive: ArchiveService,
    private readonly annotation: AnnotationService,
    private readonly version: string,
    private readonly folders: ExchangeFolders,
  ) {}

  /** Makes and writes files at once. @throws AnnotationFailure, ArchiveFailure or a system error; nothing is then left behind */
  async export({ folder, ...request }: ExportRequest): Promise<ExportResult> {
    return this.write((await this.plan(request)).id, folder);
  }

  /**
   * Makes the files of the segments asked for, in the formats asked for, in a folder of ours. Their names say modality
   * and a short code, never a patient.
   * @throws AnnotationFailure, ArchiveFailure or a system error
   */
  async plan({
    volumeId,
    formats,
    segmentIds,
    choices = {},
  }: Omit<ExportRequest, 'folder'>): Promise<ExportPlan> {
    const volume = this.archive.volume(volumeId);
    if (!volume) throw new AnnotationFailure('This volume is no longer in the archive.');
    const place = this.annotation.placeHere(volumeId);
    const state = await this.annotation.read(place);
    const segments = state.segments.filter((s) => segmentIds.includes(s.info.id));
    if (segments.length === 0)
      throw new AnnotationFailure('There is no segment to export; draw or accept one first.');
    await this.discardPlan();
    const id = randomUUID();
    const staging = join(this.folders.staging, id);
    const deidentify = choices.deidentify
      ? await this.#deidentification(volume.patient, choices.deidentify.patientCode)
      : null;
    const acceptance =
      state.accepted && !deidentify
        ? (await this.annotation.audit()).findLast((e) => e.kind === 'accepted' && e.volumeId === volumeId)
        : undefined;
    const staged = await this.archive.stageMasks({
      source: volume.source,
      geometry: state.geometry,
      segments: segments.map(({ info, mask }) => ({ ...info, mask })),
      formats,
      folder: staging,
      prefix:
        fileSafe(choices.prefix ?? '') ||
        [
          ...(deidentify ? [fileSafe(deidentify.patientCode)] : []),
          fileSafe(volume.modality) || 'OT',
          // The volume's ID follows from UIDs, so whoever has the scan could tell it.
          ...(deidentify ? [] : [volumeId.slice(0, 8)]),
        ].join('-'),
      version: this.version,
      forms: {
        style: choices.contours ?? 'sub-voxel',
        keyholes: choices.holes !== 'inner',
        segKind: choices.seg ?? 'binary',
      },
      ...(deidentify ? { deidentify } : {}),
      ...(acceptance ? { approvedBy: { name: acceptance.by, at: acceptance.at } } : {}),
    });
    const warnings = [
      ...staged.warnings,
      ...staged.leaks.map(
        (text) =>
          `"${text}" holds a part of the patient's name or ID. Change it, or the files are not de-identified.`,
      ),
    ];
    this.#planned = {
      id,
      place,
      files: staged.files.map(({ name }) => join(staging, name)),
      warnings,
      detail: `${segments.length} segments as ${formats.join(', ')}${deidentify ? ', de-identified' : ''}`,
    };
    return { id, files: staged.files, warnings, patientCode: deidentify?.patientCode ?? null };
  }

  /** Puts the planned files where they go; nothing is overwritten. @throws AnnotationFailure or a system error */
  async write(plan: string, folder: string): Promise<ExportResult> {
    const planned = this.#planned;
    if (planned?.id !== plan)
      throw new AnnotationFailure('What was to be exported has changed since; look at it again.');
    if (!(await stat(folder).catch(() => null))?.isDirectory())
      throw new AnnotationFailure('The folder to export to is not there; choose another.');
    const files = await this.archive.placeMasks(planned.files, folder);
    for (const file of files) this.#written.add(file);
    await this.annotation.record(
      'exported',
      planned.place.volumeId,
      { detail: planned.detail },
      planned.place,
    );
    await this.discardPlan();
    return { files, warnings: planned.warnings };
  }

  /** Nothing that was only looked at stays on the disk. */
  async discardPlan(): Promise<void> {
    this.#planned = null;
    await rm(this.folders.staging, { recursive: true, force: true });
  }

  async #deidentification(patient: string, asked: string): Promise<Deidentification> {
    const secret = await siteSecret(this.folders.identity);
    return { secret, patientCode: asked === '' ? patientCodeOf(secret, patient) : asked };
  }

  /** Masks and structure sets of the archive that belong to a volume. */
  async importable(volumeId: VolumeId): Promise<readonly ImportableFile[]> {
    return this.archive
      .importable(volumeId)
      .map(({ path, what }) => ({ file: join(this.archive.root, path), name: path, what }));
  }

  /** Reads RT-STRUCT, SEG or NIfTI onto the volume's grid as new, locked segments. @throws with a sentence */
  async import(volumeId: VolumeId, file: string): Promise<ImportResult> {
    const volume = this.archive.volume(volumeId);
    if (!volume?.geometry) throw new AnnotationFailure('This volume cannot take masks: it is not placed.');
    const place = this.annotation.placeHere(volumeId);
    const { segments, warnings } = await this.archive.importMasks({
      file,
      source: volume.source,
      geometry: volume.geometry,
      frameOfReference: volume.frameOfReference,
    });
    if (segments.length === 0)
      throw new AnnotationFailure('The file holds no segment that lies on this volume.');
    const taken = new Set((await this.annotation.read(place)).segments.map((s) => s.info.id));
    await this.annotation.addSegments(
      volumeId,
      segments.map(({ id, name, color, generation, code, mask }) => ({
        info: {
          id: taken.has(id) ? `${id}-${Date.now()}` : id,
          name,
          color,
          generation,
          ...(code ? { code } : {}),
          locked: true,
        },
        mask,
      })),
      extname(basename(file)) || 'a file',
      place,
    );
    return { segments: segments.map((s) => s.name), warnings };
  }

  /** Whether this session wrote the file. */
  wrote(file: string): boolean {
    return this.#written.has(file);
  }
}

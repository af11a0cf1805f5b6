/** Masks out of the annotation into files, and back. */
import { basename, extname, join } from 'node:path';
import { stat } from 'node:fs/promises';
import type { ExportRequest, ExportResult, ImportableFile, ImportResult, VolumeId } from '../../preload/api';
import type { ArchiveService } from '../archive/service';
import { AnnotationFailure } from './failure';
import type { AnnotationService } from './service';

export class ExchangeService {
  /** Files that were written, so that the window can show them and no others. */
  readonly #written = new Set<string>();

  constructor(
    private readonly archive: ArchiveService,
    private readonly annotation: AnnotationService,
    private readonly version: string,
  ) {}

  /**
   * Writes the segments asked for, in the formats asked for. File names say modality and a short code, never a patient.
   * @throws AnnotationFailure, ArchiveFailure or a system error; nothing is then left behind
   */
  async export({ volumeId, formats, segmentIds, folder }: ExportRequest): Promise<ExportResult> {
    const volume = this.archive.volume(volumeId);
    if (!volume) throw new AnnotationFailure('This volume is no longer in the archive.');
    const state = await this.annotation.open(volumeId);
    const segments = state.segments.filter((s) => segmentIds.includes(s.info.id));
    if (segments.length === 0)
      throw new AnnotationFailure('There is no segment to export; draw or accept one first.');
    if (!(await stat(folder).catch(() => null))?.isDirectory())
      throw new AnnotationFailure('The folder to export to is not there; choose another.');
    const acceptance = state.accepted
      ? (await this.annotation.audit()).findLast((e) => e.kind === 'accepted' && e.volumeId === volumeId)
      : undefined;
    const result = await this.archive.exportMasks({
      source: volume.source,
      geometry: state.geometry,
      segments: segments.map(({ info, mask }) => ({ ...info, mask })),
      formats,
      folder,
      prefix: `${volume.modality.replace(/[^A-Za-z0-9]/g, '') || 'OT'}-${volumeId.slice(0, 8)}`,
      version: this.version,
      ...(acceptance ? { approvedBy: { name: acceptance.by, at: acceptance.at } } : {}),
    });
    for (const file of result.files) this.#written.add(file);
    await this.annotation.record('exported', volumeId, {
      detail: `${segments.length} segments as ${formats.join(', ')}`,
    });
    return result;
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
    const { segments, warnings } = await this.archive.importMasks({
      file,
      source: volume.source,
      geometry: volume.geometry,
      frameOfReference: volume.frameOfReference,
    });
    if (segments.length === 0)
      throw new AnnotationFailure('The file holds no segment that lies on this volume.');
    const taken = new Set((await this.annotation.open(volumeId)).segments.map((s) => s.info.id));
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
    );
    return { segments: segments.map((s) => s.name), warnings };
  }

  /** Whether this session wrote the file. */
  wrote(file: string): boolean {
    return this.#written.has(file);
  }
}

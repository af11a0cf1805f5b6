/** Makes volumes of the series whose files changed. */
import { setImmediate as breathe } from 'node:timers/promises';
import { groupIntoVolumes, type DicomHeader, type VolumePlan } from '../../imaging';
import type { VolumeGeometry } from '../../imaging/space/geometry';
import { transaction, type Database } from '../database';
import { signatureOf, volumeIdOf } from '../identity';
import { caseOf, modalityOfName } from '../naming';
import { stemOf } from '../sniff';
import { filesOf, type VolumeSource } from '../source';
import type { ImageFileHeader } from './image-file';

interface FileRow {
  readonly path: string;
  readonly size: number;
  readonly modified: number;
  readonly kind: string;
  readonly header: string;
}

interface VolumeRow {
  readonly key: string;
  readonly patient: string;
  readonly patientCode: string;
  readonly study: string;
  readonly studyDate: string | null;
  readonly studyDescription: string;
  readonly modality: string;
  readonly description: string;
  readonly frameOfReference: string | null;
  readonly geometry: VolumeGeometry | null;
  readonly usable: boolean;
  readonly warnings: readonly string[];
  readonly source: VolumeSource;
}

/** Groups every series that is marked dirty; each is finished or untouched, whenever it is stopped. */
export async function groupSeries(
  db: Database,
  { changed, stopped }: { changed: () => void; stopped: () => boolean },
): Promise<void> {
  const dirty = (db.prepare('SELECT series FROM dirty').all() as { series: string }[]).map((r) => r.series);
  let told = Date.now();
  for (const series of dirty) {
    if (stopped()) return;
    regroup(db, series);
    if (Date.now() - told > 1000) {
      told = Date.now();
      changed();
    }
    await breathe();
  }
  changed();
}

function regroup(db: Database, series: string): void {
  const files = db
    .prepare('SELECT path, size, modified, kind, header FROM files WHERE series = ?')
    .all(series) as unknown as FileRow[];
  const { rows, leftOut } = series.startsWith('dicom ') ? dicomRows(files) : imageRows(files);
  const of = new Map(files.map((f) => [f.path, f]));
  const insert = db.prepare(
    `INSERT OR REPLACE INTO volumes (id, series, patient, patient_code, study, study_date, study_description, modality,
       description, frame_of_reference, geometry, usable, warnings, signature, thumbnail)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const keep = db.prepare('INSERT OR REPLACE INTO sources VALUES (?, ?)');
  const leave = db.prepare('INSERT INTO left_out VALUES (?, ?, ?)');
  transaction(db, () => {
    const before = new Map(
      (
        db
          .prepare('SELECT id, signature, thumbnail FROM volumes WHERE series = ?')
          .all(series) as unknown as {
          id: string;
          signature: string;
          thumbnail: number;
        }[]
      ).map((r) => [`${r.id} ${r.signature}`, r.thumbnail]),
    );
    db.prepare('DELETE FROM sources WHERE id IN (SELECT id FROM volumes WHERE series = ?)').run(series);
    db.prepare('DELETE FROM volumes WHERE series = ?').run(series);
    db.prepare('DELETE FROM left_out WHERE series = ?').run(series);
    for (const row of rows) {
      const id = volumeIdOf(row.key);
      const signature = signatureOf(filesOf(row.source).map((path) => of.get(path)!));
      insert.run(
        id,
        series,
        row.patient,
        row.patientCode,
        row.study,
        row.studyDate,
        row.studyDescription,
        row.modality,
        row.description,
        row.frameOfReference,
        row.geometry ? JSON.stringify(row.geometry) : null,
        row.usable ? 1 : 0,
        JSON.stringify(row.warnings),
        signature,
        before.get(`${id} ${signature}`) ?? 0,
      );
      keep.run(id, JSON.stringify(row.source));
    }
    for (const { path, reason } of leftOut) leave.run(path, series, reason);
    db.prepare('DELETE FROM dirty WHERE series = ?').run(series);
  });
}

/** YYYYMMDD as DICOM writes it, as YYYY-MM-DD; null where it is no date. */
const isoDate = (date: string): string | null =>
  /^\d{8}$/.test(date) ? `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}` : null;

function dicomRows(files: readonly FileRow[]): {
  rows: VolumeRow[];
  leftOut: readonly { path: string; reason: string }[];
} {
  const headers = files.map((f) => ({ ...(JSON.parse(f.header) as DicomHeader), path: f.path }));
  const { volumes, leftOut } = groupIntoVolumes(headers);
  return { rows: volumes.map(dicomRow), leftOut };
}

const dicomRow = (plan: VolumePlan): VolumeRow => ({
  key: plan.key,
  patient: plan.patientId || `study ${plan.studyUid}`,
  patientCode: plan.patientId || 'No patient ID',
  study: plan.studyUid,
  studyDate: isoDate(plan.studyDate),
  studyDescription: plan.studyDescription,
  modality: plan.modality,
  description: plan.description,
  frameOfReference: plan.frameOfReference,
  geometry: plan.geometry,
  usable: plan.usable,
  warnings: plan.warnings,
  source: { kind: 'dicom', plan },
});

function imageRows(files: readonly FileRow[]): {
  rows: VolumeRow[];
  leftOut: { path: string; reason: string }[];
} {
  return {
    rows: files.flatMap(({ path, header }) => {
      const { format, geometry, count, remarks } = JSON.parse(header) as ImageFileHeader;
      const { id, code } = caseOf(path);
      const modality = modalityOfName(path);
      return Array.from({ length: count }, (_, part) => ({
        key: `${path}#${part}`,
        patient: id,
        patientCode: code,
        study: `folder ${id}`,
        studyDate: null,
        studyDescription: '',
        modality,
        description: count > 1 ? `${stemOf(path)} · ${part + 1} of ${count}` : stemOf(path),
        // A case's files share a space only where their authors registered them; a file does not say so.
        frameOfReference: null,
        geometry,
        usable: true,
        warnings: remarks,
        source: { kind: 'file' as const, format, path, part, modality },
      }));
    }),
    leftOut: [],
  };
}

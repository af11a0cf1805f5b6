/** Questions to the index, as the window and learning ask them. Each is one short query. */
import type {
  CaseState,
  LeftOut,
  VolumeId,
  WorklistPatient,
  WorklistStudy,
  WorklistVolume,
} from '../../preload/api';
import { sameGrid, type VolumeGeometry } from '../imaging/space/geometry';
import { THUMBNAIL, type Database } from './database';
import { ArchiveFailure } from './failure';
import { filesOf, type VolumeSource } from './source';
import type { ContoursHeader } from './worker/describe';
import type { IrregularSlices } from '../imaging/grouping/plan';
import type { ImageFileHeader } from './worker/image-file';

interface Row {
  readonly id: string;
  readonly patient: string;
  readonly patient_code: string;
  readonly study: string;
  readonly study_date: string | null;
  readonly study_description: string;
  readonly modality: string;
  readonly description: string;
  readonly frame_of_reference: string | null;
  readonly geometry: string | null;
  readonly usable: number;
  readonly warnings: string;
  /** JSON of the slices' irregularity, where they can be resampled to a regular grid. */
  readonly irregular: string | null;
  readonly signature: string;
  readonly thumbnail: number;
}

/** A volume as the index knows it. */
export interface IndexedVolume {
  readonly id: VolumeId;
  readonly patient: string;
  readonly patientCode: string;
  readonly study: string;
  readonly studyDate: string | null;
  readonly modality: string;
  readonly description: string;
  readonly frameOfReference: string | null;
  readonly geometry: VolumeGeometry | null;
  readonly usable: boolean;
  /** Why the slices are irregular, where they can be resampled; `geometry` is then the regular grid. */
  readonly resampling: string | null;
  readonly warnings: readonly string[];
  /** Read from the index when asked for. */
  readonly source: VolumeSource;
  /** Changes with the volume's files. */
  readonly signature: string;
}

/** A mask or structure set of the archive that belongs to a volume. `path` is below the archive. */
export interface Importable {
  readonly path: string;
  readonly what: string;
}

/** Looked up for volumes that cannot be read as they are, which are few. */
const IRREGULAR = `CASE WHEN usable = 0 THEN
  (SELECT json_extract(s.source, '$.plan.irregular') FROM sources s WHERE s.id = volumes.id) END AS irregular`;

const LIST = `SELECT id, patient, patient_code, study, study_date, study_description, modality, description,
  frame_of_reference, geometry, usable, warnings, thumbnail, ${IRREGULAR} FROM volumes
  ORDER BY patient_code, patient, study_date, study, modality, description, id`;

export const summaryOf = (db: Database): { patients: number; volumes: number; leftOut: number } =>
  db
    .prepare(
      `SELECT (SELECT count(DISTINCT patient) FROM volumes) AS patients, (SELECT count(*) FROM volumes) AS volumes,
         (SELECT count(*) FROM files WHERE kind IN ('left-out', 'passed-over')) + (SELECT count(*) FROM left_out) AS leftOut`,
    )
    .get() as { patients: number; volumes: number; leftOut: number };

/** The grid of a volume, or that to which its irregular slices can be resampled. */
function placeOf(row: Row): { readonly geometry: VolumeGeometry | null; readonly resampling: string | null } {
  if (row.geometry) return { geometry: JSON.parse(row.geometry) as VolumeGeometry, resampling: null };
  const irregular = row.irregular ? (JSON.parse(row.irregular) as IrregularSlices) : null;
  return { geometry: irregular?.regular ?? null, resampling: irregular?.reason ?? null };
}

/** Patients, their studies and volumes, in the order of their codes and dates. */
export function worklistOf(db: Database, stateOf: (id: VolumeId) => CaseState): WorklistPatient[] {
  type Study = Omit<WorklistStudy, 'volumes'> & { volumes: WorklistVolume[] };
  type Patient = Omit<WorklistPatient, 'studies'> & { studies: Study[] };
  const patients: Patient[] = [];
  for (const row of db.prepare(LIST).iterate() as Iterable<Row>) {
    let patient = patients.at(-1);
    if (patient?.id !== row.patient) {
      patient = { id: row.patient, code: row.patient_code, studies: [] };
      patients.push(patient);
    }
    let study: Study | undefined = patient.studies.at(-1);
    if (study?.uid !== row.study) {
      study = { uid: row.study, date: row.study_date, description: row.study_description, volumes: [] };
      patient.studies.push(study);
    }
    const id = row.id as VolumeId;
    const { geometry, resampling } = placeOf(row);
    study.volumes.push({
      id,
      modality: row.modality,
      description: row.description,
      size: geometry?.size ?? [0, 0, 0],
      spacing: geometry?.spacing ?? [0, 0, 0],
      frameOfReference: row.frame_of_reference,
      state: stateOf(id),
      thumbnailUrl: row.thumbnail === THUMBNAIL.made ? `volume://thumbnail/${id}` : null,
      warnings: JSON.parse(row.warnings) as string[],
      usable: row.usable === 1,
      ...(resampling === null ? {} : { resampling }),
    });
  }
  return patients;
}

export const identifiersOf = (db: Database): string[] =>
  (
    db
      .prepare('SELECT patient AS value FROM volumes UNION SELECT patient_code FROM volumes')
      .all() as unknown as { value: string }[]
  ).map((row) => row.value);

/** Files that did not become a volume, with why; files that are no scans at all are not worth a line. */
export const leftOutOf = (db: Database): LeftOut[] =>
  db
    .prepare(
      `SELECT path, reason FROM files WHERE kind IN ('left-out', 'passed-over')
       UNION ALL SELECT path, reason FROM left_out ORDER BY path`,
    )
    .all() as unknown as LeftOut[];

const COLUMNS = `id, patient, patient_code, study, study_date, study_description, modality, description,
  frame_of_reference, geometry, usable, warnings, signature, ${IRREGULAR}`;

const indexed = (row: Row, source: () => VolumeSource): IndexedVolume => ({
  id: row.id as VolumeId,
  patient: row.patient,
  patientCode: row.patient_code,
  study: row.study,
  studyDate: row.study_date,
  modality: row.modality,
  description: row.description,
  frameOfReference: row.frame_of_reference,
  ...placeOf(row),
  usable: row.usable === 1,
  warnings: JSON.parse(row.warnings) as string[],
  get source() {
    return source();
  },
  signature: row.signature,
});

function sourceOf(db: Database, id: string): VolumeSource {
  const row = db.prepare('SELECT source FROM sources WHERE id = ?').get(id) as { source: string } | undefined;
  if (!row) throw new ArchiveFailure('This volume is no longer in the archive; scan the folder again.');
  return JSON.parse(row.source) as VolumeSource;
}

export function volumeOf(db: Database, id: VolumeId): IndexedVolume | null {
  const row = db.prepare(`SELECT ${COLUMNS} FROM volumes WHERE id = ?`).get(id) as Row | undefined;
  return row ? indexed(row, () => sourceOf(db, row.id)) : null;
}

/** Every volume, in the order of the worklist. */
export const volumesOf = (db: Database): IndexedVolume[] =>
  (
    db
      .prepare(`SELECT ${COLUMNS} FROM volumes ORDER BY patient_code, study_date, modality, description, id`)
      .all() as unknown as Row[]
  ).map((row) => indexed(row, () => sourceOf(db, row.id)));

/** Masks on the volume's grid in its folder, and structure sets and segmentations of its study or patient space. */
export function importableOf(db: Database, id: VolumeId): Importable[] {
  const volume = volumeOf(db, id);
  if (!volume) return [];
  const folderOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')));
  const folders = new Set(filesOf(volume.source).map(folderOf));
  const found: Importable[] = [];
  for (const { path, kind, header } of db
    .prepare("SELECT path, kind, header FROM files WHERE kind IN ('mask', 'contours') ORDER BY path")
    .iterate() as Iterable<{ path: string; kind: string; header: string }>) {
    if (kind === 'mask') {
      if (!folders.has(folderOf(path)) || !volume.geometry) continue;
      const { geometry } = JSON.parse(header) as ImageFileHeader;
      // NIfTI affines are float32: a hundredth of a millimetre apart is the same place.
      if (sameGrid(geometry, volume.geometry, 0.01)) found.push({ path, what: 'mask' });
    } else {
      const { what, study, frameOfReference } = JSON.parse(header) as ContoursHeader;
      if (
        study === volume.study ||
        (frameOfReference !== null && frameOfReference === volume.frameOfReference)
      )
        found.push({ path, what });
    }
  }
  return found;
}

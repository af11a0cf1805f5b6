/**
 * The demonstration archive: generated scans of no patient, so that anyone can try everything. DICOM series of CT,
 * PET and MR in `scans/`, the true tumours beside them as NIfTI in `truth/`, where no archive index looks.
 */
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { voxelMillilitres } from '../../imaging/space/geometry';
import { writeNiftiMask } from '../../imaging/nifti/write';
import { phantomSeries } from './phantom-dicom';
import { createPhantomPatient, PHANTOM_MODALITIES } from './phantom-patient';
import type { PhantomModality } from './phantom-render';

export interface DemonstrationOptions {
  /** Default 1. The same seed gives the same files. */
  readonly seed?: number;
  /** Number of patients, default 16. */
  readonly patients?: number;
  readonly onProgress?: (progress: { readonly patient: number; readonly patients: number }) => void;
  readonly signal?: AbortSignal;
}

/** What `archive.json` of a finished demonstration archive says. */
export interface DemonstrationArchive {
  readonly seed: number;
  readonly patients: readonly {
    readonly code: string;
    readonly scans: Readonly<
      Record<PhantomModality, { readonly tumourMillilitres: number; readonly slicesWithTumour: number }>
    >;
    readonly tumours: readonly {
      readonly center: readonly [number, number, number];
      readonly radius: number;
      readonly suv: number;
    }[];
  }[];
}

/** Raised when what is generated changes, so that an older archive is made anew. */
const VERSION = 1;

/** The folder of DICOM series within a demonstration archive: this is what an archive is opened on. */
export const demonstrationScans = (folder: string): string => join(folder, 'scans');

/** The true tumours of one scan, NIfTI on that scan's own grid. */
export const demonstrationTruth = (folder: string, code: string, modality: PhantomModality): string =>
  join(folder, 'truth', code, `${modality}_GTV.nii.gz`);

/**
 * Generates the archive in `folder`, about a second a patient. An archive of the same seed and number of patients
 * that is there already is kept; an interrupted one is made anew.
 * @throws Error if the folder cannot be written; `signal.reason` if it was aborted, with nothing left behind.
 */
export async function writeDemonstrationArchive(
  folder: string,
  { seed = 1, patients = 16, onProgress, signal }: DemonstrationOptions = {},
): Promise<DemonstrationArchive> {
  const wanted = JSON.stringify({ version: VERSION, seed, patients });
  const there = await readArchive(folder, wanted);
  if (there !== null) return there;
  const part = `${folder}.part`;
  await rm(part, { recursive: true, force: true });
  try {
    const list: DemonstrationArchive['patients'][number][] = [];
    for (let number = 1; number <= patients; number++) {
      onProgress?.({ patient: number, patients });
      list.push(await writePatient(part, seed, number, signal));
    }
    const archive: DemonstrationArchive = { seed, patients: list };
    await writeFile(join(part, 'archive.json'), JSON.stringify({ wanted, ...archive }, null, 2));
    await rm(folder, { recursive: true, force: true });
    await mkdir(dirname(folder), { recursive: true });
    await rename(part, folder);
    return archive;
  } catch (error) {
    await rm(part, { recursive: true, force: true });
    throw error;
  }
}

async function readArchive(folder: string, wanted: string): Promise<DemonstrationArchive | null> {
  try {
    const archive = JSON.parse(
      await readFile(join(folder, 'archive.json'), 'utf8'),
    ) as DemonstrationArchive & {
      wanted: string;
    };
    return archive.wanted === wanted ? { seed: archive.seed, patients: archive.patients } : null;
  } catch {
    return null; // none, or none that was finished
  }
}

async function writePatient(
  folder: string,
  seed: number,
  number: number,
  signal: AbortSignal | undefined,
): Promise<DemonstrationArchive['patients'][number]> {
  const patient = createPhantomPatient(seed, number);
  const scans = {} as Record<PhantomModality, { tumourMillilitres: number; slicesWithTumour: number }>;
  for (const modality of PHANTOM_MODALITIES) {
    signal?.throwIfAborted();
    const scan = patient.scan(modality);
    const series = join(demonstrationScans(folder), patient.code, modality);
    await mkdir(series, { recursive: true });
    const files = phantomSeries(seed, patient, scan);
    await Promise.all(
      files.map((bytes, k) => writeFile(join(series, `${String(k + 1).padStart(3, '0')}.dcm`), bytes)),
    );
    const truth = demonstrationTruth(folder, patient.code, modality);
    await mkdir(dirname(truth), { recursive: true });
    await writeFile(truth, writeNiftiMask(scan.truth, scan.geometry));
    scans[modality] = {
      tumourMillilitres: scan.truth.reduce((sum, voxel) => sum + voxel, 0) * voxelMillilitres(scan.geometry),
      slicesWithTumour: files.filter((_, k) => sliceOf(scan.truth, k, files.length).includes(1)).length,
    };
  }
  const tumours = patient.lesions.map(({ center, radius, tissue }) => ({ center, radius, suv: tissue.suv }));
  return { code: patient.code, scans, tumours };
}

const sliceOf = (mask: Uint8Array, k: number, slices: number): Uint8Array =>
  mask.subarray((mask.length / slices) * k, (mask.length / slices) * (k + 1));

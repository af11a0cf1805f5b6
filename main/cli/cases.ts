import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import type { VolumePlan } from '../imaging';
import type { VolumeGeometry } from '../imaging/space/geometry';
import type { CaseRef, ChannelRef, LabelledCaseRef } from '../learning/jobs/spec';
import { spreadOver } from '../learning/jobs/unlabelled';
import { comparableName, modalityOf } from '../learning/profiles';
import { sha256 } from '../learning/store/atomic';
import { StudioError } from '../learning/store/failure';
import { isVolumeFile, openVolumeFile } from '../learning/volumes/open';
import type { Io } from './io';
import { casesWith, labelOf, readDataFolder, type DataCase, type DataFolder } from './layouts';
import { findScans, type FoundScans } from './scans';

/** The cases of some folders, whatever they hold, ready for a job. */
export interface FoundCases {
  readonly cases: readonly CaseRef[];
  /** Plans of DICOM volumes by the ID that the cases name them by. */
  readonly plans: ReadonlyMap<string, VolumePlan>;
  /** The grid of each case; of many NIfTI cases only some are opened, and an opened one stands for those after it. */
  readonly geometries: readonly VolumeGeometry[];
}

/** A file's cache key: it changes when the file does. */
export function fileChannel(file: string): ChannelRef {
  const path = resolve(file);
  const { size, mtimeMs } = statSync(path);
  return { source: { kind: 'file', file: path }, key: sha256(`${path} ${size} ${mtimeMs}`) };
}

const planChannel = (plan: VolumePlan): ChannelRef => ({
  source: { kind: 'archive', volumeId: plan.key },
  key: plan.key,
});

/** "MR_T1" and "MR T1" are one; "PT" and "PET" too. */
const plain = (name: string): string => name.toUpperCase().replace(/[_-]+/g, ' ').replace(/^PT\b/, 'PET');

/** Whether a DICOM volume is what a channel's name asks for. */
export function isChannel(plan: VolumePlan, name: string): boolean {
  if (plan.modality !== modalityOf(name) || plan.geometry === null || !plan.usable) return false;
  return plain(name) === 'MR' || plain(comparableName(plan.modality, plan.description)) === plain(name);
}

/** DICOM volumes that belong together: of one patient and study, and for several channels of one patient space. */
export function casesOfScans({ plans }: FoundScans, channels: readonly string[]): FoundCases {
  const cases: CaseRef[] = [];
  const used = new Map<string, VolumePlan>();
  const geometries: VolumeGeometry[] = [];
  for (const first of plans.filter((plan) => isChannel(plan, channels[0]))) {
    const others = channels
      .slice(1)
      .map((name) =>
        plans.find(
          (plan) =>
            isChannel(plan, name) &&
            plan.frameOfReference !== null &&
            plan.frameOfReference === first.frameOfReference &&
            plan.key !== first.key,
        ),
      );
    const all = [first, ...others.filter((plan) => plan !== undefined)];
    if (all.length < channels.length || first.geometry === null) continue;
    for (const plan of all) used.set(plan.key, plan);
    geometries.push(first.geometry);
    cases.push({
      id: first.key,
      // Some archives have no patient IDs; the study then tells people apart.
      patient: sha256(first.patientId === '' ? first.studyUid : first.patientId).slice(0, 16),
      channels: all.map(planChannel),
    });
  }
  return { cases, plans: used, geometries };
}

/** Scans enough to know the usual pixel size and field of view. */
const sample = 24;

/** The grid of each case; of many, some are opened, evenly spread, each standing for those up to the next. */
export async function geometriesOf(cases: readonly DataCase[], channel: string): Promise<VolumeGeometry[]> {
  const opened = new Set(spreadOver([...cases.keys()], sample));
  const grids: VolumeGeometry[] = [];
  for (const [n, one] of cases.entries()) {
    const file = one.channels.get(channel);
    grids.push(
      opened.has(n) && file !== undefined ? (await openVolumeFile(file)).geometry : grids[grids.length - 1],
    );
  }
  return grids;
}

const dataCase = (one: DataCase, channels: readonly string[]): CaseRef => ({
  id: one.id,
  patient: one.id,
  channels: channels.flatMap((name) => {
    const file = one.channels.get(name);
    return file === undefined ? [] : [fileChannel(file)];
  }),
});

/**
 * The cases of folders that have every channel: NIfTI cases in one of the usual layouts, or DICOM.
 * @throws StudioError naming the folder and what is in it instead
 */
export async function collectCases(
  folders: readonly string[],
  channels: readonly string[],
  io: Io,
): Promise<FoundCases> {
  const cases: CaseRef[] = [];
  const plans = new Map<string, VolumePlan>();
  const geometries: VolumeGeometry[] = [];
  for (const folder of folders) {
    const data = readDataFolder(folder);
    if (data) {
      const found = casesWith(data, folder, channels);
      cases.push(...found.map((one) => dataCase(one, channels)));
      geometries.push(...(await geometriesOf(found, channels[0])));
      continue;
    }
    const scans = await findScans(folder, io.signal);
    const found = casesOfScans(scans, channels);
    if (found.cases.length === 0) throw nothingIn(folder, scans, channels);
    cases.push(...found.cases);
    geometries.push(...found.geometries);
    for (const [key, plan] of found.plans) plans.set(key, plan);
  }
  return { cases, plans, geometries };
}

function nothingIn(folder: string, scans: FoundScans, channels: readonly string[]): StudioError {
  if (scans.plans.length === 0)
    return new StudioError(
      `${folder} holds no scans that can be read${scans.leftOut.length > 0 ? ` (${scans.leftOut[0].reason})` : ''}.`,
      'Give a folder with DICOM images, or with <case>/<channel>.nii.gz.',
    );
  const there = new Set(scans.plans.map((plan) => comparableName(plan.modality, plan.description)));
  return new StudioError(
    `No scan in ${folder} is ${channels.join(' with ')}.`,
    `It holds: ${[...there].sort().join(', ')}.`,
  );
}

/** The cases of a list ("A,B") or of a file with one a line; absent: all. */
export function chosenCases(list: string | undefined): readonly string[] | null {
  if (list === undefined) return null;
  const text = existsSync(list) && statSync(list).isFile() ? readFileSync(list, 'utf8') : list;
  return text
    .split(/[\s,]+/)
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

/** A labelled folder, or the reason why it is none. */
export function labelledFolder(folder: string): DataFolder {
  const data = readDataFolder(folder);
  if (data) return data;
  throw new StudioError(
    `${folder} is no labelled folder.`,
    'It needs <case>/<channel>.nii.gz with <case>/<label>.nii.gz, or the layout of nnU-Net v2, BraTS or HECKTOR.',
  );
}

/**
 * Labelled cases for teaching.
 * @param slices at most this many slices of each case, spread over its contour and one beyond each end
 */
export async function labelledCases(
  data: DataFolder,
  folder: string,
  channels: readonly string[],
  label: string,
  ids: readonly string[] | null,
  slices?: number,
): Promise<{ readonly cases: LabelledCaseRef[]; readonly geometries: VolumeGeometry[] }> {
  const all = casesWith(data, folder, channels);
  const missing = ids?.filter((id) => !all.some((one) => one.id === id)) ?? [];
  if (missing.length > 0)
    throw new StudioError(
      `There is no case ${missing[0]} with ${channels.join(' and ')} in ${folder}.`,
      `Its cases are: ${all
        .slice(0, 12)
        .map((one) => one.id)
        .join(', ')}${all.length > 12 ? ', …' : ''}.`,
    );
  const wanted = ids === null ? all : all.filter((one) => ids.includes(one.id));
  const cases: LabelledCaseRef[] = [];
  for (const one of wanted) {
    const { file, values } = labelOf(one, label);
    const chosen = slices === undefined ? {} : { slices: await spreadSlices(file, values, slices) };
    cases.push({
      ...dataCase(one, channels),
      label: { kind: 'files', files: [file], ...(values ? { values: [[...values]] } : {}), ...chosen },
    });
  }
  return { cases, geometries: await geometriesOf(wanted, channels[0]) };
}

/** Slices as a person would choose them: spread over the contour, from just before it to just behind. */
export async function spreadSlices(
  file: string,
  values: readonly number[] | null,
  count: number,
): Promise<number[]> {
  const { voxels, geometry } = await openVolumeFile(file);
  const [nx, ny, nz] = geometry.size;
  const inside = (v: number): boolean => (values === null ? v !== 0 : values.includes(v));
  const with_ = Array.from({ length: nz }, (_, k) => k).filter((k) =>
    voxels.subarray(k * nx * ny, (k + 1) * nx * ny).some(inside),
  );
  if (with_.length === 0) return [Math.floor(nz / 2)];
  const first = Math.max(0, with_[0] - 1);
  const last = Math.min(nz - 1, with_[with_.length - 1] + 1);
  const n = Math.min(count, last - first + 1);
  if (n === 1) return [Math.round((first + last) / 2)];
  return [
    ...new Set(Array.from({ length: n }, (_, i) => Math.round(first + (i * (last - first)) / (n - 1)))),
  ];
}

/** Slices that hold none of a label, spread over the scan as a person judges a few of them. */
export async function emptySlices(file: string, count: number): Promise<number[]> {
  const { voxels, geometry } = await openVolumeFile(file);
  const [nx, ny, nz] = geometry.size;
  const empty = Array.from({ length: nz }, (_, k) => k).filter((k) =>
    voxels.subarray(k * nx * ny, (k + 1) * nx * ny).every((v) => v === 0),
  );
  return Array.from(
    { length: Math.min(count, empty.length) },
    (_, n) => empty[Math.floor(((n + 0.5) * empty.length) / Math.min(count, empty.length))],
  );
}

/** A case to propose contours for: its channels, and the DICOM series where it came from one. */
export interface CaseToSegment {
  readonly ref: CaseRef;
  /** A name for its output folder, without anything of the patient. */
  readonly name: string;
  readonly plan?: VolumePlan;
}

/** What a path means to `segment`: one file, one case's folder, a folder of cases, or DICOM. */
export async function casesToSegment(
  path: string,
  channels: readonly string[],
  io: Io,
): Promise<{ readonly cases: CaseToSegment[]; readonly plans: ReadonlyMap<string, VolumePlan> }> {
  if (!existsSync(path)) throw new StudioError(`There is no ${path}.`, 'Check the path.');
  if (!statSync(path).isDirectory()) {
    if (channels.length > 1)
      throw new StudioError(
        `The model reads ${channels.join(' and ')}; one file is not enough.`,
        'Give a folder with one file a channel.',
      );
    const name = basename(path).replace(/\.nii(\.gz)?$/i, '');
    return {
      cases: [{ name, ref: { id: name, patient: name, channels: [fileChannel(path)] } }],
      plans: new Map(),
    };
  }
  const own = channels.map((name) =>
    ['.nii.gz', '.nii'].map((end) => resolve(path, name + end)).find((file) => existsSync(file)),
  );
  if (own.every((file) => file !== undefined && isVolumeFile(file))) {
    const name = basename(resolve(path));
    const files = own.filter((file) => file !== undefined);
    return {
      cases: [{ name, ref: { id: name, patient: name, channels: files.map(fileChannel) } }],
      plans: new Map(),
    };
  }
  const { cases, plans } = await collectCases([path], channels, io);
  return {
    cases: cases.map((ref) => {
      const plan = plans.get(ref.id);
      return { ref, name: plan ? `series-${plan.seriesUid}` : ref.id, ...(plan ? { plan } : {}) };
    }),
    plans,
  };
}

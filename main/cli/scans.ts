import { open, readFile, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { listFiles } from '../archive/listing';
import { sniff } from '../archive/sniff';
import {
  groupIntoVolumes,
  ImagingError,
  readDicomHeaderFrom,
  readDicomVolume,
  type DicomHeader,
  type SuvKind,
  type Volume,
  type VolumePlan,
} from '../imaging';
import { StudioError } from '../learning/store/failure';

/** What a folder of DICOM files holds. Paths are absolute. */
export interface FoundScans {
  readonly plans: readonly VolumePlan[];
  readonly leftOut: readonly { readonly path: string; readonly reason: string }[];
  /** Headers of objects that are no scans: structure sets, segmentations. */
  readonly files: number;
}

async function headerOf(file: string): Promise<DicomHeader | null> {
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    const start = Buffer.alloc(Math.min(512, size));
    await handle.read(start, 0, start.length, 0);
    if (sniff(file, start) !== 'dicom') return null;
    return await readDicomHeaderFrom({
      size,
      read: async (from, length) => {
        const bytes = Buffer.alloc(length);
        const { bytesRead } = await handle.read(bytes, 0, length, from);
        return bytes.subarray(0, bytesRead);
      },
    });
  } finally {
    await handle.close();
  }
}

/**
 * Reads the headers of every DICOM file below a folder and groups them into volumes.
 * @throws StudioError where there is no DICOM file at all
 */
export async function findScans(
  folder: string,
  signal: AbortSignal,
  progress: (files: number) => void = () => undefined,
): Promise<FoundScans> {
  const headers: (DicomHeader & { path: string })[] = [];
  const leftOut: { path: string; reason: string }[] = [];
  let files = 0;
  const root = await realpath(folder);
  for await (const listed of listFiles(root, () => signal.aborted)) {
    if ('reason' in listed) {
      leftOut.push(listed);
      continue;
    }
    const path = join(root, listed.path);
    progress(++files);
    try {
      const header = await headerOf(path);
      if (header) headers.push({ ...header, path });
    } catch (error) {
      if (!(error instanceof ImagingError)) throw error;
      leftOut.push({ path, reason: error.message });
    }
  }
  signal.throwIfAborted();
  const grouped = groupIntoVolumes(headers);
  return { plans: grouped.volumes, leftOut: [...leftOut, ...grouped.leftOut], files };
}

/** One line a volume, for a person to choose from. */
export const describePlan = (plan: VolumePlan): string =>
  `${plan.modality} "${plan.description}", ${plan.frames.length} slices, series ${plan.seriesUid}`;

/**
 * The one volume that is meant: the only one, or that of the series given.
 * @throws StudioError naming what there is
 */
export function chooseVolume(found: FoundScans, folder: string, series: string | undefined): VolumePlan {
  const { plans, leftOut } = found;
  const candidates = series === undefined ? plans : plans.filter((plan) => plan.seriesUid === series);
  const usable = candidates.filter((plan) => plan.usable || plan.irregular);
  if (usable.length === 1) return usable[0];
  if (usable.length > 1)
    throw new StudioError(
      `${folder} holds ${usable.length} volumes; say which one with --series.`,
      usable.slice(0, 12).map(describePlan).join('\n'),
    );
  if (candidates.length > 0)
    throw new StudioError(
      `The volume in ${folder} cannot be read: ${candidates[0].warnings.join(' ')}`,
      'Export the series again from the scanner or archive, whole.',
    );
  if (series !== undefined && plans.length > 0)
    throw new StudioError(
      `${folder} holds no series ${series}.`,
      plans.slice(0, 12).map(describePlan).join('\n'),
    );
  throw new StudioError(
    leftOut.length > 0
      ? `${folder} holds no scan that can be read: ${leftOut[0].path}: ${leftOut[0].reason}`
      : `${folder} holds no scans.`,
    'Give a folder with DICOM images or a NIfTI file.',
  );
}

/** Reads a volume in patient space; slices that form no regular grid are resampled, with a remark. */
export const readPlan = (plan: VolumePlan, signal: AbortSignal, suv?: SuvKind): Promise<Volume> =>
  readDicomVolume(plan, (path) => readFile(path), {
    resampleIrregular: true,
    signal,
    ...(suv ? { suv } : {}),
  });

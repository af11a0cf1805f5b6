import { ImagingError, asImagingError } from '../error';
import { resampleSlices } from '../resample/slices';
import { suvUnit, type SuvKind } from '../suv/suv';
import type { Volume, VoxelArray, VoxelUnit } from '../volume';
import type { PlannedFrame, VolumePlan } from '../grouping/plan';
import { finite } from '../voxels/finite';
import { openDicom } from './file';
import type { FrameHeader } from './frames';
import { headerOf, type ImageHeader } from './header';
import { readFrames } from './pixels';
import { Slices } from './slices';

export interface ReadVolumeOptions {
  /** PET as SUV by body weight, lean body mass or body surface, where the tags allow it. */
  readonly suv?: SuvKind;
  /** Resample slices that form no regular grid, with a remark, instead of refusing them. */
  readonly resampleIrregular?: boolean;
  /** Called after each file. */
  readonly onProgress?: (filesRead: number, filesTotal: number) => void;
  readonly signal?: AbortSignal;
  /** The slice that is wanted first; the others follow by their distance from it. Default 0. */
  readonly startAt?: number;
  /**
   * Called after each slice of a regular volume with the voxels of all of it as far as they are in place. A later call
   * may bring another array, where the first one's type did not hold a value.
   */
  readonly onSlice?: (k: number, voxels: VoxelArray) => void;
}

/** Files that are read at the same time: enough to hide the disk, few enough to stay small. */
const readAhead = 8;

/**
 * Reads the voxels of a planned volume, rescaled to its unit.
 * @param readFile the bytes of a file; it may fail, and is asked for a few files at a time.
 * @throws ImagingError: 'irregular' without `resampleIrregular`, 'no-suv', 'changed' where a file is no longer what
 *   was planned, or what is wrong with a file, with its path in the sentence.
 */
export async function readDicomVolume(
  plan: VolumePlan,
  readFile: (path: string) => Promise<Uint8Array>,
  options: ReadVolumeOptions = {},
): Promise<Volume> {
  const { geometry, irregular, frames } = plan;
  if (!geometry && !(irregular && options.resampleIrregular))
    throw new ImagingError('irregular', irregular?.reason ?? 'The slices do not form a regular grid.');
  const { factor, unit } = scaling(plan, options.suv);
  const columns = geometry?.size[0] ?? sliceSize(plan)[0];
  const rows = geometry?.size[1] ?? sliceSize(plan)[1];

  const scaled = frames.map((f) => ({ slope: f.slope * factor, intercept: f.intercept * factor }));
  const slices = new Slices(columns * rows, scaled);
  const files = byDistance(byFile(frames), options.startAt ?? 0);
  const onSlice = geometry ? options.onSlice : undefined;
  let done = 0;
  const work = files.entries();
  const worker = async (): Promise<void> => {
    for (const [, [path, members]] of work) {
      options.signal?.throwIfAborted();
      await readInto(slices, path, members, readFile, [columns, rows], onSlice);
      options.onProgress?.(++done, files.length);
    }
  };
  await Promise.all(Array.from({ length: Math.min(readAhead, files.length) }, worker));

  const remarks = plan.warnings.filter(() => geometry !== null);
  const common = { unit, modality: plan.modality, frameOfReference: plan.frameOfReference };
  if (geometry) return finite({ ...common, geometry, voxels: slices.voxels, remarks });
  if (!irregular) throw new ImagingError('irregular', 'The slices do not form a regular grid.');
  const voxels = resampleSlices(
    slices.voxels,
    [columns, rows],
    frames.map((f) => f.position),
    irregular.regular,
  );
  return {
    ...common,
    geometry: irregular.regular,
    voxels,
    remarks: [`${irregular.reason} The volume was resampled to a regular grid by linear interpolation.`],
  };
}

/** The factor and unit that the caller gets. */
function scaling(plan: VolumePlan, suv: SuvKind | undefined): { factor: number; unit: VoxelUnit } {
  if (!suv) return { factor: 1, unit: plan.unit };
  if (!plan.suv) throw new ImagingError('no-suv', `The volume is ${plan.modality}, not PET; it has no SUV.`);
  const answer = plan.suv[suv];
  if ('reason' in answer) throw new ImagingError('no-suv', `SUV cannot be computed: ${answer.reason}`);
  return { factor: answer.factor, unit: suvUnit[suv] };
}

/** Rows and columns of slices that have no regular grid: those of the grid were enlarged to hold the shifts. */
function sliceSize(plan: VolumePlan): readonly [number, number] {
  return plan.irregular?.sliceSize ?? [0, 0];
}

/** Files by how far their nearest slice is from slice `k`. */
function byDistance(files: [string, Member[]][], k: number): [string, Member[]][] {
  const away = ([, members]: [string, Member[]]): number =>
    members.reduce((least, member) => Math.min(least, Math.abs(member.k - k)), Infinity);
  return k === 0 ? files : [...files].sort((a, b) => away(a) - away(b));
}

type Member = { readonly frame: PlannedFrame; readonly k: number };

function byFile(frames: readonly PlannedFrame[]): [string, Member[]][] {
  const files = new Map<string, Member[]>();
  frames.forEach((frame, k) => {
    const members = files.get(frame.path);
    if (members) members.push({ frame, k });
    else files.set(frame.path, [{ frame, k }]);
  });
  return [...files];
}

async function readInto(
  slices: Slices,
  path: string,
  members: readonly Member[],
  readFile: (path: string) => Promise<Uint8Array>,
  size: readonly [number, number],
  onSlice: ReadVolumeOptions['onSlice'],
): Promise<void> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    throw new ImagingError('unreadable', `${path} could not be read.`, { cause });
  }
  try {
    const file = openDicom(bytes);
    const header = headerOf(file);
    const { image } = header;
    if (!image || header.sopInstanceUid !== members[0].frame.sopInstanceUid) throw changed();
    const now = new Map(image.frames.map((f) => [placeInFile(f.stored, f.tile), f]));
    const reader = readFrames(file, image);
    for (const { frame, k } of members) {
      assertUnchanged(image, now.get(placeInFile(frame.frame, frame.tile)), frame, size);
      slices.put(k, await reader.frame(frame.frame), image, frame.tile);
      onSlice?.(k, slices.voxels);
    }
  } catch (thrown) {
    const error = asImagingError(thrown, 'The file is damaged.');
    throw new ImagingError(error.code, `${path}: ${error.message}`, { cause: error });
  }
}

const changed = (): ImagingError =>
  new ImagingError(
    'changed',
    'The file is not what it was when the folder was indexed; scan the folder again.',
  );

const placeInFile = (stored: number, tile?: readonly number[]): string =>
  tile ? `${stored}/${tile[0]}/${tile[1]}` : String(stored);

function assertUnchanged(
  image: ImageHeader,
  now: FrameHeader | undefined,
  frame: PlannedFrame,
  size: readonly [number, number],
): void {
  const [columns, rows] = frame.tile ? [frame.tile[2], frame.tile[3]] : [image.columns, image.rows];
  if (
    columns !== size[0] ||
    rows !== size[1] ||
    image.samplesPerPixel !== 1 ||
    now?.slope !== frame.slope ||
    now.intercept !== frame.intercept
  )
    throw changed();
}

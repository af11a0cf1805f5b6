import { ImagingError } from '../error';
import type { Segment } from '../mask/label-map';
import { alignedMask } from '../mask/align';
import type { RasterisingOptions } from '../mask/mask-of-contours';
import { resampleMask } from '../resample/resample';
import type { VolumeGeometry } from '../space/geometry';

/** The scan that masks are to lie on. */
export interface ImportTarget {
  readonly geometry: VolumeGeometry;
  /** Null where the scan names none (NIfTI). */
  readonly frameOfReference: string | null;
  /** Where known: another patient's masks are then refused even without a frame of reference. */
  readonly patientId?: string;
  /** SOP Instance UIDs of the scan's files, where known, to say whether references resolve. */
  readonly sopInstanceUids?: ReadonlySet<string>;
}

export interface ImportOptions extends RasterisingOptions {
  /** Resamples a mask on another grid by nearest centre instead of refusing it. */
  readonly resample?: boolean;
}

/**
 * The masks of a file, made one at a time: a plan of a hundred structures on a large scan would not fit the memory at once.
 */
export interface MaskFile {
  readonly names: readonly string[];
  /** Sentences that a person should see; complete once every mask has been read. */
  readonly warnings: readonly string[];
  /** @throws ImagingError, e.g. where the mask lies on another grid */
  read(index: number): Promise<Segment>;
}

export interface ImportedMasks {
  readonly segments: readonly Segment[];
  /** Sentences that a person should see. */
  readonly warnings: readonly string[];
}

/**
 * @param found what a file says of its masks; `resolved`: whether every mask refers to images of the scan itself, which
 *   then counts for more than the frame of reference (rt-utils writes a new one into every file).
 * @param warnings takes a sentence where the two contradict each other.
 * @throws ImagingError if the masks belong to another patient or another space.
 */
export function assertSameSpace(
  found: {
    readonly patientId: string;
    readonly framesOfReference: readonly string[];
    readonly resolved: boolean;
  },
  target: ImportTarget,
  warnings: string[],
): void {
  const { frameOfReference, patientId } = target;
  if (patientId !== undefined && patientId !== '' && found.patientId !== '' && found.patientId !== patientId)
    throw new ImagingError('no-geometry', 'The masks belong to another patient than the scan.');
  if (frameOfReference === null || found.framesOfReference.length === 0) {
    warnings.push(
      'Scan and masks name no common frame of reference; masks are placed by their coordinates alone.',
    );
    return;
  }
  if (found.framesOfReference.includes(frameOfReference)) return;
  if (!found.resolved)
    throw new ImagingError(
      'no-geometry',
      'The masks were drawn in another frame of reference than the scan, so they cannot be placed on it. Choose the scan that they were drawn on.',
    );
  warnings.push(
    "The file names another frame of reference than the scan, but refers to the scan's own images; it was placed on them.",
  );
}

/**
 * A mask on the scan's grid: moved without change where voxel centres agree, else resampled if that was asked for.
 * @param warnings takes a sentence about what was changed.
 * @throws ImagingError if the grids differ and resampling was not asked for.
 */
export function onTargetGrid(
  name: string,
  mask: Uint8Array,
  from: VolumeGeometry,
  target: ImportTarget,
  options: ImportOptions,
  warnings: string[],
): Uint8Array {
  const aligned = alignedMask(mask, from, target.geometry);
  if (aligned !== null) {
    if (aligned.outside > 0) warnings.push(`"${name}": ${aligned.outside} voxels lie outside the scan.`);
    return aligned.mask;
  }
  if (options.resample !== true)
    throw new ImagingError(
      'irregular',
      `The mask "${name}" lies on another grid than the scan (${describe(from)} against ${describe(target.geometry)}). Choose the scan that it was drawn on, or ask for it to be resampled.`,
    );
  warnings.push(`"${name}" was resampled from another grid (${describe(from)}) by nearest voxel.`);
  return resampleMask(mask, from, target.geometry);
}

const describe = (g: VolumeGeometry): string =>
  `${g.size.join(' × ')} voxels of ${g.spacing.map((s) => Number(s.toFixed(3))).join(' × ')} mm`;

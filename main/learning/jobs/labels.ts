import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { applyFlips } from '../../imaging/mask/flips';
import {
  patientPoint,
  patientVector,
  sameGrid,
  voxelCount,
  type VolumeGeometry,
} from '../../imaging/space/geometry';
import type { CaseLabels } from '../cache/sources';
import { writeAtomic } from '../store/atomic';
import { StudioError } from '../store/failure';
import { pack, unpack } from '../store/packed';
import { openVolumeFile } from '../volumes/open';
import type { LabelledCaseRef } from './spec';

const triple = z.tuple([z.number(), z.number(), z.number()]);
const vector = triple.transform((v) => patientVector(...v));
const gridSchema = z.object({
  size: triple,
  spacing: triple,
  origin: triple.transform((p) => patientPoint(...p)),
  axes: z.tuple([vector, vector, vector]),
});

const packedSchema = z.object({
  /** The grid that the contours were drawn on; absent in jobs of before it was kept. */
  grid: gridSchema.optional(),
  reviewed: z.array(z.int()),
  /** Flips of an empty grid, one a segment in the order of the job. */
  masks: z.array(z.instanceof(Uint32Array)),
});

/** Hands the contours of a case over to a job, as one file. @param grid that they were drawn on */
export function packLabels(
  file: string,
  { size, spacing, origin, axes }: VolumeGeometry,
  reviewed: readonly number[],
  masks: readonly Uint32Array[],
): void {
  const grid = { size: [...size], spacing: [...spacing], origin: [...origin], axes: axes.map((a) => [...a]) };
  writeAtomic(file, pack({ grid, reviewed, masks }));
}

/** Half a tenth of a millimetre: files keep positions in single precision. */
const tolerance = 0.05;

/**
 * The contours of a case on its own grid.
 * @throws StudioError where a mask lies on another grid (of another patient, or of the scan before more of its slices
 * came), naming the case
 */
export async function readLabels(ref: LabelledCaseRef, geometry: VolumeGeometry): Promise<CaseLabels> {
  const { label } = ref;
  if (label.kind === 'packed') {
    const { grid, reviewed, masks } = packedSchema.parse(unpack(readFileSync(label.file)));
    if (grid && !sameGrid(grid, geometry, tolerance))
      throw new StudioError(
        `The scan of case ${ref.id} has changed since its contours were handed to this job: they lie on another grid.`,
        'Cancel this job, look at the contours of that scan, and press Teach again.',
      );
    return {
      reviewed: new Set(reviewed),
      masks: masks.map((flips) => {
        const mask = new Uint8Array(voxelCount(geometry));
        applyFlips(mask, flips);
        return mask;
      }),
    };
  }
  const masks: Uint8Array[] = [];
  for (const [segment, file] of label.files.entries()) {
    const volume = await openVolumeFile(file);
    if (!sameGrid(volume.geometry, geometry, tolerance))
      throw new StudioError(
        `The contour of case ${ref.id} (${file}) does not lie on the grid of its scan; it may be of another patient.`,
        'Give the mask that was made for this very scan.',
      );
    const values = label.values?.at(segment);
    const wanted = values === undefined ? null : new Set(values);
    masks.push(Uint8Array.from(volume.voxels, (v) => ((wanted === null ? v !== 0 : wanted.has(v)) ? 1 : 0)));
  }
  const slices = label.slices ?? Array.from({ length: geometry.size[2] }, (_, k) => k);
  return { masks, reviewed: new Set(slices) };
}

import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { applyFlips } from '../../imaging/mask/flips';
import { sameGrid, voxelCount, type VolumeGeometry } from '../../imaging/space/geometry';
import type { CaseLabels } from '../cache/sources';
import { writeAtomic } from '../store/atomic';
import { StudioError } from '../store/failure';
import { pack, unpack } from '../store/packed';
import { openVolumeFile } from '../volumes/open';
import type { LabelledCaseRef } from './spec';

const packedSchema = z.object({
  reviewed: z.array(z.int()),
  /** Flips of an empty grid, one a segment in the order of the job. */
  masks: z.array(z.instanceof(Uint32Array)),
});

/** Hands the contours of a case over to a job, as one file. */
export function packLabels(file: string, reviewed: readonly number[], masks: readonly Uint32Array[]): void {
  writeAtomic(file, pack({ reviewed, masks }));
}

/** Half a tenth of a millimetre: files keep positions in single precision. */
const tolerance = 0.05;

/**
 * The contours of a case on its own grid.
 * @throws StudioError where a mask lies on another grid (of another patient, say), naming the case
 */
export async function readLabels(ref: LabelledCaseRef, geometry: VolumeGeometry): Promise<CaseLabels> {
  const { label } = ref;
  if (label.kind === 'packed') {
    const { reviewed, masks } = packedSchema.parse(unpack(readFileSync(label.file)));
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

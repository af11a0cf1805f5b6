import { randomUUID } from 'node:crypto';
import { ImagingError } from '../error';
import type { Segment } from '../mask/label-map';
import { readNifti } from '../nifti/read';
import type { VoxelArray } from '../volume';
import { onTargetGrid, type ImportOptions, type ImportTarget, type MaskFile } from './import-target';
import { segmentColor } from './segment-colors';

/** More values than this are no labels but a scan. */
const MOST_LABELS = 255;

/** The labels of a NIfTI mask (every whole number but 0) as segments on the scan's grid. */
export async function masksOfNifti(
  bytes: Uint8Array,
  target: ImportTarget,
  options: ImportOptions,
): Promise<MaskFile> {
  const { volumes } = await readNifti(bytes);
  if (volumes.length !== 1)
    throw new ImagingError('unsupported', `The file holds ${volumes.length} volumes; a mask has one.`);
  const [{ voxels, geometry, remarks }] = volumes;
  const warnings = [...remarks];
  const labels = labelsOf(voxels);
  const names = labels.map((label) => (labels.length === 1 ? 'Mask' : `Label ${label}`));
  const read = (index: number): Segment => {
    const mask = new Uint8Array(voxels.length);
    for (let v = 0; v < voxels.length; v++) mask[v] = voxels[v] === labels[index] ? 1 : 0;
    return {
      id: randomUUID(),
      name: names[index],
      color: segmentColor(index),
      generation: 'MANUAL',
      mask: onTargetGrid(names[index], mask, geometry, target, options, warnings),
    };
  };
  return { names, warnings, read: async (index) => read(index) };
}

/** @throws ImagingError where the values are those of a scan. */
function labelsOf(voxels: VoxelArray): number[] {
  const labels = new Set<number>();
  let last = 0;
  for (let v = 0; v < voxels.length; v++) {
    const value = voxels[v];
    // Neighbours mostly carry one label: asking the set for each voxel would take seconds.
    if (value === last || value === 0) continue;
    last = value;
    if (labels.has(value)) continue;
    if (!Number.isInteger(value) || labels.size === MOST_LABELS)
      throw new ImagingError('unsupported', 'The file holds a scan, not a mask: its values are no labels.');
    labels.add(value);
  }
  return [...labels].sort((a, b) => a - b);
}

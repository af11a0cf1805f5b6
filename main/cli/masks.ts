import { sameGrid, type VolumeGeometry } from '../imaging/space/geometry';
import { openVolumeFile } from '../learning/volumes/open';
import { StudioError } from '../learning/store/failure';

/** A binary mask with the grid that it lies on. */
export interface PlacedMask {
  readonly mask: Uint8Array;
  readonly geometry: VolumeGeometry;
}

/** Reads a mask. @param values the label values that belong to it; null: every value but zero */
export async function readMask(file: string, values: readonly number[] | null = null): Promise<PlacedMask> {
  const { voxels, geometry } = await openVolumeFile(file);
  const mask = new Uint8Array(voxels.length);
  if (values === null) for (let v = 0; v < voxels.length; v++) mask[v] = voxels[v] !== 0 ? 1 : 0;
  else {
    const wanted = new Set(values);
    for (let v = 0; v < voxels.length; v++) mask[v] = wanted.has(voxels[v]) ? 1 : 0;
  }
  return { mask, geometry };
}

const grid = (g: VolumeGeometry): string =>
  `${g.size.join('×')} voxels of ${g.spacing.map((s) => s.toFixed(2)).join('×')} mm`;

/** Half a tenth of a millimetre: files keep positions in single precision. */
const tolerance = 0.05;

/** @throws StudioError where a mask does not lie on the grid that it is meant for (another patient's, say) */
export function assertOnGrid(
  what: string,
  mask: VolumeGeometry,
  target: VolumeGeometry,
  whose: string,
): void {
  if (sameGrid(mask, target, tolerance)) return;
  const sameSize = mask.size.every((n, axis) => n === target.size[axis]);
  throw new StudioError(
    sameSize
      ? `${what} lies elsewhere in space than ${whose}; it may be of another patient.`
      : `${what} has ${grid(mask)}, ${whose} ${grid(target)}; it may be of another patient.`,
    'Give the mask that was made for this very scan.',
  );
}

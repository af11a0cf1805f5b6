import type { Volume } from '../volume';

/**
 * The volume with every voxel a finite number: what is not (NaN, infinities; written round the field of view by some
 * tools) becomes the lowest finite value, and a remark says how many. The argument itself where there is nothing to do.
 */
export function finite(volume: Volume): Volume {
  const { voxels } = volume;
  if (!(voxels instanceof Float32Array)) return volume;
  let bad = 0;
  let lowest = Infinity;
  for (let v = 0; v < voxels.length; v++) {
    const value = voxels[v];
    // NaN − NaN and ∞ − ∞ are not 0.
    if (value - value !== 0) bad++;
    else if (value < lowest) lowest = value;
  }
  if (bad === 0) return volume;
  const fill = lowest === Infinity ? 0 : lowest;
  return {
    ...volume,
    voxels: voxels.map((value) => (value - value !== 0 ? fill : value)),
    remarks: [...volume.remarks, `${bad} voxels hold no number and were set to ${fill}, the lowest value.`],
  };
}

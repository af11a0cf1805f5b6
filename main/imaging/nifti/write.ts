/** NIfTI-1 single files (.nii, .nii.gz): qform and sform describe the same affine, in RAS. */
import { gzipSync } from 'node:zlib';
import { toPatient, voxelCount, voxelIndex, type VolumeGeometry } from '../space/geometry';
import type { Volume, VoxelArray } from '../volume';

export interface NiftiOptions {
  /** Default true. */
  readonly gzip?: boolean;
  /** At most 79 ASCII characters. */
  readonly description?: string;
}

/** NIfTI's data type code and bits. */
function dataType(voxels: VoxelArray): readonly [code: number, bits: number] {
  if (voxels instanceof Uint8Array) return [2, 8];
  if (voxels instanceof Int16Array) return [4, 16];
  if (voxels instanceof Uint16Array) return [512, 16];
  if (voxels instanceof Int32Array) return [8, 32];
  return [16, 32];
}

/** A mask as unsigned bytes, 0 and 1. @throws RangeError if it does not fit the grid. */
export const writeNiftiMask = (
  mask: Uint8Array,
  geometry: VolumeGeometry,
  options: NiftiOptions = {},
): Uint8Array => writeNifti(mask, geometry, options);

/** A volume in its own unit and type; no scaling is applied. @throws RangeError if the voxels do not fit the grid. */
export const writeNiftiVolume = (volume: Volume, options: NiftiOptions = {}): Uint8Array =>
  writeNifti(volume.voxels, volume.geometry, options);

function writeNifti(voxels: VoxelArray, g: VolumeGeometry, options: NiftiOptions): Uint8Array {
  if (voxels.length !== voxelCount(g)) throw new RangeError('The voxels do not fit their grid.');
  if (g.size.some((n) => n > 32767))
    throw new RangeError('NIfTI-1 holds at most 32767 voxels along an axis.');
  const file = new Uint8Array(352 + voxels.byteLength);
  putHeader(new DataView(file.buffer), voxels, g);
  const text = new TextEncoder().encode(
    (options.description ?? 'AMLP Studio').replace(/[^ -~]/g, '?').slice(0, 79),
  );
  file.set(text, 148);
  file.set(littleEndian(voxels), 352);
  return options.gzip === false ? file : new Uint8Array(gzipSync(file));
}

function putHeader(view: DataView, voxels: VoxelArray, g: VolumeGeometry): void {
  const [code, bits] = dataType(voxels);
  const { quaternion, qfac } = orientation(g);
  const matrix = affine(g);
  view.setInt32(0, 348, true);
  [3, ...g.size, 1, 1, 1, 1].forEach((n, at) => view.setInt16(40 + at * 2, n, true));
  view.setInt16(70, code, true);
  view.setInt16(72, bits, true);
  [qfac, ...g.spacing, 1, 1, 1, 1].forEach((x, at) => view.setFloat32(76 + at * 4, x, true));
  view.setFloat32(108, 352, true);
  view.setFloat32(112, 1, true);
  // Millimetres and seconds.
  view.setUint8(123, 2 | 8);
  // Both forms: scanner coordinates.
  view.setInt16(252, 1, true);
  view.setInt16(254, 1, true);
  [...quaternion, ...matrix.map((row) => row[3])].forEach((x, at) => view.setFloat32(256 + at * 4, x, true));
  matrix.flat().forEach((x, at) => view.setFloat32(280 + at * 4, x, true));
  [0x6e, 0x2b, 0x31, 0].forEach((byte, at) => view.setUint8(344 + at, byte));
}

/** Voxel index to RAS, mm: three rows of four. */
export function affine(g: VolumeGeometry): number[][] {
  const origin = toPatient(g, voxelIndex(0, 0, 0));
  return [-1, -1, 1].map((sign, x) => [
    ...g.axes.map((axis, n) => sign * axis[x] * g.spacing[n]),
    sign * origin[x],
  ]);
}

/**
 * The rotation of the axes (RAS) as the unit quaternion b, c, d with a ≥ 0, and qfac: −1 if the third axis must be turned
 * round to make them right-handed. After nifti_mat44_to_quatern of the NIfTI-1 reference code.
 */
function orientation(g: VolumeGeometry): { quaternion: [number, number, number]; qfac: 1 | -1 } {
  const r = [-1, -1, 1].map((sign, x) => g.axes.map((axis) => sign * axis[x]));
  const determinant =
    r[0][0] * (r[1][1] * r[2][2] - r[1][2] * r[2][1]) -
    r[0][1] * (r[1][0] * r[2][2] - r[1][2] * r[2][0]) +
    r[0][2] * (r[1][0] * r[2][1] - r[1][1] * r[2][0]);
  const qfac = determinant < 0 ? -1 : 1;
  for (const row of r) row[2] *= qfac;
  const [xx, yy, zz] = [r[0][0], r[1][1], r[2][2]];
  let [a, b, c, d] = [1 + xx + yy + zz, 1 + xx - yy - zz, 1 - xx + yy - zz, 1 - xx - yy + zz].map(
    (x) => Math.sqrt(Math.max(0, x)) / 2,
  );
  // The largest of the four is exact; the others follow from it, with their signs.
  const [ba, ca, da] = [r[2][1] - r[1][2], r[0][2] - r[2][0], r[1][0] - r[0][1]];
  const [bc, bd, cd] = [r[0][1] + r[1][0], r[0][2] + r[2][0], r[1][2] + r[2][1]];
  const largest = Math.max(a, b, c, d);
  const f = 1 / (4 * largest);
  if (largest === a) [b, c, d] = [ba * f, ca * f, da * f];
  else if (largest === b) [a, c, d] = [ba * f, bc * f, bd * f];
  else if (largest === c) [a, b, d] = [ca * f, bc * f, cd * f];
  else [a, b, c] = [da * f, bd * f, cd * f];
  return { quaternion: a < 0 ? [-b, -c, -d] : [b, c, d], qfac };
}

function littleEndian(voxels: VoxelArray): Uint8Array {
  const bytes = new Uint8Array(voxels.buffer, voxels.byteOffset, voxels.byteLength);
  if (voxels.BYTES_PER_ELEMENT === 1 || new Uint8Array(Uint16Array.of(1).buffer)[0] === 1) return bytes;
  const swapped = bytes.slice();
  for (let at = 0; at < swapped.length; at += voxels.BYTES_PER_ELEMENT)
    swapped.subarray(at, at + voxels.BYTES_PER_ELEMENT).reverse();
  return swapped;
}

/** Where files themselves say that their voxels lie, read by another parser than ours. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import dicomParser from 'dicom-parser';
import type { IndexedVolume } from '../../main/archive/worklist';
import { toPatient, voxelIndex, type VolumeGeometry } from '../../main/imaging/space/geometry';

const far = (a: readonly number[], b: readonly number[]): number =>
  Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);

const corner = (g: VolumeGeometry, i: number, j: number, k: number): readonly number[] =>
  toPatient(g, voxelIndex(i, j, k));

/** Why the grid cannot be right, or null. Checked whatever the format. */
export function nonsense({ size, spacing, origin, axes }: VolumeGeometry): string | null {
  if (!size.every((n) => Number.isInteger(n) && n > 0)) return `size ${size.join(' ')}`;
  if (!spacing.every((s) => Number.isFinite(s) && s > 0)) return `spacing ${spacing.join(' ')}`;
  if (!origin.every(Number.isFinite)) return `origin ${origin.join(' ')}`;
  for (const [a, axis] of axes.entries()) {
    if (Math.abs(Math.hypot(...axis) - 1) > 1e-3) return `axis ${a} is no unit vector`;
    for (const other of axes.slice(a + 1))
      if (Math.abs(axis[0] * other[0] + axis[1] * other[1] + axis[2] * other[2]) > 1e-2)
        return 'axes are not orthogonal';
  }
  return null;
}

/** A straight, even stack may have slices so far from their place, mm (main/imaging/SEMANTICS.md, "Regular"). */
const mayStray = ({ spacing: [x, y, z] }: VolumeGeometry): number =>
  Math.hypot(Math.max(0.02, Math.min(0.1, 0.05 * z)), Math.max(0.05, 0.1 * Math.min(x, y)));
/** Slices of one volume may be turned so far against each other, difference of direction cosines. */
const MAY_TURN = 1e-3;

/**
 * Distance, mm, by which a slice of a DICOM volume lies elsewhere than its file says, beyond what a regular stack may;
 * null where that cannot be told.
 */
function dicomError(root: string, volume: IndexedVolume): number | null {
  const { source, geometry } = volume;
  if (source.kind !== 'dicom' || !geometry) return null;
  let worst = 0;
  for (const [k, frame] of source.plan.frames.entries()) {
    let data;
    try {
      data = dicomParser.parseDicom(readFileSync(join(root, frame.path)), { untilTag: 'x7fe00010' });
    } catch {
      // The other parser reads less than ours: nothing to compare.
      return null;
    }
    const numbers = (tag: string, n: number): number[] | null => {
      const values = (data.string(tag) ?? '').split('\\').map(Number);
      return values.length === n && values.every(Number.isFinite) ? values : null;
    };
    const position = numbers('x00200032', 3);
    const orientation = numbers('x00200037', 6);
    const spacing = numbers('x00280030', 2);
    if (!position || !orientation || !spacing) return null;
    worst = Math.max(worst, far(corner(geometry, 0, 0, k), position) - mayStray(geometry));
    const columns = geometry.size[0] - 1;
    const end = position.map((p, axis) => p + orientation[axis] * spacing[1] * columns);
    worst = Math.max(
      worst,
      far(corner(geometry, columns, 0, k), end) -
        mayStray(geometry) -
        MAY_TURN * Math.hypot(1, 1, 1) * columns * spacing[1],
    );
  }
  return worst;
}

/** As {@link dicomError}, for a NIfTI-1 file of little endian that places itself by its sform. */
function niftiError(root: string, volume: IndexedVolume): number | null {
  const { source, geometry } = volume;
  if (source.kind !== 'file' || source.format !== 'nifti' || !source.path.endsWith('.nii') || !geometry)
    return null;
  const bytes = readFileSync(join(root, source.path));
  if (bytes.length < 348 || bytes.readInt32LE(0) !== 348 || bytes.readInt16LE(254) <= 0) return null;
  const row = (r: number): number[] => [0, 4, 8, 12].map((c) => bytes.readFloatLE(280 + 16 * r + c));
  const [x, y, z] = [row(0), row(1), row(2)];
  // Units other than millimetres scale the affine; ours knows them, this reader does not.
  if ((bytes[123] & 7) !== 2 && (bytes[123] & 7) !== 0) return null;
  const at = (i: number, j: number, k: number): number[] => {
    const along = (r: number[]): number => r[0] * i + r[1] * j + r[2] * k + r[3];
    return [-along(x), -along(y), along(z)];
  };
  const [nx, ny, nz] = geometry.size.map((n) => n - 1);
  return Math.max(
    ...[
      [0, 0, 0],
      [nx, 0, 0],
      [0, ny, 0],
      [0, 0, nz],
    ].map(([i, j, k]) => far(corner(geometry, i, j, k), at(i, j, k))),
  );
}

/** As {@link dicomError}, for the text headers of MetaImage and NRRD. */
function textHeaderError(root: string, volume: IndexedVolume): number | null {
  const { source, geometry } = volume;
  if (source.kind !== 'file' || !geometry) return null;
  const isMeta = source.path.endsWith('.mha');
  if (!isMeta && !source.path.endsWith('.nrrd')) return null;
  const text = readFileSync(join(root, source.path)).subarray(0, 4096).toString('latin1');
  const field = (name: string): string | null =>
    new RegExp(`^${name}\\s*[=:]=?\\s*(.*)$`, 'm').exec(text)?.[1].trim() ?? null;
  const numbers = (name: string, n: number): number[] | null => {
    const found = (field(name) ?? '')
      .split(/[\s(),]+/)
      .filter(Boolean)
      .map(Number);
    return found.length === n && found.every(Number.isFinite) ? found : null;
  };
  const origin = numbers(isMeta ? 'Offset' : 'space origin', 3);
  const spacing = isMeta ? numbers('ElementSpacing', 3) : [1, 1, 1];
  const directions = numbers(isMeta ? 'TransformMatrix' : 'space directions', 9);
  if (!origin || !spacing || !directions) return null;
  const space = isMeta ? 'lps' : (field('space') ?? '');
  const isLps = /^(lps|left-posterior-superior)$/i.test(space);
  if (!isLps && !/^(ras|right-anterior-superior)$/i.test(space)) return null;
  const sign = isLps ? [1, 1, 1] : [-1, -1, 1];
  const at = (...index: number[]): number[] =>
    origin.map(
      (o, axis) =>
        sign[axis] * index.reduce((sum, i, a) => sum + i * spacing[a] * directions[3 * a + axis], o),
    );
  const [nx, ny, nz] = geometry.size.map((n) => n - 1);
  return Math.max(
    ...[
      [0, 0, 0],
      [nx, 0, 0],
      [0, ny, 0],
      [0, 0, nz],
    ].map(([i, j, k]) => far(corner(geometry, i, j, k), at(i, j, k))),
  );
}

/** A twentieth of the smallest voxel edge: affines of text and float32 headers are straightened. */
const tolerance = (g: VolumeGeometry): number => Math.max(0.01, 0.05 * Math.min(...g.spacing));

/** What is wrong with where a usable volume was put, if anything is that no warning tells; and whether it was compared. */
export function misplaced(root: string, volume: IndexedVolume): { wrong: string | null; compared: boolean } {
  if (!volume.geometry || !volume.usable) return { wrong: null, compared: false };
  const bad = nonsense(volume.geometry);
  if (bad !== null) return { wrong: bad, compared: true };
  const error = dicomError(root, volume) ?? niftiError(root, volume) ?? textHeaderError(root, volume);
  if (error === null) return { wrong: null, compared: false };
  const isWrong = error > tolerance(volume.geometry) && volume.warnings.length === 0;
  return { wrong: isWrong ? `${error.toFixed(3)} mm from where its file says` : null, compared: true };
}

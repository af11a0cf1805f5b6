import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeNiftiVolume } from '../../../main/imaging/nifti/write';
import { patientPoint, patientVector, type VolumeGeometry } from '../../../main/imaging/space/geometry';
import { writeCtSeries } from '../../ct-series';

/** A CT of the size that the bars are about. */
export const geometry: VolumeGeometry = {
  size: [512, 512, 300],
  spacing: [0.8, 0.8, 1.5],
  origin: patientPoint(-204.4, -204.4, -220),
  axes: [patientVector(1, 0, 0), patientVector(0, 1, 0), patientVector(0, 0, 1)],
};

/** What the middle of slice k holds, HU: which scan it is, and, a little brighter from slice to slice, where in it. */
export const codeAt = (scan: number, k: number): number => -120 + 60 * scan + Math.round((k - 150) / 10);

/** Half the side of the square that holds the code, voxels. */
export const codeReach = 24;

/** An elliptic body of noisy soft tissue in air, with a square of one value in its middle. */
export function scanOf(scan: number): Int16Array {
  const [nx, ny, nz] = geometry.size;
  const noise = Int16Array.from({ length: 65_537 }, (_, n) => {
    const x = Math.sin(n * 12.9898 + scan) * 43_758.5453;
    return Math.round((x - Math.floor(x)) * 60 - 30);
  });
  const voxels = new Int16Array(nx * ny * nz).fill(-1000);
  for (let k = 0; k < nz; k++) {
    const [a, b] = [200 + 10 * Math.sin(k / 30), 150 + 10 * Math.cos(k / 40)];
    for (let j = 0; j < ny; j++) {
      const y = (j - ny / 2) / b;
      if (Math.abs(y) >= 1) continue;
      const reach = Math.floor(a * Math.sqrt(1 - y * y));
      const row = (k * ny + j) * nx;
      for (let i = nx / 2 - reach; i < nx / 2 + reach; i++)
        voxels[row + i] = 40 + noise[(row + i * 7) % 65_537];
      if (Math.abs(j - ny / 2) < codeReach)
        voxels.fill(codeAt(scan, k), row + nx / 2 - codeReach, row + nx / 2 + codeReach);
    }
  }
  return voxels;
}

/** One series, a file a slice, stored as scanners store CT: from 0 upwards, with an intercept. */
export function writeSeries(folder: string, code: string, voxels: Int16Array): void {
  const perSlice = geometry.size[0] * geometry.size[1];
  const stored = (k: number): Int16Array =>
    voxels.subarray(k * perSlice, (k + 1) * perSlice).map((hu) => hu + 1024);
  writeCtSeries(folder, code, geometry, 'CT 300 slices', stored, -1024);
}

/** The same as one NIfTI file. */
export function writeFile(folder: string, code: string, voxels: Int16Array, gzip: boolean): void {
  mkdirSync(join(folder, code), { recursive: true });
  writeFileSync(
    join(folder, code, `CT.nii${gzip ? '.gz' : ''}`),
    writeNiftiVolume(
      { geometry, voxels, unit: 'HU', modality: 'CT', frameOfReference: null, remarks: [] },
      { gzip },
    ),
  );
}

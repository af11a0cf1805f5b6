import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { uidFrom } from '../../../main/imaging/dicom/uid';
import { writeImageSlice, type ImageSeries } from '../../../main/imaging/dicom/write-image';
import { writeNiftiVolume } from '../../../main/imaging/nifti/write';
import { patientPoint, patientVector, type VolumeGeometry } from '../../../main/imaging/space/geometry';

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

/** One series, a file a slice, uncompressed as most scanners send it. */
export function writeSeries(folder: string, code: string, voxels: Int16Array): void {
  const [columns, rows, slices] = geometry.size;
  const uid = (part: string): string => uidFrom(`amlp-studio window benchmark ${code} ${part}`);
  const series: ImageSeries = {
    modality: 'CT',
    patient: { id: code, name: '' },
    study: { uid: uid('study'), id: '1', description: 'Benchmark', date: '20260105', time: '100000' },
    series: { uid: uid('series'), number: 1, description: 'CT 300 slices' },
    frameOfReference: uid('frame'),
    size: [columns, rows],
    pixelSpacing: [geometry.spacing[0], geometry.spacing[1]],
    sliceSpacing: geometry.spacing[2],
    rowDirection: geometry.axes[0],
    columnDirection: geometry.axes[1],
    numberOfSlices: slices,
  };
  mkdirSync(join(folder, code), { recursive: true });
  for (let k = 0; k < slices; k++)
    writeFileSync(
      join(folder, code, `${String(k).padStart(3, '0')}.dcm`),
      writeImageSlice(series, {
        sopInstanceUid: uid(`slice ${k}`),
        instanceNumber: k + 1,
        position: patientPoint(
          geometry.origin[0],
          geometry.origin[1],
          geometry.origin[2] + k * geometry.spacing[2],
        ),
        // As scanners store CT: from 0 upwards, with an intercept.
        stored: voxels.subarray(k * columns * rows, (k + 1) * columns * rows).map((hu) => hu + 1024),
        slope: 1,
        intercept: -1024,
      }),
    );
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

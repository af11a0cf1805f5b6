import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { uidFrom } from '../main/imaging/dicom/uid';
import { writeImageSlice, type ImageSeries } from '../main/imaging/dicom/write-image';
import { toPatient, voxelIndex, type VolumeGeometry } from '../main/imaging/space/geometry';

/**
 * Writes a CT as DICOM, a file a slice, uncompressed as most scanners send it.
 * @param stored what slice k stores. @param intercept what is added to it to give HU
 */
export function writeCtSeries(
  folder: string,
  code: string,
  geometry: VolumeGeometry,
  description: string,
  stored: (k: number) => Int16Array,
  intercept = 0,
): void {
  const [columns, rows, slices] = geometry.size;
  const uid = (part: string): string => uidFrom(`amlp-studio tests ${description} ${code} ${part}`);
  const series: ImageSeries = {
    modality: 'CT',
    patient: { id: code, name: '' },
    study: { uid: uid('study'), id: '1', description: 'Tests', date: '20260105', time: '100000' },
    series: { uid: uid('series'), number: 1, description },
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
        position: toPatient(geometry, voxelIndex(0, 0, k)),
        stored: stored(k),
        slope: 1,
        intercept,
      }),
    );
}

import type { LabelMap, Segment } from '../../main/imaging/mask/label-map';
import type { Writer } from '../../main/imaging/dicom/modules';
import { uidFrom } from '../../main/imaging/dicom/uid';
import type { SourceSeries } from '../../main/imaging/dicom/source-series';
import { toPatient, voxelIndex, type VolumeGeometry } from '../../main/imaging/space/geometry';
import { cross } from '../../main/imaging/space/vectors';

/** The writer of the tests: a version and a time that do not change. */
export const writer: Writer = { softwareVersion: '0.1.0', now: new Date(2026, 0, 31, 9, 5, 7) };

/** A CT series on any grid, one file a slice, as an exporter sees it. */
export const sourceOn = (g: VolumeGeometry): SourceSeries => ({
  patient: { id: 'P-17', name: 'Phantom^Seventeen', birthDate: '19500101', sex: 'O' },
  study: {
    uid: uidFrom('study'),
    id: '1',
    date: '20260102',
    time: '101112',
    description: 'Phantom study',
    accessionNumber: 'ACC-4711',
  },
  series: { uid: uidFrom('series'), number: 3, description: 'CT' },
  modality: 'CT',
  frameOfReference: uidFrom('frame of reference'),
  images: Array.from({ length: g.size[2] }, (_, k) => ({
    sopClassUid: '1.2.840.10008.5.1.4.1.1.2',
    sopInstanceUid: uidFrom(`slice ${k}`),
    frameNumber: null,
    position: toPatient(g, voxelIndex(0, 0, k)),
    normal: cross(g.axes[0], g.axes[1]),
  })),
});

export const segment = (name: string, mask: Uint8Array, more: Partial<Segment> = {}): Segment => ({
  id: name,
  name,
  color: [230, 159, 0],
  generation: 'SEMIAUTOMATIC',
  mask,
  ...more,
});

export const labelMap = (geometry: VolumeGeometry, ...segments: Segment[]): LabelMap => ({
  geometry,
  segments,
});

/** Writes single-frame images (CT, PET, MR) with their geometry: generated and converted series. */
import type { PatientPoint, PatientVector } from '../space/geometry';
import { encodeDicom, fitted, type DataSet } from './write';

const SOP_CLASS = {
  CT: '1.2.840.10008.5.1.4.1.1.2',
  MR: '1.2.840.10008.5.1.4.1.1.4',
  PT: '1.2.840.10008.5.1.4.1.1.128',
} as const;

/** What all slices of a series share. */
export interface ImageSeries {
  readonly modality: 'CT' | 'MR' | 'PT';
  readonly patient: {
    readonly id: string;
    readonly name: string;
    readonly sex?: 'M' | 'F' | 'O';
    readonly weightKg?: number;
  };
  readonly study: {
    readonly uid: string;
    readonly id: string;
    readonly description: string;
    /** YYYYMMDD and HHMMSS. */
    readonly date: string;
    readonly time: string;
  };
  readonly series: { readonly uid: string; readonly number: number; readonly description: string };
  readonly frameOfReference: string;
  /** Columns and rows. */
  readonly size: readonly [columns: number, rows: number];
  /** Distance of pixel centres along a row and down a column, mm. */
  readonly pixelSpacing: readonly [alongRow: number, downColumn: number];
  readonly sliceSpacing: number;
  /** Unit vectors along a row and down a column. */
  readonly rowDirection: PatientVector;
  readonly columnDirection: PatientVector;
  readonly numberOfSlices: number;
  readonly window?: { readonly center: number; readonly width: number };
  /** Attributes that the modality wants besides, e.g. the radiopharmaceutical of a PET series; they win. */
  readonly attributes?: DataSet;
}

/** One slice of a series. */
export interface ImageSlice {
  readonly sopInstanceUid: string;
  /** From 1. */
  readonly instanceNumber: number;
  /** Centre of the first pixel. */
  readonly position: PatientPoint;
  /** Stored values, row by row; value = stored × slope + intercept. */
  readonly stored: Int16Array | Uint16Array;
  readonly slope: number;
  readonly intercept: number;
}

/** What each modality's IOD demands beyond the common part, with values that claim nothing. */
function modalityAttributes(series: ImageSeries): DataSet {
  switch (series.modality) {
    case 'CT':
      return { KVP: '', AcquisitionNumber: '', RescaleType: 'HU' };
    case 'MR':
      return {
        ScanningSequence: 'RM',
        SequenceVariant: 'NONE',
        ScanOptions: '',
        MRAcquisitionType: '2D',
        RepetitionTime: '',
        EchoTime: '',
        EchoTrainLength: '',
      };
    case 'PT':
      return {
        SeriesDate: series.study.date,
        SeriesTime: series.study.time,
        AcquisitionDate: series.study.date,
        AcquisitionTime: series.study.time,
        Units: 'BQML',
        CountsSource: 'EMISSION',
        SeriesType: ['WHOLE BODY', 'IMAGE'],
        NumberOfSlices: series.numberOfSlices,
        CorrectedImage: ['DECY', 'ATTN'],
        DecayCorrection: 'START',
        CollimatorType: 'NONE',
        DecayFactor: 1,
        FrameReferenceTime: 0,
        ActualFrameDuration: 60000,
        RadiopharmaceuticalInformationSequence: [],
        PatientOrientationCodeSequence: [],
        PatientGantryRelationshipCodeSequence: [],
      };
  }
}

/**
 * One slice as a DICOM file: CT, MR or PET Image Storage (PS3.3 A.3, A.4, A.21), 16 bit, uncompressed.
 * @throws RangeError if the number of pixels is not columns × rows, or a value does not fit its representation.
 */
export function writeImageSlice(series: ImageSeries, slice: ImageSlice): Uint8Array<ArrayBuffer> {
  const [columns, rows] = series.size;
  if (slice.stored.length !== columns * rows)
    throw new RangeError(
      `Slice ${slice.instanceNumber} has ${slice.stored.length} pixels, not ${columns} × ${rows}.`,
    );
  const normal = cross(series.rowDirection, series.columnDirection);
  const location = normal.reduce((sum, n, axis) => sum + n * slice.position[axis], 0);
  return encodeDicom({
    SOPClassUID: SOP_CLASS[series.modality],
    SOPInstanceUID: slice.sopInstanceUid,
    ImageType: ['ORIGINAL', 'PRIMARY', 'AXIAL'].slice(0, series.modality === 'PT' ? 2 : 3),
    Modality: series.modality,
    StudyDate: series.study.date,
    StudyTime: series.study.time,
    ContentDate: series.study.date,
    ContentTime: series.study.time,
    AccessionNumber: '',
    Manufacturer: 'AMLP Studio',
    ReferringPhysicianName: '',
    StudyDescription: fitted(series.study.description, 'LO'),
    SeriesDescription: fitted(series.series.description, 'LO'),
    PatientName: series.patient.name,
    PatientID: fitted(series.patient.id, 'LO'),
    PatientBirthDate: '',
    PatientSex: series.patient.sex ?? '',
    PatientWeight: series.patient.weightKg,
    SliceThickness: series.sliceSpacing,
    // PET states the position by its two code sequences instead (PS3.3 C.7.3.1.1.2).
    PatientPosition: series.modality === 'PT' ? undefined : 'HFS',
    StudyInstanceUID: series.study.uid,
    SeriesInstanceUID: series.series.uid,
    StudyID: fitted(series.study.id, 'SH'),
    SeriesNumber: series.series.number,
    InstanceNumber: slice.instanceNumber,
    ImagePositionPatient: [...slice.position],
    ImageOrientationPatient: [...series.rowDirection, ...series.columnDirection],
    FrameOfReferenceUID: series.frameOfReference,
    Laterality: '',
    PositionReferenceIndicator: '',
    SliceLocation: location,
    SamplesPerPixel: 1,
    PhotometricInterpretation: 'MONOCHROME2',
    Rows: rows,
    Columns: columns,
    PixelSpacing: [series.pixelSpacing[1], series.pixelSpacing[0]],
    BitsAllocated: 16,
    BitsStored: 16,
    HighBit: 15,
    PixelRepresentation: slice.stored instanceof Int16Array ? 1 : 0,
    WindowCenter: series.window?.center,
    WindowWidth: series.window?.width,
    // The MR IOD has no modality transformation; its values are stored as they are.
    RescaleIntercept: series.modality === 'MR' ? undefined : slice.intercept,
    RescaleSlope: series.modality === 'MR' ? undefined : slice.slope,
    ImageIndex: series.modality === 'PT' ? slice.instanceNumber : undefined,
    ...modalityAttributes(series),
    ...series.attributes,
    PixelData: littleEndian(slice.stored),
  });
}

const cross = (a: PatientVector, b: PatientVector): readonly number[] => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
];

function littleEndian(stored: Int16Array | Uint16Array): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(stored.length * 2));
  for (let v = 0; v < stored.length; v++) bytes.setUint16(v * 2, stored[v] & 0xffff, true);
  return new Uint8Array(bytes.buffer);
}

import { toPatient, voxelIndex } from '../../imaging/space/geometry';
import type { DataSet } from '../../imaging/dicom/write';
import { uidFrom } from '../../imaging/dicom/uid';
import { writeImageSlice, type ImageSeries } from '../../imaging/dicom/write-image';
import type { PhantomModality } from './phantom-render';
import type { PhantomPatient, PhantomScan } from './phantom-patient';

/** Seconds from the injection to the PET scan, and the half-life of fluorine-18. */
const WAIT = 3600;
const HALF_LIFE = 6586.2;
const STUDY_DATE = '20260105';

const description: Readonly<Record<PhantomModality, string>> = {
  CT: 'CT venous phase (phantom)',
  PT: 'PET FDG, attenuation corrected (phantom)',
  MR: 'MR T2 fat-suppressed (phantom)',
};
const seriesNumber: Readonly<Record<PhantomModality, number>> = { CT: 2, PT: 3, MR: 4 };
const window: Readonly<Record<PhantomModality, { center: number; width: number } | undefined>> = {
  CT: { center: 40, width: 400 },
  PT: undefined,
  MR: { center: 450, width: 900 },
};

/** One scan as DICOM files, a file a slice, in slice order. @param seed names the archive: its UIDs follow from it. */
export function phantomSeries(
  seed: number,
  patient: PhantomPatient,
  scan: PhantomScan,
): Uint8Array<ArrayBuffer>[] {
  const uid = (part: string): string => uidFrom(`amlp-studio demonstration ${seed} ${patient.code} ${part}`);
  const { geometry, modality, values } = scan;
  const [columns, rows, slices] = geometry.size;
  const doseBq = Math.round(patient.weightKg * 4e6);
  const series: ImageSeries = {
    modality,
    patient: {
      id: patient.code,
      name: `Phantom^${patient.code}`,
      sex: patient.sex,
      weightKg: patient.weightKg,
    },
    study: {
      uid: uid('study'),
      id: 'DEMO',
      description: 'Generated scans, no patient',
      date: STUDY_DATE,
      time: '100000',
    },
    series: {
      uid: uid(`series ${modality}`),
      number: seriesNumber[modality],
      description: description[modality],
    },
    frameOfReference: uid('frame of reference'),
    size: [columns, rows],
    pixelSpacing: [geometry.spacing[0], geometry.spacing[1]],
    sliceSpacing: geometry.spacing[2],
    rowDirection: geometry.axes[0],
    columnDirection: geometry.axes[1],
    numberOfSlices: slices,
    window: window[modality],
    attributes: extra[modality](doseBq),
  };
  // Bq/ml of an SUV of 1, at the time of the scan, to which the voxels are corrected (PS3.3 C.8.9.1.1.3).
  const activity = (doseBq * 2 ** (-WAIT / HALF_LIFE)) / (patient.weightKg * 1000);
  return Array.from({ length: slices }, (_, k) => {
    const plane = values.subarray(k * columns * rows, (k + 1) * columns * rows);
    return writeImageSlice(series, {
      sopInstanceUid: uid(`${modality} ${k}`),
      instanceNumber: k + 1,
      position: toPatient(geometry, voxelIndex(0, 0, k)),
      ...encode[modality](plane, activity),
    });
  });
}

interface Stored {
  readonly stored: Int16Array | Uint16Array;
  readonly slope: number;
  readonly intercept: number;
}

const encode: Readonly<Record<PhantomModality, (plane: Float32Array, activity: number) => Stored>> = {
  CT: (plane) => ({ stored: Int16Array.from(plane, (hu) => Math.round(hu)), slope: 1, intercept: 0 }),
  /** As scanners do, each slice uses the whole range of its integers: the slope differs from slice to slice. */
  PT: (plane, activity) => {
    const greatest = plane.reduce((most, value) => Math.max(most, value), 1e-3) * activity;
    const slope = Number((greatest / 32000).toPrecision(8));
    return {
      stored: Int16Array.from(plane, (suv) => Math.round((suv * activity) / slope)),
      slope,
      intercept: 0,
    };
  },
  MR: (plane) => ({
    stored: Uint16Array.from(plane, (signal) => Math.round(signal)),
    slope: 1,
    intercept: 0,
  }),
};

const extra: Readonly<Record<PhantomModality, (doseBq: number) => DataSet>> = {
  CT: () => ({}),
  PT: petAttributes,
  MR: () => ({ ImageType: ['ORIGINAL', 'PRIMARY', 'OTHER'] }),
};

function petAttributes(doseBq: number): DataSet {
  return {
    SeriesDate: STUDY_DATE,
    SeriesTime: '110000',
    AcquisitionDate: STUDY_DATE,
    AcquisitionTime: '110000',
    RadiopharmaceuticalInformationSequence: [
      {
        Radiopharmaceutical: 'Fluorodeoxyglucose',
        RadiopharmaceuticalStartTime: '100000',
        RadiopharmaceuticalStartDateTime: `${STUDY_DATE}100000`,
        RadionuclideTotalDose: doseBq,
        RadionuclideHalfLife: HALF_LIFE,
        RadionuclidePositronFraction: 0.967,
        RadionuclideCodeSequence: [
          { CodeValue: '77004003', CodingSchemeDesignator: 'SCT', CodeMeaning: '^18^Fluorine' },
        ],
        RadiopharmaceuticalCodeSequence: [
          { CodeValue: '35321007', CodingSchemeDesignator: 'SCT', CodeMeaning: 'Fluorodeoxyglucose F^18^' },
        ],
      },
    ],
  };
}

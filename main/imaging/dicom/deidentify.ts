/**
 * De-identification of what we export (PS3.15 annex E, Basic Application Confidentiality Profile). Our files hold nothing
 * of the scan but what `SourceSeries` carries, so that is where identity is taken out: nothing can slip past a list.
 */
import type { LabelMap } from '../mask/label-map';
import type { SourceSeries } from './source-series';
import { uidFrom } from './uid';

export interface Deidentification {
  /** Stands for the patient's ID and name. */
  readonly patientCode: string;
  /**
   * Known to the site alone: UIDs follow from it and the old ones, so that all exports of one secret still refer to each
   * other, and nobody without it finds the way back.
   */
  readonly secret: string;
}

/** The time that de-identified files bear: dates that the standard wants filled say nothing. */
export const NO_TIME = new Date(2000, 0, 1, 0, 0, 0);

/** @throws RangeError if the secret is empty: UIDs could then be traced back by trying. */
export function deidentifiedSource(
  source: SourceSeries,
  { patientCode, secret }: Deidentification,
): SourceSeries {
  if (secret === '') throw new RangeError('De-identification needs a secret.');
  const replaced = (uid: string): string => uidFrom(`${secret}\n${uid}`);
  return {
    patient: { id: patientCode, name: patientCode, birthDate: '', sex: '' },
    study: {
      uid: replaced(source.study.uid),
      id: '',
      date: '',
      time: '',
      description: '',
      accessionNumber: '',
    },
    series: { uid: replaced(source.series.uid), number: source.series.number, description: '' },
    modality: source.modality,
    frameOfReference: replaced(source.frameOfReference),
    images: source.images.map((image) => ({ ...image, sopInstanceUid: replaced(image.sopInstanceUid) })),
    deidentified: true,
  };
}

/** Free text that people wrote about segments goes; names, colours, codes and masks stay. */
export const deidentifiedMap = (map: LabelMap): LabelMap => ({
  ...map,
  segments: map.segments.map((segment) => ({ ...segment, description: undefined })),
});

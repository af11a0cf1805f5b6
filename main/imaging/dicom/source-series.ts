import type { PatientPoint, PatientVector } from '../space/geometry';
import { patientPoint, patientVector } from '../space/geometry';
import { between, cross, dot } from '../space/vectors';
import { ImagingError } from '../error';
import type { VolumePlan } from '../grouping/plan';
import type { DicomHeader, LossyCompression } from './header';

/** One slice of the series that masks were drawn on. */
export interface SourceImage {
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
  /** Frame within a multi-frame image, from 1; null for an image of one frame. */
  readonly frameNumber: number | null;
  /** Centre of the first pixel; null where the image does not say. */
  readonly position: PatientPoint | null;
  readonly normal: PatientVector | null;
}

/** What an exported mask says of the scan that it was drawn on. Plain data. */
export interface SourceSeries {
  readonly patient: DicomHeader['patient'];
  readonly study: DicomHeader['study'];
  readonly series: { readonly uid: string; readonly number: number | null; readonly description: string };
  readonly modality: string;
  readonly frameOfReference: string;
  /** How it was compressed with loss, where it was: a mask of it says so too. */
  readonly lossy?: LossyCompression;
  /** Slices in the order given. */
  readonly images: readonly SourceImage[];
  /** Whether everything that identifies the patient has been taken out; files then say so. */
  readonly deidentified?: boolean;
}

/**
 * The source series of a volume.
 * @param headers those of the files that the volume was made of, no others: a series may hold several volumes.
 * @throws ImagingError if the files are of several series, or none names a frame of reference.
 */
export function sourceSeriesOf(headers: readonly DicomHeader[]): SourceSeries {
  const first = headers.at(0);
  if (first === undefined)
    throw new ImagingError('not-an-image', 'Masks can leave as DICOM only with the files of their scan.');
  if (headers.some((h) => h.series.uid !== first.series.uid))
    throw new ImagingError('malformed', 'The files of the scan belong to several series.');
  return {
    patient: first.patient,
    study: first.study,
    series: first.series,
    modality: first.modality,
    frameOfReference: named(first.frameOfReference),
    ...lossyIn(headers.map(({ image }) => image?.lossy)),
    images: headers.flatMap(imagesOf),
  };
}

/**
 * The source series of a planned volume, with exactly the frames that it is made of; no file is read.
 * @throws ImagingError if the scan names no frame of reference.
 */
export function sourceSeriesOfPlan(plan: VolumePlan): SourceSeries {
  const [row, column] = plan.irregular
    ? [plan.irregular.row, plan.irregular.column]
    : (plan.geometry?.axes ?? []);
  const normal = row === undefined || column === undefined ? null : cross(row, column);
  const perFile = new Map<string, number>();
  for (const { sopInstanceUid } of plan.frames)
    perFile.set(sopInstanceUid, (perFile.get(sopInstanceUid) ?? 0) + 1);
  return {
    patient: { id: plan.patientId, name: plan.patientName, birthDate: plan.birthDate, sex: plan.sex },
    study: {
      uid: plan.studyUid,
      id: plan.studyId,
      date: plan.studyDate,
      time: plan.studyTime,
      description: plan.studyDescription,
      accessionNumber: plan.accessionNumber,
    },
    series: { uid: plan.seriesUid, number: plan.seriesNumber, description: plan.description },
    modality: plan.modality,
    frameOfReference: named(plan.frameOfReference),
    ...lossyIn([plan.lossy]),
    images: plan.frames.map(({ sopClassUid, sopInstanceUid, frame, tile, position }) => ({
      sopClassUid,
      sopInstanceUid,
      // The tiles of a mosaic are one frame to everybody else.
      frameNumber: tile === undefined && (perFile.get(sopInstanceUid) ?? 0) > 1 ? frame + 1 : null,
      position,
      normal,
    })),
  };
}

const lossyIn = (images: readonly (LossyCompression | null | undefined)[]): Pick<SourceSeries, 'lossy'> => {
  const lossy = images.find((one) => one);
  return lossy ? { lossy } : {};
};

function named(frameOfReference: string | null): string {
  if (frameOfReference !== null) return frameOfReference;
  throw new ImagingError(
    'no-geometry',
    'The scan names no frame of reference, so no other system could place a mask of it; export NIfTI instead.',
  );
}

const isUid = (text: string): boolean => text.length <= 64 && /^\d+(\.\d+)*$/.test(text);

/** @throws ImagingError where the scan lacks a UID by which a derived object has to name it. */
export function assertReferable({ study, series, frameOfReference, images }: SourceSeries): void {
  const uids: readonly (readonly [string, string])[] = [
    ['Study Instance UID', study.uid],
    ['Series Instance UID', series.uid],
    ['Frame of Reference UID', frameOfReference],
    ...images.map(({ sopInstanceUid }) => ['SOP Instance UID', sopInstanceUid] as const),
  ];
  const wrong = uids.find(([, uid]) => !isUid(uid));
  if (wrong !== undefined)
    throw new ImagingError(
      'malformed',
      `The files of the scan have no valid ${wrong[0]}, so no other system could tell to which images the masks belong; export NIfTI instead.`,
    );
}

function imagesOf(header: DicomHeader): SourceImage[] {
  const image = header.image;
  if (image === null) return [];
  return image.frames.map((frame) => ({
    sopClassUid: header.sopClassUid,
    sopInstanceUid: header.sopInstanceUid,
    frameNumber: image.storedFrames > 1 ? frame.stored + 1 : null,
    position: frame.position === null ? null : patientPoint(...frame.position),
    normal:
      frame.orientation === null
        ? null
        : cross(patientVector(...frame.orientation[0]), patientVector(...frame.orientation[1])),
  }));
}

/**
 * The image whose plane lies nearest to a point, if it is parallel to the plane given and nearer than `toleranceMm`.
 */
export function imageOfPlane(
  source: SourceSeries,
  point: PatientPoint,
  normal: PatientVector,
  toleranceMm: number,
): SourceImage | null {
  let best: SourceImage | null = null;
  let nearest = toleranceMm;
  for (const image of source.images) {
    if (image.position === null || image.normal === null) continue;
    if (Math.abs(dot(image.normal, normal)) < 0.999) continue;
    const distance = Math.abs(dot(between(image.position, point), normal));
    if (distance < nearest) [best, nearest] = [image, distance];
  }
  return best;
}

/** RT Structure Set (PS3.3 A.19): the contours of a label map, with every reference that they need. */
import { codeItem, isWhole } from '../dicom/code-item';
import { commonModules, dicomDate, dicomTime, seriesNumber, type Writer } from '../dicom/modules';
import { imageOfPlane, type SourceImage, type SourceSeries } from '../dicom/source-series';
import { newUid } from '../dicom/uid';
import { encodeDicom, fitted, fittedName, type DataSet } from '../dicom/write';
import { contoursOfMask, type ContouringOptions } from '../mask/contours-of-mask';
import type { ContourType, SliceContour } from '../mask/contour';
import { assertFits, type LabelMap, type Segment } from '../mask/label-map';
import { toPatient, voxelIndex, type VolumeGeometry } from '../space/geometry';
import { interpretedType } from './interpreted-type';

export interface RtStructOptions extends ContouringOptions {
  readonly writer: Writer;
  /**
   * Default true: PS3.3 C.8.8.6.3 knows two ways to write a hole, and every system reads this one. False writes inner
   * contours and marks the structure's contours as CLOSEDPLANAR_XOR.
   */
  readonly keyholes?: boolean;
  /** Structure Set Label, at most 16 characters. */
  readonly label?: string;
  readonly seriesDescription?: string;
  readonly seriesNumber?: number;
  /** Who approved the contours, if someone did. */
  readonly approvedBy?: { readonly name: string; readonly at: Date };
}

export interface WrittenDicom {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly warnings: readonly string[];
}

const RT_STRUCTURE_SET = '1.2.840.10008.5.1.4.1.1.481.3';
/** Retired, but what all planning systems write as the class of a study (PS3.3 C.8.8.5). */
const DETACHED_STUDY = '1.2.840.10008.3.1.2.3.1';

/**
 * Writes the segments of a label map as ROIs, one each, empty ones included. Coordinates are rounded to 10⁻⁶ mm, so that
 * the masks come back voxel for voxel.
 * @throws RangeError if a mask does not fit its grid.
 */
export function writeRtStruct(map: LabelMap, source: SourceSeries, options: RtStructOptions): WrittenDicom {
  assertFits(map);
  const warnings: string[] = [];
  const images = map.geometry.size[2] === 0 ? [] : imagesOfSlices(map.geometry, source);
  const missing = new Set<number>();
  const contourSequences = map.segments.map((segment) => {
    const contours = contoursOfMask(segment.mask, map.geometry, { keyholes: true, ...options });
    const type = contours.some((contour) => contour.hole) ? 'CLOSEDPLANAR_XOR' : 'CLOSED_PLANAR';
    return contours.map((contour, n) => {
      const image = images[contour.slice];
      if (image === null) missing.add(contour.slice);
      return contourItem(contour, type, n + 1, image);
    });
  });
  if (missing.size > 0)
    warnings.push(
      `Slices with contours that match no image of the scan: ${missing.size}. Their contours are written without a reference.`,
    );
  const { now } = options.writer;
  const bytes = encodeDicom(
    {
      ...commonModules(source, options.writer),
      SOPClassUID: RT_STRUCTURE_SET,
      SOPInstanceUID: newUid(),
      Modality: 'RTSTRUCT',
      OperatorsName: '',
      SeriesDescription: fitted(options.seriesDescription ?? 'AMLP Studio contours', 'LO'),
      SeriesInstanceUID: newUid(),
      SeriesNumber: options.seriesNumber ?? seriesNumber(source, 9000),
      InstanceNumber: 1,
      StructureSetLabel: fitted(options.label ?? 'AMLP Studio', 'SH'),
      StructureSetDate: dicomDate(now),
      StructureSetTime: dicomTime(now),
      ReferencedFrameOfReferenceSequence: [frameOfReferenceItem(source)],
      StructureSetROISequence: map.segments.map((segment, n) => roiItem(segment, n + 1, source)),
      ROIContourSequence: map.segments.map((segment, n) => ({
        ROIDisplayColor: segment.color,
        ReferencedROINumber: n + 1,
        ContourSequence: contourSequences[n].length === 0 ? undefined : contourSequences[n],
      })),
      RTROIObservationsSequence: map.segments.map((segment, n) => observationItem(segment, n + 1)),
      ...approval(options),
    },
    'implicit',
  );
  return { bytes, warnings };
}

/** For each slice of the grid the image that shows that very slice, or null. */
function imagesOfSlices(g: VolumeGeometry, source: SourceSeries): (SourceImage | null)[] {
  return Array.from({ length: g.size[2] }, (_, k) =>
    imageOfPlane(source, toPatient(g, voxelIndex(0, 0, k)), g.axes[2], g.spacing[2] / 2),
  );
}

const imageItem = (image: SourceImage): DataSet => ({
  ReferencedSOPClassUID: image.sopClassUid,
  ReferencedSOPInstanceUID: image.sopInstanceUid,
  ReferencedFrameNumber: image.frameNumber ?? undefined,
});

function frameOfReferenceItem(source: SourceSeries): DataSet {
  const instances = new Map<string, SourceImage>();
  for (const image of source.images) instances.set(image.sopInstanceUid, { ...image, frameNumber: null });
  return {
    FrameOfReferenceUID: source.frameOfReference,
    RTReferencedStudySequence: [
      {
        ReferencedSOPClassUID: DETACHED_STUDY,
        ReferencedSOPInstanceUID: source.study.uid,
        RTReferencedSeriesSequence: [
          {
            SeriesInstanceUID: source.series.uid,
            ContourImageSequence: [...instances.values()].map(imageItem),
          },
        ],
      },
    ],
  };
}

function contourItem(
  contour: SliceContour,
  type: ContourType,
  number: number,
  image: SourceImage | null,
): DataSet {
  return {
    ContourNumber: number,
    ContourImageSequence: image === null ? undefined : [imageItem(image)],
    ContourGeometricType: type,
    NumberOfContourPoints: contour.points.length / 3,
    ContourData: Array.from(contour.points, (x) => Math.round(x * 1e6) / 1e6),
  };
}

function roiItem(segment: Segment, number: number, source: SourceSeries): DataSet {
  return {
    ROINumber: number,
    ReferencedFrameOfReferenceUID: source.frameOfReference,
    ROIName: fitted(segment.name, 'LO'),
    ROIDescription: segment.description === undefined ? undefined : fitted(segment.description, 'ST'),
    ROIGenerationAlgorithm: segment.generation,
    ROIGenerationDescription: segment.generation === 'MANUAL' ? undefined : 'AMLP Studio',
  };
}

function observationItem(segment: Segment, number: number): DataSet {
  return {
    ObservationNumber: number,
    ReferencedROINumber: number,
    ROIObservationLabel: fitted(segment.name, 'SH'),
    RTROIInterpretedType: interpretedType(segment.name),
    ROIInterpreter: '',
    RTROIIdentificationCodeSequence:
      segment.code === undefined || !isWhole(segment.code) ? undefined : [codeItem(segment.code)],
  };
}

function approval({ approvedBy }: RtStructOptions): DataSet {
  if (approvedBy === undefined) return { ApprovalStatus: 'UNAPPROVED' };
  return {
    ApprovalStatus: 'APPROVED',
    ReviewDate: dicomDate(approvedBy.at),
    ReviewTime: dicomTime(approvedBy.at),
    ReviewerName: fittedName(approvedBy.name),
  };
}

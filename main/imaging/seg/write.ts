/** DICOM Segmentation (PS3.3 A.51) and Label Map Segmentation: masks on the pixels of their scan, coded. */
import { ImagingError } from '../error';
import { codeItem } from '../dicom/code-item';
import { commonModules, dicomDate, dicomTime, seriesNumber, type Writer } from '../dicom/modules';
import { imageOfPlane, type SourceImage, type SourceSeries } from '../dicom/source-series';
import { newUid } from '../dicom/uid';
import { encodeDicom, fitted, fittedName, type DataSet } from '../dicom/write';
import { assertFits, type LabelMap, type Segment } from '../mask/label-map';
import { toPatient, voxelIndex, type VolumeGeometry } from '../space/geometry';
import { cielabOf } from './cielab';
import { segmentCodes } from './coding';
import { binaryFrames, labelMapFrames, packedBits, segmentsOverlap, type SegFrame } from './frames';

export interface SegOptions {
  readonly writer: Writer;
  /** Default `binary`, which every reader knows and where segments may overlap. */
  readonly kind?: 'binary' | 'labelmap';
  readonly seriesDescription?: string;
  readonly seriesNumber?: number;
  /** Who made it; a name, or empty. */
  readonly contentCreator?: string;
}

export interface WrittenSeg {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly warnings: readonly string[];
}

const SOP_CLASS = {
  binary: '1.2.840.10008.5.1.4.1.1.66.4',
  labelmap: '1.2.840.10008.5.1.4.1.1.66.7',
} as const;

/**
 * Writes the segments of a label map as one SEG file. Slices without a voxel are left out, as the standard allows.
 * @throws ImagingError if there is no segment, or if `labelmap` is asked for and segments overlap or are more than 255;
 *   RangeError if a mask does not fit its grid.
 */
export function writeSeg(map: LabelMap, source: SourceSeries, options: SegOptions): WrittenSeg {
  assertFits(map);
  if (map.segments.length === 0) throw new ImagingError('unsupported', 'There is no segment to write.');
  const kind = options.kind ?? 'binary';
  const frames = kind === 'binary' ? binaryFrames(map) : labelMapFrames(map);
  if (frames === null)
    throw new ImagingError(
      'unsupported',
      'Segments overlap, which a label map cannot hold; write a binary SEG instead.',
    );
  if (kind === 'labelmap' && map.segments.length > 255)
    throw new ImagingError(
      'unsupported',
      'More than 255 segments do not fit a label map; write a binary SEG instead.',
    );
  const places = [...new Set(frames.map((frame) => frame.slice))].sort((a, b) => a - b);
  const placeOf = new Map(places.map((slice, n) => [slice, n + 1]));
  const images = frames.map((frame) => imageOf(map.geometry, frame.slice, source));
  const missing = new Set(frames.filter((_, n) => images[n] === null).map((frame) => frame.slice)).size;
  const warnings =
    missing === 0
      ? []
      : [`Slices that match no image of the scan: ${missing}. They are written without a reference to one.`];
  const dataSet: DataSet = {
    ...commonModules(source, options.writer),
    ...general(source, kind, options),
    ...lossyCompression(source),
    ...pixelDescription(map.geometry, kind, frames.length),
    ...dimensions(kind),
    SegmentsOverlap: kind === 'labelmap' || !segmentsOverlap(map) ? 'NO' : 'YES',
    SegmentSequence: [
      ...(kind === 'labelmap' ? [backgroundItem()] : []),
      ...map.segments.map((segment, n) => segmentItem(segment, n + 1)),
    ],
    ReferencedSeriesSequence: referencedSeries(source),
    SharedFunctionalGroupsSequence: [sharedGroups(map.geometry)],
    PerFrameFunctionalGroupsSequence: frames.map((frame, n) =>
      perFrame(frame, images[n], map.geometry, placeOf.get(frame.slice) ?? 1),
    ),
    PixelData: kind === 'binary' ? packedBits(frames) : joined(frames),
  };
  return { bytes: encodeDicom(dataSet), warnings };
}

function imageOf(g: VolumeGeometry, slice: number, source: SourceSeries): SourceImage | null {
  return imageOfPlane(source, toPatient(g, voxelIndex(0, 0, slice)), g.axes[2], g.spacing[2] / 2);
}

function general(source: SourceSeries, kind: 'binary' | 'labelmap', options: SegOptions): DataSet {
  const { now } = options.writer;
  return {
    SOPClassUID: SOP_CLASS[kind],
    SOPInstanceUID: newUid(),
    Modality: 'SEG',
    SeriesInstanceUID: newUid(),
    SeriesNumber: options.seriesNumber ?? seriesNumber(source, 9100),
    SeriesDescription: fitted(options.seriesDescription ?? 'AMLP Studio segmentation', 'LO'),
    InstanceNumber: 1,
    ContentDate: dicomDate(now),
    ContentTime: dicomTime(now),
    ContentLabel: 'SEGMENTATION',
    ContentDescription: 'AMLP Studio segmentation',
    ContentCreatorName: fittedName(options.contentCreator ?? ''),
    ImageType: ['DERIVED', 'PRIMARY'],
    SegmentationType: kind === 'binary' ? 'BINARY' : 'LABELMAP',
    BurnedInAnnotation: 'NO',
  };
}

/** What the scan has lost stays lost in what is made of it (PS3.3 C.8.20.2, C.7.6.1.1.5), though the mask loses nothing. */
function lossyCompression({ lossy }: SourceSeries): DataSet {
  return {
    LossyImageCompression: lossy ? '01' : '00',
    LossyImageCompressionRatio: lossy && lossy.ratios.length > 0 ? lossy.ratios : undefined,
    LossyImageCompressionMethod: lossy && lossy.methods.length > 0 ? lossy.methods : undefined,
  };
}

function pixelDescription(g: VolumeGeometry, kind: 'binary' | 'labelmap', frames: number): DataSet {
  const bits = kind === 'binary' ? 1 : 8;
  return {
    SamplesPerPixel: 1,
    PhotometricInterpretation: 'MONOCHROME2',
    NumberOfFrames: frames,
    Rows: g.size[1],
    Columns: g.size[0],
    BitsAllocated: bits,
    BitsStored: bits,
    HighBit: bits - 1,
    PixelRepresentation: 0,
    PixelPaddingValue: kind === 'labelmap' ? 0 : undefined,
  };
}

/** Frames are indexed by segment, then place; in a label map by place alone. */
function dimensions(kind: 'binary' | 'labelmap'): DataSet {
  const organization = newUid();
  const bySegment: DataSet = {
    DimensionOrganizationUID: organization,
    DimensionIndexPointer: 'ReferencedSegmentNumber',
    FunctionalGroupPointer: 'SegmentIdentificationSequence',
    DimensionDescriptionLabel: 'Segment',
  };
  const byPlace: DataSet = {
    DimensionOrganizationUID: organization,
    DimensionIndexPointer: 'ImagePositionPatient',
    FunctionalGroupPointer: 'PlanePositionSequence',
    DimensionDescriptionLabel: 'Slice',
  };
  return {
    DimensionOrganizationSequence: [{ DimensionOrganizationUID: organization }],
    DimensionIndexSequence: kind === 'binary' ? [bySegment, byPlace] : [byPlace],
  };
}

function segmentItem(segment: Segment, number: number): DataSet {
  const { category, type } = segmentCodes(segment.name, segment.code);
  return {
    SegmentNumber: number,
    SegmentLabel: fitted(segment.name, 'LO') || `Segment ${number}`,
    SegmentDescription: segment.description === undefined ? undefined : fitted(segment.description, 'ST'),
    SegmentAlgorithmType: segment.generation,
    SegmentAlgorithmName: segment.generation === 'MANUAL' ? undefined : 'AMLP Studio',
    SegmentedPropertyCategoryCodeSequence: [codeItem(category)],
    SegmentedPropertyTypeCodeSequence: [codeItem(type)],
    RecommendedDisplayCIELabValue: cielabOf(segment.color),
  };
}

/** Number 0 of a label map (PS3.3 C.8.20.2). */
const backgroundItem = (): DataSet => ({
  SegmentNumber: 0,
  SegmentLabel: 'Background',
  SegmentAlgorithmType: 'MANUAL',
  SegmentedPropertyCategoryCodeSequence: [
    codeItem({ value: '309825002', scheme: 'SCT', meaning: 'Spatial and Relational Concept' }),
  ],
  SegmentedPropertyTypeCodeSequence: [codeItem({ value: '125040', scheme: 'DCM', meaning: 'Background' })],
  RecommendedDisplayCIELabValue: cielabOf([0, 0, 0]),
});

function referencedSeries(source: SourceSeries): DataSet[] {
  const instances = new Map(source.images.map((image) => [image.sopInstanceUid, image.sopClassUid]));
  return [
    {
      SeriesInstanceUID: source.series.uid,
      ReferencedInstanceSequence: [...instances].map(([uid, sopClass]) => ({
        ReferencedSOPClassUID: sopClass,
        ReferencedSOPInstanceUID: uid,
      })),
    },
  ];
}

function sharedGroups(g: VolumeGeometry): DataSet {
  return {
    PlaneOrientationSequence: [{ ImageOrientationPatient: [...g.axes[0], ...g.axes[1]] }],
    PixelMeasuresSequence: [
      {
        PixelSpacing: [g.spacing[1], g.spacing[0]],
        SliceThickness: g.spacing[2],
        SpacingBetweenSlices: g.spacing[2],
      },
    ],
  };
}

function perFrame(frame: SegFrame, image: SourceImage | null, g: VolumeGeometry, place: number): DataSet {
  return {
    FrameContentSequence: [
      { DimensionIndexValues: frame.segment === null ? [place] : [frame.segment, place] },
    ],
    PlanePositionSequence: [{ ImagePositionPatient: [...toPatient(g, voxelIndex(0, 0, frame.slice))] }],
    SegmentIdentificationSequence:
      frame.segment === null ? undefined : [{ ReferencedSegmentNumber: frame.segment }],
    DerivationImageSequence: image === null ? [] : [derivation(image)],
  };
}

const derivation = (image: SourceImage): DataSet => ({
  SourceImageSequence: [
    {
      ReferencedSOPClassUID: image.sopClassUid,
      ReferencedSOPInstanceUID: image.sopInstanceUid,
      ReferencedFrameNumber: image.frameNumber ?? undefined,
      PurposeOfReferenceCodeSequence: [
        codeItem({ value: '121322', scheme: 'DCM', meaning: 'Source image for image processing operation' }),
      ],
    },
  ],
  DerivationCodeSequence: [codeItem({ value: '113076', scheme: 'DCM', meaning: 'Segmentation' })],
});

function joined(frames: readonly SegFrame[]): Uint8Array {
  const perFrame = frames[0].pixels.length;
  const bytes = new Uint8Array(frames.length * perFrame);
  frames.forEach((frame, n) => bytes.set(frame.pixels, n * perFrame));
  return bytes;
}

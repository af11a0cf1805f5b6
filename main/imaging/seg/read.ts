/** Reads DICOM SEG (PS3.3 A.51): binary, fractional and label map, in any frame order, with gaps and overlaps. */
import type { DataSet } from '../dicom/dataset';
import { tagOf } from '../dicom/dictionary-tag';
import { openDicom, type DicomFile } from '../dicom/file';
import { framesOf } from '../dicom/frames';
import { headerOf, type ImageHeader } from '../dicom/header';
import { readFrames } from '../dicom/pixels';
import { asImagingError, ImagingError } from '../error';
import type { Code, Generation } from '../mask/label-map';
import type { VolumeGeometry } from '../space/geometry';
import { rgbOf } from './cielab';
import { unpackedFrame } from './frames';
import { stackOf } from './stack';

export interface SegSegment {
  readonly number: number;
  readonly name: string;
  readonly description: string;
  readonly color: readonly [number, number, number] | null;
  readonly generation: Generation | null;
  readonly code: Code | null;
  readonly mask: Uint8Array;
}

export interface SegFile {
  readonly patientId: string;
  readonly framesOfReference: readonly string[];
  /** The grid that the frames lie on; absent frames are empty slices. */
  readonly geometry: VolumeGeometry;
  readonly segments: readonly SegSegment[];
  readonly warnings: readonly string[];
}

const SOP_CLASSES = ['1.2.840.10008.5.1.4.1.1.66.4', '1.2.840.10008.5.1.4.1.1.66.7'];

/** Whether a file is a segmentation, by its SOP class. */
export const isSeg = (file: DicomFile): boolean =>
  SOP_CLASSES.includes(file.dataSet.string(tagOf('SOPClassUID')));

/**
 * @param sliceSpacing distance of the slices of the scan, mm, where known: a file with gaps alone cannot always tell.
 * @throws ImagingError if the bytes are no SEG, are damaged, or do not say where their frames lie.
 */
export async function readSeg(bytes: Uint8Array, sliceSpacing?: number): Promise<SegFile> {
  try {
    const file = openDicom(bytes);
    if (!isSeg(file)) throw new ImagingError('not-recognised', 'The file is no DICOM segmentation.');
    return await segmentationOf(file, sliceSpacing);
  } catch (thrown) {
    throw asImagingError(thrown, 'The segmentation cannot be read; it is damaged.');
  }
}

async function segmentationOf(file: DicomFile, sliceSpacing: number | undefined): Promise<SegFile> {
  const d = file.dataSet;
  const { image, patient, frameOfReference } = headerOf(file);
  if (image === null) throw new ImagingError('malformed', 'The segmentation has no pixels.');
  const headers = framesOf(d, image);
  const stack = stackOf(headers, [image.columns, image.rows], sliceSpacing);
  const warnings: string[] = [];
  const described = d.items(tagOf('SegmentSequence')).filter((item) => !isBackground(item));
  const voxels = stack.geometry.size.reduce((n, x) => n * x, 1);
  if (described.length * voxels > 2 ** 32)
    throw new ImagingError('over-limit', 'The segmentation announces more voxels than we agree to read.');
  const segments = described.map((item) => ({ ...descriptionOf(item), mask: new Uint8Array(voxels) }));
  const byNumber = new Map(segments.map((segment) => [segment.number, segment.mask]));
  const kind = d.string(tagOf('SegmentationType'));
  if (kind === 'FRACTIONAL') warnings.push('Fractions of one half and more were taken as inside.');
  const perFrame = d.items(tagOf('PerFrameFunctionalGroupsSequence'));
  const shared = d.items(tagOf('SharedFunctionalGroupsSequence'))[0];
  const half = (d.number(tagOf('MaximumFractionalValue'), 'US') ?? 255) / 2;
  const pixelsOf = frameReader(file, image);
  const padding = d.number(tagOf('PixelPaddingValue'), 'US') ?? 0;
  let unknown = 0;
  for (let n = 0; n < headers.length; n++) {
    const pixels = await pixelsOf(n);
    const start = stack.slices[n] * image.columns * image.rows;
    if (kind === 'LABELMAP') unknown += addLabels(pixels, start, byNumber, padding);
    else {
      const number = segmentOf(perFrame[n], shared);
      const mask = byNumber.get(number ?? -1);
      if (mask === undefined) throw new ImagingError('malformed', `Frame ${n + 1} belongs to no segment.`);
      const least = kind === 'FRACTIONAL' ? half : 1;
      for (let p = 0; p < pixels.length; p++) if (pixels[p] >= least) mask[start + p] = 1;
    }
  }
  if (unknown > 0) warnings.push(`${unknown} voxels carry numbers that the file does not describe.`);
  return {
    patientId: patient.id,
    framesOfReference: frameOfReference === null ? [] : [frameOfReference],
    geometry: stack.geometry,
    segments,
    warnings,
  };
}

function frameReader(file: DicomFile, image: ImageHeader): (n: number) => Promise<ArrayLike<number>> {
  const perFrame = image.rows * image.columns;
  if (image.bitsAllocated !== 1) {
    const reader = readFrames(file, image);
    return (n) => reader.frame(n);
  }
  const { pixels } = file;
  if (pixels === null || pixels.undefinedLength)
    throw new ImagingError('unsupported', 'Compressed segmentations of single bits are not read.');
  const bytes = file.bytes.subarray(pixels.offset, pixels.offset + pixels.length);
  if (bytes.length * 8 < perFrame * image.storedFrames)
    throw new ImagingError('truncated', 'The segmentation ends before its last frame.');
  return (n) => Promise.resolve(unpackedFrame(bytes, n, perFrame));
}

/** Sets the voxels of known numbers; returns how many carry an unknown one. 0 and the padding are background. */
function addLabels(
  pixels: ArrayLike<number>,
  start: number,
  byNumber: ReadonlyMap<number, Uint8Array>,
  padding: number,
): number {
  let unknown = 0;
  for (let p = 0; p < pixels.length; p++) {
    if (pixels[p] === 0) continue;
    const mask = byNumber.get(pixels[p]);
    if (mask === undefined) unknown += pixels[p] === padding ? 0 : 1;
    else mask[start + p] = 1;
  }
  return unknown;
}

function segmentOf(frame: DataSet | undefined, shared: DataSet | undefined): number | null {
  const item =
    frame?.items(tagOf('SegmentIdentificationSequence'))[0] ??
    shared?.items(tagOf('SegmentIdentificationSequence'))[0];
  return item?.number(tagOf('ReferencedSegmentNumber'), 'US') ?? null;
}

function isBackground(item: DataSet): boolean {
  const type = item.items(tagOf('SegmentedPropertyTypeCodeSequence'))[0];
  return (
    item.number(tagOf('SegmentNumber'), 'US') === 0 ||
    (type?.string(tagOf('CodeValue')) === '125040' && type.string(tagOf('CodingSchemeDesignator')) === 'DCM')
  );
}

function descriptionOf(item: DataSet): Omit<SegSegment, 'mask'> {
  const number = item.number(tagOf('SegmentNumber'), 'US');
  if (number === null) throw new ImagingError('malformed', 'A segment has no number.');
  const generation = item.string(tagOf('SegmentAlgorithmType'));
  const lab = item.numbers(tagOf('RecommendedDisplayCIELabValue'), 'US');
  const type = item.items(tagOf('SegmentedPropertyTypeCodeSequence'))[0];
  return {
    number,
    name: item.text(tagOf('SegmentLabel')) || `Segment ${number}`,
    description: item.text(tagOf('SegmentDescription')),
    color: lab.length === 3 ? rgbOf([lab[0], lab[1], lab[2]]) : null,
    generation:
      generation === 'MANUAL' || generation === 'SEMIAUTOMATIC' || generation === 'AUTOMATIC'
        ? generation
        : null,
    code:
      type === undefined
        ? null
        : {
            value: type.string(tagOf('CodeValue')) || type.string(tagOf('LongCodeValue')),
            scheme: type.string(tagOf('CodingSchemeDesignator')),
            meaning: type.text(tagOf('CodeMeaning')),
          },
  };
}

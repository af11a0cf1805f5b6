/** Reads DICOM SEG (PS3.3 A.51): binary, fractional and label map, in any frame order, with gaps and overlaps. */
import type { DataSet } from '../dicom/dataset';
import { tagOf } from '../dicom/dictionary-tag';
import { openDicom, type DicomFile } from '../dicom/file';
import { framesOf } from '../dicom/frames';
import { headerOf, type ImageHeader } from '../dicom/header';
import { limits } from '../dicom/limits';
import { readFrames } from '../dicom/pixels';
import { asImagingError, ImagingError } from '../error';
import type { Code, Generation } from '../mask/label-map';
import type { VolumeGeometry } from '../space/geometry';
import { rgbOf } from './cielab';
import { unpackedFrame } from './frames';
import { stackOf, type FrameStack } from './stack';

export interface SegSegment {
  readonly number: number;
  readonly name: string;
  readonly description: string;
  readonly color: readonly [number, number, number] | null;
  readonly generation: Generation | null;
  readonly code: Code | null;
}

export interface SegFile {
  readonly patientId: string;
  readonly framesOfReference: readonly string[];
  /** The grid that the frames lie on; absent frames are empty slices. */
  readonly geometry: VolumeGeometry;
  readonly segments: readonly SegSegment[];
  readonly warnings: readonly string[];
  /** The mask of one segment on `geometry`, made from its frames. @throws ImagingError where a frame is damaged */
  maskOf(number: number): Promise<{ readonly mask: Uint8Array; readonly remarks: readonly string[] }>;
}

const DAMAGED = 'The segmentation cannot be read; it is damaged.';
const SOP_CLASSES = ['1.2.840.10008.5.1.4.1.1.66.4', '1.2.840.10008.5.1.4.1.1.66.7'];

/** Whether a file is a segmentation, by its SOP class. */
export const isSeg = (file: DicomFile): boolean =>
  SOP_CLASSES.includes(file.dataSet.string(tagOf('SOPClassUID')));

/**
 * @param sliceSpacing distance of the slices of the scan, mm, where known: a file with gaps alone cannot always tell.
 * @throws ImagingError if the bytes are no SEG, are damaged, or do not say where their frames lie.
 */
export function readSeg(bytes: Uint8Array, sliceSpacing?: number): SegFile {
  try {
    const file = openDicom(bytes);
    if (!isSeg(file)) throw new ImagingError('not-recognised', 'The file is no DICOM segmentation.');
    return segmentationOf(file, sliceSpacing);
  } catch (thrown) {
    throw asImagingError(thrown, DAMAGED);
  }
}

function segmentationOf(file: DicomFile, sliceSpacing: number | undefined): SegFile {
  const d = file.dataSet;
  const { image, patient, frameOfReference } = headerOf(file);
  if (image === null) throw new ImagingError('malformed', 'The segmentation has no pixels.');
  const stack = stackOf(framesOf(d, image), [image.columns, image.rows], sliceSpacing);
  if (stack.geometry.size.reduce((n, x) => n * x, 1) > limits.fileVoxels)
    throw new ImagingError('over-limit', 'The segmentation announces more voxels than we agree to read.');
  const segments = d
    .items(tagOf('SegmentSequence'))
    .filter((item) => !isBackground(item))
    .map(descriptionOf);
  const content = contentOf(file, image);
  const known = new Set(segments.map((segment) => segment.number));
  content.numbers?.forEach((number, n) => {
    if (number === null || !known.has(number))
      throw new ImagingError('malformed', `Frame ${n + 1} belongs to no segment.`);
  });
  return {
    patientId: patient.id,
    framesOfReference: frameOfReference === null ? [] : [frameOfReference],
    geometry: stack.geometry,
    segments,
    warnings: content.kind === 'FRACTIONAL' ? ['Fractions of one half and more were taken as inside.'] : [],
    maskOf: async (number) => {
      try {
        return await maskOf(number, content, stack, known);
      } catch (thrown) {
        throw asImagingError(thrown, DAMAGED);
      }
    },
  };
}

/** The frames of a file and what their pixels mean. */
interface Content {
  readonly kind: string;
  readonly frames: number;
  /** The segment of each frame; null for a label map. */
  readonly numbers: readonly (number | null)[] | null;
  /** Least pixel value that is inside. */
  readonly least: number;
  /** Value of pixels that are no part of the image. */
  readonly padding: number;
  pixels(frame: number): Promise<ArrayLike<number>>;
}

function contentOf(file: DicomFile, image: ImageHeader): Content {
  const d = file.dataSet;
  const kind = d.string(tagOf('SegmentationType'));
  const perFrame = d.items(tagOf('PerFrameFunctionalGroupsSequence'));
  const shared = d.items(tagOf('SharedFunctionalGroupsSequence'))[0];
  return {
    kind,
    frames: image.storedFrames,
    numbers:
      kind === 'LABELMAP'
        ? null
        : Array.from({ length: image.storedFrames }, (_, n) => segmentOf(perFrame[n], shared)),
    least: kind === 'FRACTIONAL' ? (d.number(tagOf('MaximumFractionalValue'), 'US') ?? 255) / 2 : 1,
    padding: d.number(tagOf('PixelPaddingValue'), 'US') ?? 0,
    pixels: frameReader(file, image),
  };
}

async function maskOf(
  number: number,
  content: Content,
  stack: FrameStack,
  known: ReadonlySet<number>,
): Promise<{ mask: Uint8Array; remarks: string[] }> {
  const [columns, rows, slices] = stack.geometry.size;
  const mask = new Uint8Array(columns * rows * slices);
  let unknown = 0;
  for (let n = 0; n < content.frames; n++) {
    if (content.numbers !== null && content.numbers[n] !== number) continue;
    const start = stack.slices[n] * columns * rows;
    const pixels = await content.pixels(n);
    for (let p = 0; p < pixels.length; p++) {
      const value = pixels[p];
      if (content.numbers !== null) mask[start + p] |= value >= content.least ? 1 : 0;
      else if (value === number) mask[start + p] = 1;
      else if (value !== 0 && value !== content.padding && !known.has(value)) unknown++;
    }
  }
  return {
    mask,
    remarks: unknown === 0 ? [] : [`${unknown} voxels carry numbers that the file does not describe.`],
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

function descriptionOf(item: DataSet): SegSegment {
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

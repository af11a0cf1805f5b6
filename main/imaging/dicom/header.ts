import { ImagingError, asImagingError } from '../error';
import type { DataSet } from './dataset';
import { openDicom, type DicomFile } from './file';
import { framesOf, type FrameHeader } from './frames';
import { limits } from './limits';
import { petTags, type PetTags } from './pet-tags';
import { Tag } from './tags';
import { syntaxes } from './transfer-syntax';

/** What grouping, the index and the exporters need of one file. Plain data: it survives JSON. */
export interface DicomHeader {
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
  readonly transferSyntax: string;
  readonly modality: string;
  readonly manufacturer: string;
  readonly model: string;
  /** Never written to logs, messages or file names. */
  readonly patient: {
    readonly id: string;
    readonly name: string;
    readonly birthDate: string;
    readonly sex: string;
  };
  readonly study: {
    readonly uid: string;
    readonly id: string;
    /** As the file writes it, YYYYMMDD; '' where absent. */
    readonly date: string;
    readonly time: string;
    readonly description: string;
    readonly accessionNumber: string;
  };
  readonly series: {
    readonly uid: string;
    readonly number: number | null;
    readonly description: string;
    readonly date: string;
    readonly time: string;
    readonly protocol: string;
    readonly bodyPart: string;
  };
  readonly frameOfReference: string | null;
  readonly patientPosition: string;
  readonly instanceNumber: number | null;
  /** Null for objects without pixels of a scan: structure sets, reports, plans. */
  readonly image: ImageHeader | null;
  /** Null for anything but PET. */
  readonly pet: PetTags | null;
}

/** How the voxels of one file are stored. */
export interface ImageHeader {
  readonly rows: number;
  readonly columns: number;
  readonly samplesPerPixel: number;
  readonly photometric: string;
  readonly planar: boolean;
  readonly bitsAllocated: number;
  readonly bitsStored: number;
  readonly highBit: number;
  readonly signed: boolean;
  /** Float Pixel Data (32) or Double Float Pixel Data (64) instead of whole numbers; 0 for Pixel Data. */
  readonly floatBits: 0 | 32 | 64;
  /** Whether stored values become others by a table (Modality LUT Sequence, PS3.3 C.11.1) in place of a rescale. */
  readonly modalityLut: boolean;
  /** How the image was compressed with loss at any time (PS3.3 C.7.6.1.1.5); null where it was not. */
  readonly lossy: LossyCompression | null;
  readonly imageType: readonly string[];
  readonly gantryTilt: number | null;
  /** Window presets of the file, each [centre, width]. */
  readonly windows: readonly (readonly [number, number])[];
  /** Frames as they are stored; a mosaic is one stored frame with several slices in `frames`. */
  readonly storedFrames: number;
  /** Slices of the file: one a stored frame, or one a tile of a mosaic. */
  readonly frames: readonly FrameHeader[];
}

/** Ratios and methods of successive lossy compressions; empty where the file does not say. */
export interface LossyCompression {
  readonly ratios: readonly number[];
  /** Defined terms, e.g. ISO_10918_1. */
  readonly methods: readonly string[];
}

/** Segmentations and structure sets have pixels or contours, but are no scans. */
const notScans: Readonly<Record<string, string>> = {
  '1.2.840.10008.5.1.4.1.1.66.4': 'a segmentation',
  '1.2.840.10008.5.1.4.1.1.66.7': 'a label-map segmentation',
  '1.2.840.10008.5.1.4.1.1.481.2': 'a dose distribution',
  '1.2.840.10008.5.1.4.1.1.481.3': 'an RT structure set',
  '1.2.840.10008.5.1.4.1.1.481.5': 'an RT plan',
  '1.2.840.10008.1.3.10': 'a directory of other files',
};

/** The words for an object that is not a scan, or null where the SOP class is (or may be) one. */
export const notAScan = (sopClassUid: string): string | null => notScans[sopClassUid] ?? null;

/**
 * Reads what a DICOM file says of itself, without its pixels.
 * @param bytes the whole file (deflated files must be whole; of others the part before the pixel data suffices).
 * @throws ImagingError with a stable code; nothing else is ever thrown.
 */
export function readDicomHeader(bytes: Uint8Array): DicomHeader {
  return guarded(() => headerOf(openDicom(bytes)));
}

/** A file that can be read in parts. */
export interface ByteSource {
  readonly size: number;
  /**
   * The bytes [start, start + length); fewer only at the end of the file. Reading at once (`readSync`) is several times
   * faster than a promise where the disk answers from memory.
   */
  read(start: number, length: number): Promise<Uint8Array> | Uint8Array;
}

/** Most headers of single-frame scans fit the first chunk; each further read takes four times as much. */
const firstChunk = 16_384;

/**
 * Like {@link readDicomHeader}, but reads no more of the file than its header needs.
 * @throws ImagingError; errors of `source.read` pass through unchanged.
 */
export async function readDicomHeaderFrom(source: ByteSource): Promise<DicomHeader> {
  for (let want = firstChunk; ; want *= 4) {
    const length = Math.min(want, source.size);
    const bytes = await source.read(0, length);
    const whole = length >= source.size;
    try {
      return guarded(() => headerOf(openDicom(bytes, whole)));
    } catch (error) {
      if (whole || !(error instanceof ImagingError) || error.code !== 'truncated') throw error;
      if (want > limits.headerBytes)
        throw new ImagingError('over-limit', 'The header of the file is larger than any scanner writes.');
    }
  }
}

function guarded<T>(read: () => T): T {
  try {
    return read();
  } catch (thrown) {
    throw asImagingError(thrown, "The file's header cannot be read; it is damaged.");
  }
}

/** The header of an opened file. */
export function headerOf(file: DicomFile): DicomHeader {
  const d = file.dataSet;
  const modality = d.string(Tag.modality);
  const sopClassUid = d.string(Tag.sopClass);
  return {
    sopClassUid,
    sopInstanceUid: d.string(Tag.sopInstance),
    transferSyntax: file.transferSyntax,
    modality,
    manufacturer: d.text(Tag.manufacturer),
    model: d.text(Tag.model),
    patient: {
      id: d.text(Tag.patientId),
      name: d.text(Tag.patientName),
      birthDate: d.string(Tag.birthDate),
      sex: d.string(Tag.patientSex),
    },
    study: {
      uid: d.string(Tag.studyUid),
      id: d.text(Tag.studyId),
      date: d.string(Tag.studyDate),
      time: d.string(Tag.studyTime),
      description: d.text(Tag.studyDescription),
      accessionNumber: d.text(Tag.accessionNumber),
    },
    series: {
      uid: d.string(Tag.seriesUid),
      number: d.number(Tag.seriesNumber, 'IS'),
      description: d.text(Tag.seriesDescription),
      date: d.string(Tag.seriesDate),
      time: d.string(Tag.seriesTime),
      protocol: d.text(Tag.protocolName),
      bodyPart: d.string(Tag.bodyPart),
    },
    frameOfReference: d.string(Tag.frameOfReference) || null,
    patientPosition: d.string(Tag.patientPosition),
    instanceNumber: d.number(Tag.instanceNumber, 'IS'),
    image: file.pixels !== null && d.has(Tag.rows) ? imageOf(file) : null,
    pet: modality === 'PT' ? petTags(d) : null,
  };
}

function imageOf({ dataSet: d, pixels, transferSyntax }: DicomFile): ImageHeader {
  const rows = need(d, Tag.rows, 'Rows');
  const columns = need(d, Tag.columns, 'Columns');
  const samplesPerPixel = d.number(Tag.samplesPerPixel, 'US') ?? 1;
  const bitsAllocated = need(d, Tag.bitsAllocated, 'Bits Allocated');
  const bitsStored = d.number(Tag.bitsStored, 'US') ?? bitsAllocated;
  const highBit = d.number(Tag.highBit, 'US') ?? bitsStored - 1;
  const storedFrames = d.number(Tag.numberOfFrames, 'IS') ?? 1;
  if (rows < 1 || columns < 1 || samplesPerPixel < 1)
    throw new ImagingError('malformed', 'The image announces no rows, columns or samples.');
  if (!Number.isInteger(storedFrames) || storedFrames < 1)
    throw new ImagingError('malformed', 'The image announces no frames.');
  if (storedFrames > limits.items)
    throw new ImagingError('over-limit', `The file announces more than ${limits.items} frames.`);
  const frameVoxels = rows * columns * samplesPerPixel;
  if (frameVoxels > limits.frameVoxels || frameVoxels * storedFrames > limits.fileVoxels)
    throw new ImagingError('over-limit', 'The image announces more voxels than we agree to read.');
  if (bitsStored < 1 || bitsStored > bitsAllocated || highBit >= bitsAllocated)
    throw new ImagingError('malformed', 'Bits Stored and High Bit of the image do not fit Bits Allocated.');
  const centres = d.numbers(Tag.windowCentre, 'DS');
  const widths = d.numbers(Tag.windowWidth, 'DS');
  const shape = { rows, columns, storedFrames };
  return {
    rows,
    columns,
    samplesPerPixel,
    photometric: d.string(Tag.photometric) || 'MONOCHROME2',
    planar: d.number(Tag.planarConfiguration, 'US') === 1,
    bitsAllocated,
    bitsStored,
    highBit,
    signed: d.number(Tag.pixelRepresentation, 'US') === 1,
    floatBits: pixels?.tag === Tag.floatPixelData ? 32 : pixels?.tag === Tag.doublePixelData ? 64 : 0,
    modalityLut: d.items(Tag.modalityLutSequence).length > 0,
    lossy: lossyOf(d, transferSyntax),
    imageType: d.strings(Tag.imageType),
    gantryTilt: d.number(Tag.gantryTilt, 'DS'),
    windows: centres.flatMap((c, n) =>
      Number.isFinite(c) && widths[n] > 0 ? [[c, widths[n]] as const] : [],
    ),
    storedFrames,
    frames: notAScan(d.string(Tag.sopClass)) ? [] : framesOf(d, shape),
  };
}

/** Once an image has lost something, everything made of it says so. */
function lossyOf(d: DataSet, transferSyntax: string): LossyCompression | null {
  const now = syntaxes.get(transferSyntax)?.lossy;
  if (d.string(Tag.lossyCompression) !== '01' && now === undefined) return null;
  const methods = d.strings(Tag.lossyCompressionMethod).filter((name) => name !== '');
  return {
    ratios: d.numbers(Tag.lossyCompressionRatio, 'DS').filter((ratio) => ratio > 0),
    methods: methods.length > 0 || now === undefined ? methods : [now],
  };
}

function need(d: DataSet, tag: number, name: string): number {
  const value = d.number(tag, 'US');
  if (value === null) throw new ImagingError('malformed', `The image does not say its ${name}.`);
  return value;
}

/** The name of a transfer syntax, for messages. */
export const syntaxName = (uid: string): string => syntaxes.get(uid)?.name ?? uid;

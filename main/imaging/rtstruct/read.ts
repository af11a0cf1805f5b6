/** Reads RT Structure Sets (PS3.3 A.19) of any planning system: every contour, every reference, nothing filled yet. */
import type { DataSet } from '../dicom/dataset';
import { tagOf } from '../dicom/dictionary-tag';
import { openDicom } from '../dicom/file';
import { asImagingError, ImagingError } from '../error';
import type { Contour, ContourType } from '../mask/contour';
import type { Code, Generation } from '../mask/label-map';

export interface RtRoi {
  readonly number: number;
  readonly name: string;
  readonly description: string;
  /** sRGB, 0 to 255; null where the file gives none. */
  readonly color: readonly [number, number, number] | null;
  readonly generation: Generation | null;
  /** RT ROI Interpreted Type, e.g. GTV; '' where none. */
  readonly interpretedType: string;
  readonly code: Code | null;
  readonly frameOfReference: string | null;
  readonly contours: readonly (Contour & { readonly images: readonly string[] })[];
}

export interface RtStruct {
  readonly patientId: string;
  readonly label: string;
  readonly studyUid: string;
  /** Series that the contours refer to. */
  readonly seriesUids: readonly string[];
  readonly framesOfReference: readonly string[];
  readonly rois: readonly RtRoi[];
  /** Sentences about what the file gets wrong. */
  readonly warnings: readonly string[];
}

const RT_STRUCTURE_SET = '1.2.840.10008.5.1.4.1.1.481.3';
const TYPES: readonly string[] = [
  'CLOSED_PLANAR',
  'CLOSEDPLANAR_XOR',
  'INTERPOLATED_PLANAR',
  'OPEN_PLANAR',
  'OPEN_NONPLANAR',
  'POINT',
];

/** @throws ImagingError if the bytes are no structure set or are damaged. */
export function readRtStruct(bytes: Uint8Array): RtStruct {
  try {
    return structureSetOf(openDicom(bytes).dataSet);
  } catch (thrown) {
    throw asImagingError(thrown, 'The structure set cannot be read; it is damaged.');
  }
}

function structureSetOf(file: DataSet): RtStruct {
  if (file.string(tagOf('SOPClassUID')) !== RT_STRUCTURE_SET)
    throw new ImagingError('not-recognised', 'The file is no RT structure set.');
  const warnings: string[] = [];
  const references = file.items(tagOf('ReferencedFrameOfReferenceSequence'));
  const series = references
    .flatMap((frame) => frame.items(tagOf('RTReferencedStudySequence')))
    .flatMap((study) => study.items(tagOf('RTReferencedSeriesSequence')));
  const rois = roisOf(file, warnings);
  return {
    patientId: file.text(tagOf('PatientID')),
    label: file.text(tagOf('StructureSetLabel')),
    studyUid: file.string(tagOf('StudyInstanceUID')),
    seriesUids: distinct(series.map((item) => item.string(tagOf('SeriesInstanceUID')))),
    framesOfReference: distinct([
      ...references.map((item) => item.string(tagOf('FrameOfReferenceUID'))),
      ...rois.map((roi) => roi.frameOfReference ?? ''),
      file.string(tagOf('FrameOfReferenceUID')),
    ]),
    rois,
    warnings,
  };
}

const distinct = (values: readonly string[]): string[] => [...new Set(values)].filter((v) => v !== '');

/** Joins the three sequences by ROI number; an ROI that only one of them knows is kept. */
function roisOf(file: DataSet, warnings: string[]): RtRoi[] {
  const described = byNumber(file.items(tagOf('StructureSetROISequence')), tagOf('ROINumber'));
  const drawn = byNumber(file.items(tagOf('ROIContourSequence')), tagOf('ReferencedROINumber'));
  const observed = byNumber(file.items(tagOf('RTROIObservationsSequence')), tagOf('ReferencedROINumber'));
  const numbers = [...new Set([...described.keys(), ...drawn.keys()])];
  return numbers.map((number) => {
    const description = described.get(number)?.[0];
    const observation = observed.get(number)?.[0];
    if (description === undefined)
      warnings.push(`Contours of structure ${number}, which the file does not name.`);
    const contours = (drawn.get(number) ?? []).flatMap((item) => item.items(tagOf('ContourSequence')));
    const name = description?.text(tagOf('ROIName')) ?? '';
    const displayed = drawn.get(number)?.[0]?.numbers(tagOf('ROIDisplayColor'), 'IS') ?? [];
    return {
      number,
      name: name === '' ? `Structure ${number}` : name,
      description: description?.text(tagOf('ROIDescription')) ?? '',
      color: isColor(displayed) ? displayed : null,
      generation: generationOf(description?.string(tagOf('ROIGenerationAlgorithm')) ?? ''),
      interpretedType: observation?.string(tagOf('RTROIInterpretedType')) ?? '',
      code: codeOf(observation?.items(tagOf('RTROIIdentificationCodeSequence'))[0]),
      frameOfReference: description?.string(tagOf('ReferencedFrameOfReferenceUID')) || null,
      contours: contours.flatMap((item) => contourOf(item, name, warnings) ?? []),
    };
  });
}

function byNumber(items: readonly DataSet[], tag: number): Map<number, DataSet[]> {
  const found = new Map<number, DataSet[]>();
  for (const item of items) {
    const number = item.number(tag, 'IS');
    if (number === null) continue;
    const list = found.get(number);
    if (list === undefined) found.set(number, [item]);
    else list.push(item);
  }
  return found;
}

const isColor = (values: readonly number[]): values is [number, number, number] =>
  values.length === 3 && values.every((v) => v >= 0 && v <= 255);

function generationOf(value: string): Generation | null {
  return value === 'MANUAL' || value === 'SEMIAUTOMATIC' || value === 'AUTOMATIC' ? value : null;
}

function codeOf(item: DataSet | undefined): Code | null {
  const value = item?.string(tagOf('CodeValue')) || item?.string(tagOf('LongCodeValue')) || '';
  if (item === undefined || value === '') return null;
  return {
    value,
    scheme: item.string(tagOf('CodingSchemeDesignator')),
    meaning: item.text(tagOf('CodeMeaning')),
  };
}

function contourOf(
  item: DataSet,
  roi: string,
  warnings: string[],
): (Contour & { readonly images: readonly string[] }) | null {
  const numbers = item.numbers(tagOf('ContourData'), 'DS');
  const type = item.string(tagOf('ContourGeometricType'));
  if (numbers.length === 0) return null;
  if (numbers.length % 3 !== 0 || numbers.some((x) => !Number.isFinite(x)) || !TYPES.includes(type)) {
    warnings.push(`A contour of "${roi}" is damaged and was left out.`);
    return null;
  }
  return {
    type: type as ContourType,
    points: Float64Array.from(numbers),
    images: item
      .items(tagOf('ContourImageSequence'))
      .map((image) => image.string(tagOf('ReferencedSOPInstanceUID'))),
  };
}

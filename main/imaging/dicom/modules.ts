/** Modules that all objects of ours share (PS3.3 C.7), as they follow from the scan that they belong to. */
import type { DataSet } from './write';
import { fitted, fittedName } from './write';
import { assertReferable, type SourceSeries } from './source-series';

/** Who makes these files; stands in every one of them. */
export interface Writer {
  readonly softwareVersion: string;
  readonly now: Date;
}

const twoDigits = (n: number): string => String(n).padStart(2, '0');

/** Local time, as scanners write it: the study's own dates carry no time zone either. */
export const dicomDate = (now: Date): string =>
  String(now.getFullYear()).padStart(4, '0') + twoDigits(now.getMonth() + 1) + twoDigits(now.getDate());
export const dicomTime = (now: Date): string =>
  twoDigits(now.getHours()) + twoDigits(now.getMinutes()) + twoDigits(now.getSeconds());

/** A number for a derived series that is that of the scan and its kind's `offset`, where an IS holds it (PS3.5 6.2). */
export function seriesNumber({ series }: SourceSeries, offset: number): number {
  const number = Number.isInteger(series.number) ? (series.number ?? 0) : 0;
  return Math.abs(number) + offset < 2 ** 31 ? number + offset : offset;
}

/**
 * Patient, study, series and equipment of a derived object. Empty where the scan says nothing.
 * @throws ImagingError where the scan has no UIDs that the object could refer to
 */
export function commonModules(source: SourceSeries, writer: Writer): DataSet {
  assertReferable(source);
  return {
    InstanceCreationDate: dicomDate(writer.now),
    InstanceCreationTime: dicomTime(writer.now),
    StudyDate: validDate(source.study.date),
    StudyTime: validTime(source.study.time),
    SeriesDate: dicomDate(writer.now),
    SeriesTime: dicomTime(writer.now),
    AccessionNumber: fitted(source.study.accessionNumber, 'SH'),
    Manufacturer: 'AMLP Studio',
    ManufacturerModelName: 'AMLP Studio',
    DeviceSerialNumber: '1',
    SoftwareVersions: fitted(writer.softwareVersion, 'LO'),
    ReferringPhysicianName: '',
    StudyDescription: fitted(source.study.description, 'LO') || undefined,
    PatientName: fittedName(source.patient.name),
    PatientID: fitted(source.patient.id, 'LO'),
    PatientBirthDate: validDate(source.patient.birthDate),
    PatientSex: /^[MFO]$/.test(source.patient.sex) ? source.patient.sex : '',
    StudyInstanceUID: source.study.uid,
    StudyID: fitted(source.study.id, 'SH'),
    FrameOfReferenceUID: source.frameOfReference,
    PositionReferenceIndicator: '',
    ...(source.deidentified === true ? deidentified : {}),
  };
}

/** PS3.15 E.1 and PS3.3 C.7.1.1: what was done, in words and in code. */
const deidentified: DataSet = {
  PatientIdentityRemoved: 'YES',
  DeidentificationMethod: 'DICOM PS3.15 Basic Application Confidentiality Profile',
  DeidentificationMethodCodeSequence: [
    {
      CodeValue: '113100',
      CodingSchemeDesignator: 'DCM',
      CodeMeaning: 'Basic Application Confidentiality Profile',
    },
  ],
  LongitudinalTemporalInformationModified: 'REMOVED',
};

/** Scanners write dates that DICOM does not know; such a one is left empty instead of spoiling the file. */
const validDate = (date: string): string => (/^\d{8}$/.test(date) ? date : '');
const validTime = (time: string): string => (/^\d{2}(\d{2}(\d{2}(\.\d{1,6})?)?)?$/.test(time) ? time : '');

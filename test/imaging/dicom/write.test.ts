import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import dicomParser from 'dicom-parser';
import { decimalString } from '../../../main/imaging/dicom/decimal';
import { encodeDicom } from '../../../main/imaging/dicom/write';
import { writeImageSlice, type ImageSeries } from '../../../main/imaging/dicom/write-image';
import { newUid, uidFrom } from '../../../main/imaging/dicom/uid';
import { patientPoint, patientVector } from '../../../main/imaging/space/geometry';

describe('decimal strings', () => {
  test('never exceed 16 characters and keep at least nine significant digits', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, min: -1e300, max: 1e300 }), (value) => {
        const text = decimalString(value);
        expect(text.length).toBeLessThanOrEqual(16);
        expect(text).toMatch(/^-?\d+(\.\d+)?(e[+-]?\d+)?$/);
        expect(Math.abs(Number(text) - value)).toBeLessThanOrEqual(Math.abs(value) * 5e-9);
      }),
      { examples: [[1.000000005e-6], [-1.0000000251e-6], [-1.23456789012e-5]] },
    );
  });

  test('keep coordinates of a patient to a nanometre', () => {
    fc.assert(
      fc.property(fc.double({ min: -2000, max: 2000, noNaN: true }), (value) => {
        expect(Math.abs(Number(decimalString(value)) - value)).toBeLessThan(1e-6);
      }),
    );
  });
});

describe('UIDs', () => {
  test('are valid and repeatable where they must be', () => {
    for (const uid of [newUid(), uidFrom('a')]) expect(uid).toMatch(/^2\.25\.[1-9]\d{0,38}$/);
    expect(uidFrom('a')).toBe(uidFrom('a'));
    expect(uidFrom('a')).not.toBe(uidFrom('b'));
    expect(newUid()).not.toBe(newUid());
  });
});

describe('the encoder', () => {
  const identity = { SOPClassUID: '1.2.3', SOPInstanceUID: '1.2.3.4' };

  test('writes what a parser reads back, nested sequences and non-Latin text included', () => {
    const bytes = encodeDicom({
      ...identity,
      PatientName: '王^小东',
      ImagePositionPatient: [-123.456789012345, 0, 1e-9],
      ROIContourSequence: [
        { ContourSequence: [{ ContourData: [1, 2, 3] }, {}] },
        { ROIDisplayColor: [255, 0, 1] },
      ],
      Rows: 512,
      PixelData: Uint8Array.of(1, 2, 3),
    });
    const parsed = dicomParser.parseDicom(bytes);
    expect(parsed.string('x00020010')).toBe('1.2.840.10008.1.2.1');
    const name = parsed.elements.x00100010;
    expect(
      new TextDecoder().decode(bytes.subarray(name.dataOffset, name.dataOffset + name.length)).trim(),
    ).toBe('王^小东');
    expect(parsed.floatString('x00200032', 0)).toBeCloseTo(-123.456789012345, 9);
    expect(parsed.uint16('x00280010')).toBe(512);
    const roi = parsed.elements.x30060039.items ?? [];
    expect(roi).toHaveLength(2);
    expect(roi[0].dataSet?.elements.x30060040.items).toHaveLength(2);
    expect(parsed.elements.x7fe00010.length).toBe(4);
  });

  test('refuses values that other systems would', () => {
    expect(() => encodeDicom({ ...identity, StudyID: 'x'.repeat(17) })).toThrow(/StudyID.*SH allows 16/);
    expect(() => encodeDicom({ ...identity, SegmentAlgorithmType: 'manual' })).toThrow(
      /SegmentAlgorithmType/,
    );
    expect(() => encodeDicom({ ...identity, StudyInstanceUID: '1..2' })).toThrow(/StudyInstanceUID/);
    expect(() => encodeDicom({ ...identity, ContourData: [Number.NaN] })).toThrow(RangeError);
  });
});

test('an image slice keeps pixels and geometry', () => {
  const series: ImageSeries = {
    modality: 'CT',
    patient: { id: 'P1', name: 'Phantom^One' },
    study: { uid: newUid(), id: '1', description: 'Phantom', date: '20200101', time: '120000' },
    series: { uid: newUid(), number: 1, description: 'CT' },
    frameOfReference: newUid(),
    size: [3, 2],
    pixelSpacing: [0.7, 0.9],
    sliceSpacing: 2.5,
    rowDirection: patientVector(1, 0, 0),
    columnDirection: patientVector(0, 1, 0),
    numberOfSlices: 1,
  };
  const slice = {
    sopInstanceUid: newUid(),
    instanceNumber: 1,
    position: patientPoint(-10, 20, 30.5),
    stored: Int16Array.of(-1024, -1, 0, 1, 2, 3071),
    slope: 1,
    intercept: -1024,
  };
  const parsed = dicomParser.parseDicom(writeImageSlice(series, slice));
  expect(parsed.string('x00280030')).toBe('0.9\\0.7');
  expect(parsed.string('x00200032')).toBe('-10\\20\\30.5');
  const { dataOffset } = parsed.elements.x7fe00010;
  const view = new DataView(parsed.byteArray.buffer, dataOffset, 12);
  expect(Array.from({ length: 6 }, (_, n) => view.getInt16(n * 2, true))).toEqual([...slice.stored]);
  expect(() => writeImageSlice(series, { ...slice, stored: new Int16Array(5) })).toThrow(/5 pixels/);
});

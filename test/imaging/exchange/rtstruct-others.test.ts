import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { importMasks } from '../../../main/imaging/exchange/import-masks';
import type { ImportTarget } from '../../../main/imaging/exchange/import-target';
import { readRtStruct } from '../../../main/imaging/rtstruct/read';
import { dataPath, sharedData } from '../../data';
import { realSeries } from '../archive';

const archive = (...parts: string[]): Uint8Array => readFileSync(dataPath('archive', ...parts));

interface Expected {
  series: Record<
    string,
    {
      folder: string;
      file?: string;
      rois?: { number: number; name: string }[];
      contours?: Record<string, number>;
    }
  >;
}

describe.skipIf(sharedData === null)('structure sets of planning systems', () => {
  test('hold the structures and contours that expected.json says', () => {
    const { series } = JSON.parse(readFileSync(dataPath('archive', 'expected.json'), 'utf8')) as Expected;
    const sets = Object.entries(series).filter(([, set]) => set.rois !== undefined);
    expect(sets.length).toBeGreaterThan(10);
    for (const [key, { folder, rois, contours }] of sets) {
      const file = readRtStruct(archive(folder, key.split('#')[1]));
      expect(file.warnings).toEqual([]);
      expect(file.rois.map(({ number, name }) => ({ number, name }))).toEqual(rois);
      expect(Object.fromEntries(file.rois.map((roi) => [roi.number, roi.contours.length]))).toEqual(contours);
    }
  });

  const target = (): ImportTarget => {
    const scan = realSeries('rt-rt-utils', 'mock_data');
    return {
      geometry: scan.geometry,
      frameOfReference: scan.plan.frameOfReference,
      patientId: scan.source.patient.id,
      sopInstanceUids: new Set(scan.headers.map((h) => h.sopInstanceUid)),
    };
  };
  const voxels = (mask: Uint8Array): number => mask.reduce((n, x) => n + x, 0);

  test.each(['invalid_reference_rt', 'non_existent_reference_rt'])(
    '%s: references that do not resolve lose no contour of the scan',
    async (name) => {
      const { segments, warnings } = await importMasks(
        archive('rt-rt-utils', 'mock_data', `${name}.dcm`),
        target(),
      );
      expect(segments.map((s) => [s.name, voxels(s.mask)])).toEqual([
        ['ROI-1', 4976],
        ['ROI-2', 3697],
        ['ROI-3', 4519],
        ['ROI-4', 6954],
      ]);
      expect(warnings[0]).toMatch(/4 contours refer to images that are not in this scan/);
      // One slice of three is not in the folder.
      expect(warnings.slice(1)).toEqual([1, 2, 3, 4].map((n) => `"ROI-${n}": 1 contour outside the scan.`));
    },
  );

  test('a file with an invented frame of reference is placed on the images that it refers to, or refused', async () => {
    const bytes = archive('rt-rt-utils', 'mock_data', 'rt.dcm');
    const { segments, warnings } = await importMasks(bytes, target());
    expect(voxels(segments[0].mask)).toBeGreaterThan(100);
    expect(warnings.join()).toMatch(/another frame of reference than the scan, but refers/);
    await expect(importMasks(bytes, { ...target(), sopInstanceUids: undefined })).rejects.toThrow(
      /another frame of reference/,
    );
    await expect(importMasks(bytes, { ...target(), sopInstanceUids: new Set(['1.2']) })).rejects.toThrow(
      /another frame of reference/,
    );
  });

  test('the body of a breast plan covers as many voxels of its slice as its contour encloses', async () => {
    const scan = realSeries('rt-dicompyler-core');
    const bytes = archive('rt-dicompyler-core', 'rtss.dcm');
    const { segments } = await importMasks(bytes, {
      geometry: scan.geometry,
      frameOfReference: scan.plan.frameOfReference,
    });
    expect(segments).toHaveLength(10);
    const body = segments.find((s) => s.name === 'BODY');
    const z = scan.geometry.origin[2];
    const onSlice = readRtStruct(bytes).rois[0].contours.filter((c) => Math.abs(c.points[2] - z) < 0.1);
    const area = onSlice.reduce((sum, { points }) => {
      let twice = 0;
      for (let p = 0, last = points.length - 3; p < points.length; last = p, p += 3)
        twice += points[last] * points[p + 1] - points[p] * points[last + 1];
      return sum + Math.abs(twice) / 2;
    }, 0);
    const pixel = scan.geometry.spacing[0] * scan.geometry.spacing[1];
    expect((voxels(body?.mask ?? new Uint8Array()) * pixel) / area).toBeCloseTo(1, 2);
  });
});

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { importMasks } from '../../../main/imaging/exchange/import-masks';
import { dataPath, sharedData } from '../../data';
import { realSeries } from '../archive';

const cases = ['STS_008', 'STS_025'].flatMap((patient) =>
  ['CT', 'PET', 'MR_T1'].map((series) => ({ patient, series })),
);

describe.skipIf(sharedData === null)('contours of the soft-tissue sarcoma archive', () => {
  test.each(cases)('$patient $series give the authors’ mask exactly', async ({ patient, series }) => {
    const scan = realSeries('sts', patient, series);
    const target = {
      geometry: scan.geometry,
      frameOfReference: scan.plan.frameOfReference,
      patientId: scan.source.patient.id,
      sopInstanceUids: new Set(scan.headers.map((h) => h.sopInstanceUid)),
    };
    const read = (...parts: string[]): Uint8Array => readFileSync(dataPath('archive', ...parts));
    const reference = await importMasks(
      read('sts-reference-nifti', patient, `${series}_mask.nii.gz`),
      target,
    );
    const truth = reference.segments[0].mask;
    expect(reference.warnings).toEqual([]);

    const broken = await importMasks(read('sts', patient, `${series}_RTSTRUCT.dcm`), target);
    expect(broken.warnings.join(' ')).toMatch(/refer to images that are not in this scan/);
    const repaired = await importMasks(
      read('sts-rtstruct-repaired', patient, `${series}_RTSTRUCT.dcm`),
      target,
    );
    expect(repaired.warnings.join(' ')).not.toMatch(/refer to images/);
    for (const { segments } of [broken, repaired]) {
      const different = segments[0].mask.reduce((n, x, v) => n + (x === truth[v] ? 0 : 1), 0);
      console.log(`${patient} ${series}: ${truth.reduce((n, x) => n + x, 0)} voxels, ${different} differ`);
      expect(different).toBe(0);
    }
  });
});

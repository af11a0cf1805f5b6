import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { groupIntoVolumes, readDicomHeader } from '../../../main/imaging';
import { imageOfPlane, sourceSeriesOf, sourceSeriesOfPlan } from '../../../main/imaging/dicom/source-series';
import { exportLabelMap } from '../../../main/imaging/exchange/export-label-map';
import { importMasks } from '../../../main/imaging/exchange/import-masks';
import { toPatient, voxelCount, voxelIndex } from '../../../main/imaging/space/geometry';
import { dataPath, sharedData } from '../../data';
import { hasProgram } from '../../python';
import { realSeries } from '../archive';
import { obliqueGrid } from '../grids';
import { labelMap, segment, sourceOn, writer } from '../source';

function volumesOf(folder: string) {
  const headers = readdirSync(dataPath('archive', folder))
    .filter((name) => name.endsWith('.dcm'))
    .map((name) => dataPath('archive', folder, name))
    .map((path) => ({ path, ...readDicomHeader(readFileSync(path)) }));
  return { headers, volumes: groupIntoVolumes(headers).volumes };
}

test('a slice refers to the nearest of several images, to none beyond the tolerance, and never to a crossing one', () => {
  const g = obliqueGrid([4, 4, 9], [1, 1, 1]);
  const source = sourceOn(g);
  const at = (k: number) => imageOfPlane(source, toPatient(g, voxelIndex(0, 0, k)), g.axes[2], 1.5);
  for (const k of [0, 2.4, 3.6, 8])
    expect(at(k)?.sopInstanceUid).toBe(source.images[Math.round(k)].sopInstanceUid);
  expect(at(9.6)).toBeNull();
  expect(imageOfPlane(source, g.origin, g.axes[0], 1.5)).toBeNull();
});

describe.skipIf(sharedData === null)('the source series of a volume', () => {
  test('is the same from its plan as from its files', () => {
    for (const modality of ['CT', 'PET', 'MR_T1']) {
      const { headers, plan } = realSeries('sts', 'STS_008', modality);
      const fromFiles = sourceSeriesOf(headers);
      const fromPlan = sourceSeriesOfPlan(plan);
      const byUid = (images: typeof fromPlan.images) =>
        [...images].sort((a, b) => (a.sopInstanceUid < b.sopInstanceUid ? -1 : 1));
      expect(
        byUid(fromPlan.images).map((i) => [i.sopInstanceUid, i.frameNumber, i.position?.map(Math.fround)]),
      ).toEqual(
        byUid(fromFiles.images).map((i) => [i.sopInstanceUid, i.frameNumber, i.position?.map(Math.fround)]),
      );
      expect(fromPlan.patient).toEqual(fromFiles.patient);
      expect(fromPlan.study).toEqual(fromFiles.study);
      expect(fromPlan.frameOfReference).toBe(fromFiles.frameOfReference);
    }
  });

  test.each([
    'dcm_qa_enh-Siemens-XA10-enhanced',
    'dcm_qa_enh-Philips-enhanced-fieldmap',
    'dcm_qa_nih-Siemens-mosaic-mr_0003',
  ])(
    '%s: each slice of each of its volumes is referred to by its own frame, and masks come back',
    async (folder) => {
      const { volumes } = volumesOf(folder);
      const usable = volumes.filter((plan) => plan.usable && plan.geometry !== null).slice(0, 3);
      expect(usable.length).toBeGreaterThan(0);
      const work = mkdtempSync(join(tmpdir(), 'frames-'));
      for (const plan of usable) {
        const g = plan.geometry;
        if (g === null) continue;
        const source = sourceSeriesOfPlan(plan);
        const own = new Map(plan.frames.map((frame, k) => [k, frame]));
        for (let k = 0; k < g.size[2]; k++) {
          const image = imageOfPlane(source, toPatient(g, voxelIndex(0, 0, k)), g.axes[2], g.spacing[2] / 2);
          expect(image?.sopInstanceUid).toBe(own.get(k)?.sopInstanceUid);
          if (image?.frameNumber !== null) expect(image?.frameNumber).toBe((own.get(k)?.frame ?? -1) + 1);
        }
        const mask = new Uint8Array(voxelCount(g)).map((_, v) => (v % 97 < 9 && v % g.size[0] > 20 ? 1 : 0));
        const { files, warnings } = exportLabelMap(labelMap(g, segment('GTV', mask)), source, {
          formats: ['rtstruct', 'seg'],
          writer,
        });
        expect(warnings).toEqual([]);
        for (const { name, bytes } of files) {
          const { segments } = await importMasks(bytes, {
            geometry: g,
            frameOfReference: plan.frameOfReference,
          });
          expect(Buffer.compare(segments[0].mask, mask)).toBe(0);
          if (!hasProgram('dciodvfy')) continue;
          writeFileSync(join(work, name), bytes);
          const { stderr } = spawnSync('dciodvfy', [join(work, name)], { encoding: 'utf8' });
          expect(stderr.split('\n').filter((line) => line.startsWith('Error'))).toEqual([]);
        }
      }
      rmSync(work, { recursive: true });
    },
  );
});

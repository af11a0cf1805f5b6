import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { importMasks } from '../../../main/imaging/exchange/import-masks';
import { readNrrd } from '../../../main/imaging/nrrd/read';
import { readSeg } from '../../../main/imaging/seg/read';
import { dataPath, sharedData } from '../../data';
import { realSeries } from '../archive';

/** Files of dcmqi with its own label maps: a voxel of several label maps carries each one's number. */
const cases = [
  { file: 'liver.dcm', maps: ['liver_seg.nrrd'], scan: 'ct-3slice', numbers: [1] },
  {
    file: 'partial_overlaps.dcm',
    maps: ['partial_overlaps-1.nrrd', 'partial_overlaps-2.nrrd', 'partial_overlaps-3.nrrd'],
    scan: 'ct-3slice',
    numbers: [1, 2, 3, 4, 5],
  },
  {
    file: 'sparse-labelmap-noppv.dcm',
    maps: ['sparse_labelmap_noppv_seg.nrrd'],
    scan: '24x38x3/image',
    numbers: [1],
  },
  {
    file: 'sparse-labelmap-ppv5.dcm',
    maps: ['sparse_labelmap_ppv5_seg.nrrd'],
    scan: '24x38x3/image',
    numbers: [1],
  },
];

describe.skipIf(sharedData === null)('segmentations of dcmqi', () => {
  test.each(cases)('$file is its label map, voxel for voxel', async ({ file, maps, scan, numbers }) => {
    const series = realSeries('seg-dcmqi', ...scan.split('/'));
    const bytes = readFileSync(dataPath('archive', 'seg-dcmqi', file));
    expect(readSeg(bytes).segments.map((s) => s.number)).toEqual(numbers);
    const { segments, warnings } = await importMasks(bytes, {
      geometry: series.geometry,
      frameOfReference: series.plan.frameOfReference,
      patientId: series.source.patient.id,
    });
    const labels = await Promise.all(
      maps.map(
        async (map) => (await readNrrd(readFileSync(dataPath('archive', 'seg-dcmqi', map)))).volumes[0],
      ),
    );
    segments.forEach(({ mask, name }, n) => {
      let [voxels, different] = [0, 0];
      for (let v = 0; v < mask.length; v++) {
        const expected = labels.some((label) => label.voxels[v] === numbers[n]) ? 1 : 0;
        voxels += expected;
        if (mask[v] !== expected) different++;
      }
      console.log(`${file} "${name}": ${voxels} voxels, ${different} differ`);
      expect(voxels).toBeGreaterThan(0);
      expect(different).toBe(0);
    });
    expect(warnings).toEqual([]);
  });
});

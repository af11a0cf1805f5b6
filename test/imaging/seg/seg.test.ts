import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { importMasks } from '../../../main/imaging/exchange/import-masks';
import { cielabOf, rgbOf } from '../../../main/imaging/seg/cielab';
import { readSeg } from '../../../main/imaging/seg/read';
import { writeSeg } from '../../../main/imaging/seg/write';
import { readDicomHeader } from '../../../main/imaging/dicom/header';
import type { SourceSeries } from '../../../main/imaging/dicom/source-series';
import { uidFrom } from '../../../main/imaging/dicom/uid';
import { voxelCount } from '../../../main/imaging/space/geometry';
import { writeNiftiMask } from '../../../main/imaging/nifti/write';
import { hasProgram } from '../../python';
import { anyMask, obliqueGrid, straightGrid } from '../grids';
import { labelMap, segment, sourceOn, writer } from '../source';

const targetOf = (geometry: Parameters<typeof sourceOn>[0]) => ({
  geometry,
  frameOfReference: uidFrom('frame of reference'),
  patientId: 'P-17',
});

describe('overlapping segments in one file', () => {
  test('come back voxel for voxel, with all that they say of themselves', async () => {
    await fc.assert(
      fc.asyncProperty(anyMask, fc.integer({ min: 2, max: 5 }), async ({ geometry, mask }, every) => {
        const other = mask.map((x, v) => (v % every === 0 ? 1 - x : x));
        const code = { value: '10200004', scheme: 'SCT', meaning: 'Liver' };
        const map = labelMap(
          geometry,
          segment('GTV', mask),
          segment('肝 liver', other, { generation: 'AUTOMATIC', code, description: 'second' }),
          segment('nothing', new Uint8Array(mask.length), { generation: 'MANUAL' }),
        );
        const { bytes, warnings } = writeSeg(map, sourceOn(geometry), { writer });
        expect(warnings).toEqual([]);
        const back = await importMasks(bytes, targetOf(geometry));
        expect(back.segments.map((s) => s.mask)).toEqual(map.segments.map((s) => s.mask));
        expect(back.segments[1]).toMatchObject({
          name: '肝 liver',
          generation: 'AUTOMATIC',
          code,
          description: 'second',
        });
      }),
      { numRuns: 60 },
    );
  });

  test('are refused as a label map, which holds others exactly', async () => {
    const geometry = obliqueGrid([8, 7, 4]);
    const left = new Uint8Array(voxelCount(geometry)).map((_, v) => (v % 8 < 3 ? 1 : 0));
    const right = left.map((_, v) => (v % 8 > 4 && v < 112 ? 1 : 0));
    const both = labelMap(geometry, segment('a', left), segment('b', right));
    const { bytes } = writeSeg(both, sourceOn(geometry), { writer, kind: 'labelmap' });
    const back = await importMasks(bytes, targetOf(geometry));
    expect(back.segments.map((s) => s.mask)).toEqual([left, right]);
    const overlapping = labelMap(geometry, segment('a', left), segment('b', left));
    expect(() => writeSeg(overlapping, sourceOn(geometry), { writer, kind: 'labelmap' })).toThrow(/overlap/);
  });
});

describe('a scan that was compressed with loss', () => {
  const geometry = obliqueGrid([8, 7, 4]);
  const map = labelMap(geometry, segment('GTV', new Uint8Array(voxelCount(geometry)).fill(1, 20, 90)));
  const lossyOf = (lossy: SourceSeries['lossy']) => {
    const { bytes } = writeSeg(map, { ...sourceOn(geometry), ...(lossy && { lossy }) }, { writer });
    return { bytes, lossy: readDicomHeader(bytes).image?.lossy };
  };

  test('is one still in what is made of it', () => {
    expect(lossyOf(undefined).lossy).toBeNull();
    const twice = { ratios: [8.5, 12], methods: ['ISO_10918_1', 'ISO_15444_1'] };
    expect(lossyOf(twice).lossy).toEqual(twice);
    expect(lossyOf({ ratios: [], methods: [] }).lossy).toEqual({ ratios: [], methods: [] });
  });

  test.skipIf(!hasProgram('dciodvfy'))('and dciodvfy finds no error in it', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'lossy-')), 'seg.dcm');
    writeFileSync(file, lossyOf({ ratios: [8.5], methods: ['ISO_10918_1'] }).bytes);
    const { stderr } = spawnSync('dciodvfy', [file], { encoding: 'utf8' });
    expect(stderr.split('\n').filter((line) => line.startsWith('Error'))).toEqual([]);
    rmSync(dirname(file), { recursive: true });
  });
});

test('slices without voxels are not written, and are empty when read', async () => {
  const geometry = obliqueGrid([8, 7, 9]);
  const mask = new Uint8Array(voxelCount(geometry));
  mask[2 * 56 + 10] = mask[7 * 56 + 11] = 1;
  const { bytes } = writeSeg(labelMap(geometry, segment('gaps', mask)), sourceOn(geometry), { writer });
  const file = readSeg(bytes);
  expect(file.geometry.size).toEqual([8, 7, 6]);
  expect((await importMasks(bytes, targetOf(geometry))).segments[0].mask).toEqual(mask);
});

describe('a mask of slices twice as thick as those of the scan', () => {
  const coarse = straightGrid([6, 5, 4], [1, 1, 2]);
  const fine = straightGrid([6, 5, 7], [1, 1, 1]);
  const mask = new Uint8Array(voxelCount(coarse)).fill(1);

  test('is refused on it, not strewn over every second slice', async () => {
    const { bytes } = writeSeg(labelMap(coarse, segment('GTV', mask)), sourceOn(coarse), { writer });
    await expect(importMasks(bytes, targetOf(fine))).rejects.toThrow(/another grid/);
    const { segments, warnings } = await importMasks(bytes, targetOf(fine), { resample: true });
    expect(segments[0].mask.every((x) => x === 1)).toBe(true);
    expect(warnings.join()).toMatch(/resampled/);
  });

  test('a mask of thinner slices is refused on thicker ones, not thinned out', async () => {
    const whole = new Uint8Array(voxelCount(fine)).fill(1);
    const { bytes } = writeSeg(labelMap(fine, segment('GTV', whole)), sourceOn(fine), { writer });
    await expect(importMasks(bytes, targetOf(coarse))).rejects.toThrow(/another grid/);
    const nifti = writeNiftiMask(whole, fine);
    await expect(importMasks(nifti, targetOf(coarse))).rejects.toThrow(/another grid/);
  });
});

test('a segmentation that ends early is refused', async () => {
  const geometry = obliqueGrid([32, 32, 4]);
  const mask = new Uint8Array(voxelCount(geometry)).fill(1);
  const { bytes } = writeSeg(labelMap(geometry, segment('all', mask)), sourceOn(geometry), { writer });
  await expect(importMasks(bytes.subarray(0, bytes.length - 200), targetOf(geometry))).rejects.toThrow(/end/);
});

test('colours survive CIELab within one step', () => {
  const channel = fc.integer({ min: 0, max: 255 });
  fc.assert(
    fc.property(channel, channel, channel, (r, g, b) => {
      const back = rgbOf(cielabOf([r, g, b]));
      [r, g, b].forEach((c, n) => expect(Math.abs(back[n] - c)).toBeLessThanOrEqual(1));
    }),
  );
  // White is L* 100, a* = b* = 0.
  [65535, 32896, 32896].forEach((x, n) =>
    expect(Math.abs(cielabOf([255, 255, 255])[n] - x)).toBeLessThan(20),
  );
});

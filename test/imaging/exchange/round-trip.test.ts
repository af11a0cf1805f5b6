import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { exportLabelMap, type MaskFormat } from '../../../main/imaging/exchange/export-label-map';
import { importMasks } from '../../../main/imaging/exchange/import-masks';
import { readRtStruct } from '../../../main/imaging/rtstruct/read';
import {
  patientPoint,
  patientVector,
  voxelCount,
  type VolumeGeometry,
} from '../../../main/imaging/space/geometry';
import { uidFrom } from '../../../main/imaging/dicom/uid';
import { anyMask, obliqueGrid, straightGrid } from '../grids';
import { labelMap, segment, sourceOn, writer } from '../source';

const grid = obliqueGrid([12, 10, 5]);
const ring = new Uint8Array(voxelCount(grid));
for (let k = 1; k < 4; k++)
  for (let j = 2; j < 8; j++)
    for (let i = 2; i < 9; i++) if (i < 4 || i > 6 || j < 4 || j > 5) ring[(k * 10 + j) * 12 + i] = 1;
const dot = new Uint8Array(voxelCount(grid));
dot[0] = 1;

const targetOf = (geometry: VolumeGeometry) => ({
  geometry,
  frameOfReference: uidFrom('frame of reference'),
  patientId: 'P-17',
  sopInstanceUids: new Set(sourceOn(geometry).images.map((image) => image.sopInstanceUid)),
});

/** Writes a mask and reads it back as another program would: from the bytes alone. */
async function there(mask: Uint8Array, geometry: VolumeGeometry, format: MaskFormat, options = {}) {
  const { files } = exportLabelMap(labelMap(geometry, segment('GTV', mask)), sourceOn(geometry), {
    formats: [format],
    writer,
    ...options,
  });
  expect(files).toHaveLength(1);
  return importMasks(files[0].bytes, targetOf(geometry));
}

describe.each(['rtstruct', 'seg', 'nifti'] as const)('%s', (format) => {
  test('gives every mask back, voxel for voxel', async () => {
    await fc.assert(
      fc.asyncProperty(anyMask, async ({ geometry, mask }) => {
        const { segments } = await there(mask, geometry, format);
        expect(segments[0]?.mask ?? new Uint8Array(mask.length)).toEqual(mask);
      }),
      { numRuns: 150 },
    );
  });
});

test('keyholes and voxel-exact contours give every mask back, too', async () => {
  const options = fc.record({ style: fc.constantFrom('sub-voxel', 'voxel-exact'), keyholes: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(anyMask, options, async ({ geometry, mask }, style) => {
      expect((await there(mask, geometry, 'rtstruct', style)).segments[0].mask).toEqual(mask);
    }),
    { numRuns: 80 },
  );
});

describe('RT-STRUCT', () => {
  const map = labelMap(
    grid,
    segment('GTV 1', ring, {
      code: { value: '86049000', scheme: 'SCT', meaning: 'Neoplasm, Primary' },
      description: 'Proposed, then edited',
      color: [1, 2, 255],
    }),
    segment('Punkt \\ 二', dot, { generation: 'MANUAL' }),
    segment('empty', new Uint8Array(ring.length), { generation: 'AUTOMATIC' }),
  );
  const { files, warnings } = exportLabelMap(map, sourceOn(grid), { formats: ['rtstruct'], writer });
  const file = readRtStruct(files[0].bytes);

  test('keeps what a segment says of itself', () => {
    expect(warnings).toEqual(['"empty" is empty.']);
    expect(file.rois.map((roi) => roi.name)).toEqual(['GTV 1', 'Punkt / 二', 'empty']);
    expect(file.rois[0]).toMatchObject({
      color: [1, 2, 255],
      generation: 'SEMIAUTOMATIC',
      interpretedType: 'GTV',
      description: 'Proposed, then edited',
      code: { value: '86049000', scheme: 'SCT', meaning: 'Neoplasm, Primary' },
    });
    expect(file.rois[2].contours).toEqual([]);
  });

  test('names study, series, frame of reference, and for each contour the image of that very slice', () => {
    expect(file.studyUid).toBe(uidFrom('study'));
    expect(file.seriesUids).toEqual([uidFrom('series')]);
    expect(file.framesOfReference).toEqual([uidFrom('frame of reference')]);
    expect(file.rois[0].contours.map((c) => c.images)).toEqual([1, 2, 3].map((k) => [uidFrom(`slice ${k}`)]));
    expect(file.rois[1].contours.map((c) => c.images)).toEqual([[uidFrom('slice 0')]]);
  });

  test('writes holes as keyholes, or on request as inner contours, which it then marks', () => {
    const options = { formats: ['rtstruct'] as const, writer, keyholes: false };
    const plain = readRtStruct(exportLabelMap(map, sourceOn(grid), options).files[0].bytes);
    expect(file.rois[0].contours.map((c) => c.type)).toEqual(Array(3).fill('CLOSED_PLANAR'));
    expect(plain.rois[0].contours.map((c) => c.type)).toEqual(Array(6).fill('CLOSEDPLANAR_XOR'));
    expect(plain.rois[1].contours.map((c) => c.type)).toEqual(['CLOSED_PLANAR']);
  });

  test('warns where a slice has no image, and keeps its contours', () => {
    const source = sourceOn(grid);
    const fewer = { ...source, images: source.images.slice(0, 3) };
    const written = exportLabelMap(map, fewer, { formats: ['rtstruct'], writer });
    expect(written.warnings).toContain(
      'Slices with contours that match no image of the scan: 1. Their contours are written without a reference.',
    );
    expect(readRtStruct(written.files[0].bytes).rois[0].contours).toHaveLength(3);
  });

  test('holds contours of more than 64 KiB', async () => {
    const g = straightGrid([400, 120, 1]);
    const comb = new Uint8Array(voxelCount(g));
    for (let j = 0; j < 120; j++)
      for (let i = 0; i < 400; i++) comb[j * 400 + i] = j === 0 || i % 2 === 0 ? 1 : 0;
    for (let j = 1; j < 120; j++) for (let i = 2; i < 400; i += 4) comb[j * 400 + i] = j % 2;
    const { segments } = await there(comb, g, 'rtstruct', { style: 'voxel-exact' });
    expect(segments[0].mask).toEqual(comb);
  });
});

describe('what import refuses', () => {
  const { files } = exportLabelMap(labelMap(grid, segment('GTV', ring)), sourceOn(grid), {
    formats: ['rtstruct', 'nifti'],
    writer,
  });
  const [rtstruct, nifti] = files.map((file) => file.bytes);

  test('masks of another frame of reference or patient', async () => {
    await expect(
      importMasks(rtstruct, { ...targetOf(grid), frameOfReference: '1.2', sopInstanceUids: undefined }),
    ).rejects.toThrow(/another frame of reference/);
    await expect(importMasks(rtstruct, { ...targetOf(grid), patientId: 'P-18' })).rejects.toThrow(
      /another patient/,
    );
  });

  test('a mask on another grid, unless resampling is asked for', async () => {
    const other = { ...targetOf(grid), geometry: { ...grid, spacing: [0.7, 0.8, 2.5] as const } };
    await expect(importMasks(nifti, other)).rejects.toThrow(/12 × 10 × 5 voxels of 0.8 × 0.8 × 2.5 mm/);
    const { segments, warnings } = await importMasks(nifti, other, { resample: true });
    expect(segments[0].mask.includes(1)).toBe(true);
    expect(warnings.join()).toMatch(/resampled/);
  });

  test('what is no mask at all, and files that end early', async () => {
    await expect(importMasks(new Uint8Array(1000), targetOf(grid))).rejects.toThrow();
    await expect(importMasks(rtstruct.subarray(0, 3000), targetOf(grid))).rejects.toThrow(
      /end|truncated|damaged/,
    );
  });

  test('DICOM of a scan that is none', () => {
    const options = { formats: ['rtstruct'] as const, writer };
    expect(() => exportLabelMap(labelMap(grid, segment('GTV', ring)), null, options)).toThrow(
      /Export NIfTI instead/,
    );
  });
});

test('NIfTI masks with axes in another order come back in place, without resampling', async () => {
  const flipped: VolumeGeometry = {
    size: [grid.size[1], grid.size[0], grid.size[2]],
    spacing: [grid.spacing[1], grid.spacing[0], grid.spacing[2]],
    origin: patientPoint(
      ...([0, 1, 2].map((x) => grid.origin[x] + grid.axes[1][x] * grid.spacing[1] * (grid.size[1] - 1)) as [
        number,
        number,
        number,
      ]),
    ),
    axes: [patientVector(-grid.axes[1][0], -grid.axes[1][1], -grid.axes[1][2]), grid.axes[0], grid.axes[2]],
  };
  const turned = new Uint8Array(ring.length);
  for (let k = 0; k < 5; k++)
    for (let j = 0; j < 10; j++)
      for (let i = 0; i < 12; i++) turned[(k * 12 + i) * 10 + (9 - j)] = ring[(k * 10 + j) * 12 + i];
  const { files } = exportLabelMap(labelMap(flipped, segment('GTV', turned)), null, {
    formats: ['nifti'],
    writer,
  });
  const { segments, warnings } = await importMasks(files[0].bytes, targetOf(grid));
  expect(segments[0].mask).toEqual(ring);
  expect(warnings).toEqual([]);
});

test('file names are distinct and safe, and NIfTI is not stamped with the time', () => {
  const names = ['../GTV', 'gtv', 'a/b\\c', '肿瘤', '...', 'nul', 'Com1.left'];
  const map = labelMap(grid, ...names.map((name) => segment(name, ring)));
  const once = exportLabelMap(map, null, { formats: ['nifti'], writer });
  expect(once.files.map((f) => f.name)).toEqual([
    'GTV.nii.gz',
    'gtv-2.nii.gz',
    'a_b_c.nii.gz',
    '肿瘤.nii.gz',
    'segment.nii.gz',
    'segment_nul.nii.gz',
    'segment_Com1.left.nii.gz',
  ]);
  expect(gunzipSync(once.files[0].bytes)).toHaveLength(352 + ring.length);
  expect(exportLabelMap(map, null, { formats: ['nifti'], writer })).toEqual(once);
});

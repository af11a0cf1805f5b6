import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readNifti } from '../../../main/imaging/nifti/read';
import { writeNiftiMask, writeNiftiVolume } from '../../../main/imaging/nifti/write';
import { toPatient, voxelCount, voxelIndex, type VolumeGeometry } from '../../../main/imaging/space/geometry';
import type { VoxelArray } from '../../../main/imaging/volume';
import { anyMask, obliqueGrid } from '../grids';

/** Voxels lie where they did, to what float32 tells apart 500 mm from the origin. */
function expectSamePlace(found: VolumeGeometry, expected: VolumeGeometry): void {
  expect(found.size).toEqual(expected.size);
  for (const corner of [voxelIndex(0, 0, 0), voxelIndex(...expected.size)])
    toPatient(found, corner).forEach((x, axis) =>
      expect(x).toBeCloseTo(toPatient(expected, corner)[axis], 3),
    );
}

test('qform and sform each place every voxel where it was', async () => {
  await fc.assert(
    fc.asyncProperty(anyMask, async ({ geometry, mask }) => {
      const bytes = writeNiftiMask(mask, geometry, { gzip: false });
      // Codes of qform and sform: 252 and 254.
      for (const silenced of [252, 254]) {
        const one = bytes.slice();
        one.fill(0, silenced, silenced + 2);
        const { volumes } = await readNifti(one);
        expectSamePlace(volumes[0].geometry, geometry);
        expect([...volumes[0].voxels]).toEqual([...mask]);
      }
    }),
    { numRuns: 100 },
  );
});

test.each([Uint8Array, Int16Array, Uint16Array, Int32Array, Float32Array])(
  '%o keeps its values',
  async (Type) => {
    const geometry = obliqueGrid([5, 4, 3], [0.7, 0.9, 3.1], true);
    const voxels: VoxelArray = new Type(Array.from({ length: voxelCount(geometry) }, (_, v) => v * 3 - 20));
    const volume = {
      geometry,
      voxels,
      unit: 'HU',
      modality: 'CT',
      frameOfReference: null,
      remarks: [],
    } as const;
    const { volumes } = await readNifti(writeNiftiVolume(volume));
    expect([...volumes[0].voxels]).toEqual([...voxels]);
    expectSamePlace(volumes[0].geometry, geometry);
  },
);

test('what does not fit its grid is refused', () => {
  expect(() => writeNiftiMask(new Uint8Array(5), obliqueGrid([2, 2, 2]))).toThrow(RangeError);
});

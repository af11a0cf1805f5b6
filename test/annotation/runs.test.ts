import fc from 'fast-check';
import { expect, test } from 'vitest';
import { combine, fitsGrid, maskOfRuns, slicesOf } from '../../main/annotation/runs';
import { packRuns, unpackRuns } from '../../main/annotation/packing';
import { applyFlips, flipsBetween } from '../../main/imaging/mask/flips';
import { anyRuns } from './random-edits';

const N = 200;

test('combined runs do to a mask what both do, one after the other', () => {
  fc.assert(
    fc.property(anyRuns(N), anyRuns(N), (a, b) => {
      const one = new Uint8Array(N);
      applyFlips(one, a);
      applyFlips(one, b);
      const both = combine(a, b);
      expect(fitsGrid(both, N)).toBe(true);
      expect(maskOfRuns(both, N)).toEqual(one);
      expect(both).toEqual(flipsBetween(new Uint8Array(N), one));
    }),
  );
});

test('combining is its own inverse', () => {
  fc.assert(
    fc.property(anyRuns(N), anyRuns(N), (a, b) => {
      expect(combine(combine(a, b), b)).toEqual(combine(a, new Uint32Array(0)));
      expect(combine(a, a)).toHaveLength(0);
    }),
  );
});

test('packed runs are read back as they were, also at the far end of the largest grid', async () => {
  await fc.assert(
    fc.asyncProperty(anyRuns(N), async (a) => {
      expect(await unpackRuns(await packRuns(a))).toEqual(a);
    }),
  );
  const far = Uint32Array.of(0, 1, 2 ** 31, 5, 2 ** 32 - 10, 9);
  expect(await unpackRuns(await packRuns(far))).toEqual(far);
});

test('damaged packings are refused', async () => {
  await expect(unpackRuns(Uint8Array.of(1, 2, 3))).rejects.toThrow();
});

test('slices of runs are those that have a voxel', () => {
  fc.assert(
    fc.property(anyRuns(N), (a) => {
      const mask = maskOfRuns(a, N);
      const expected = Array.from({ length: N / 20 }, (_, k) => k).filter((k) =>
        mask.subarray(k * 20, k * 20 + 20).includes(1),
      );
      expect(slicesOf(a, 20)).toEqual(expected);
    }),
  );
});

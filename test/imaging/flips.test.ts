import fc from 'fast-check';
import { expect, test } from 'vitest';
import { applyFlips, flipsBetween } from '../../main/imaging/mask/flips';

const mask = fc.array(fc.constantFrom(0, 1), { minLength: 64, maxLength: 64 }).map((m) => Uint8Array.from(m));

test('flips lead from one mask to the other, and back', () => {
  fc.assert(
    fc.property(mask, mask, (before, after) => {
      const flips = flipsBetween(before, after);
      const work = before.slice();
      applyFlips(work, flips);
      expect(work).toEqual(after);
      applyFlips(work, flips);
      expect(work).toEqual(before);
    }),
  );
});

test('flips that leave the mask are refused and change nothing', () => {
  const work = new Uint8Array(8);
  expect(() => applyFlips(work, Uint32Array.of(0, 2, 6, 3))).toThrow(RangeError);
  expect(work).toEqual(new Uint8Array(8));
});

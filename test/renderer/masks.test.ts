import fc from 'fast-check';
import { expect, test } from 'vitest';
import { applyFlips, flipsBetween } from '../../main/imaging/mask/flips';
import { flipsOfMask, flipsTogether, maskOfFlips, Masks } from '../../renderer/state/masks';

const length = 96;
const mask = fc
  .array(fc.constantFrom(0, 1), { minLength: length, maxLength: length })
  .map((m) => Uint8Array.from(m));

test('several changes together are the changes one after the other', () => {
  fc.assert(
    fc.property(mask, fc.array(fc.tuple(mask, mask), { maxLength: 6 }), (start, pairs) => {
      const changes = pairs.map(([a, b]) => flipsBetween(a, b));
      const oneByOne = start.slice();
      for (const change of changes) applyFlips(oneByOne, change);
      const atOnce = start.slice();
      applyFlips(atOnce, flipsTogether(changes));
      expect(atOnce).toEqual(oneByOne);
    }),
  );
});

test('a mask and the flips of it are the same thing', () => {
  fc.assert(
    fc.property(mask, (m) => {
      expect(maskOfFlips(flipsOfMask(m), length)).toEqual(m);
    }),
  );
});

test('voxels are counted through every change', () => {
  fc.assert(
    fc.property(mask, fc.array(mask, { maxLength: 5 }), (start, nexts) => {
      const masks = new Masks();
      masks.add('a', start.slice());
      let before = start;
      for (const next of nexts) {
        const revision = masks.revision('a');
        masks.flip('a', flipsBetween(before, next));
        expect(masks.revision('a')).toBeGreaterThan(revision);
        before = next;
      }
      expect(masks.of('a')).toEqual(before);
      expect(masks.voxels('a')).toBe(before.reduce((sum, v) => sum + v, 0));
    }),
  );
});

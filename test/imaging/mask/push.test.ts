import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { applyFlips } from '../../../main/imaging/mask/flips';
import { SoftPush } from '../../../main/imaging/mask/push';
import { patientPoint, patientVector, type VolumeGeometry } from '../../../main/imaging/space/geometry';

const size = [48, 40, 9] as const;
const geometry: VolumeGeometry = {
  origin: patientPoint(0, 0, 0),
  axes: [patientVector(1, 0, 0), patientVector(0, 1, 0), patientVector(0, 0, 1)],
  spacing: [1, 1.5, 3],
  size,
};
/** A cylinder of 12 mm about (22, 30) mm. */
const cylinder = (): Uint8Array =>
  Uint8Array.from({ length: size[0] * size[1] * size[2] }, (_, v) => {
    const [i, j] = [v % size[0], Math.floor(v / size[0]) % size[1]];
    return Math.hypot(i - 22, 1.5 * j - 30) < 12 ? 1 : 0;
  });
const at = (mask: Uint8Array, x: number, y: number, k = 4): number =>
  mask[Math.round(x) + size[0] * (Math.round(y / 1.5) + size[1] * k)];
const slice = (mask: Uint8Array, k: number): Uint8Array =>
  mask.slice(k * size[0] * size[1], (k + 1) * size[0] * size[1]);

describe('a soft ball', () => {
  test('takes the border along at its middle, less beside it, and nothing beyond its rim', () => {
    const mask = cylinder();
    applyFlips(mask, new SoftPush(mask, geometry, 2).move(4, [34, 30], [40, 30], 10, false));
    expect([at(mask, 38, 30), at(mask, 41, 30)]).toEqual([1, 0]);
    // 6 mm beside the middle the border stood at 32.4 mm and goes along by a third or so.
    expect([at(mask, 33, 36), at(mask, 37, 36)]).toEqual([1, 0]);
    const before = cylinder();
    for (let v = 0; v < mask.length; v++)
      if (Math.hypot((v % size[0]) - 37, 1.5 * (Math.floor(v / size[0]) % size[1]) - 30) > 14)
        expect(mask[v]).toBe(before[v]);
    for (const k of [0, 3, 5, 8]) expect(slice(mask, k)).toEqual(slice(before, k));
  });

  test('pushes from outside inwards as well', () => {
    const mask = cylinder();
    applyFlips(mask, new SoftPush(mask, geometry, 2).move(4, [36, 30], [28, 30], 10, false));
    expect([at(mask, 25, 30), at(mask, 31, 30)]).toEqual([1, 0]);
  });

  test('pushes of less than a voxel add up, as one long push', () => {
    const [one, many] = [cylinder(), cylinder()];
    applyFlips(one, new SoftPush(one, geometry, 2).move(4, [34, 30], [40, 30], 10, false));
    const push = new SoftPush(many, geometry, 2);
    for (let x = 34; x < 40; x += 0.25) applyFlips(many, push.move(4, [x, 30], [x + 0.25, 30], 10, false));
    const differ = one.reduce((n, value, v) => n + (value === many[v] ? 0 : 1), 0);
    expect(differ).toBeLessThanOrEqual(4);
  });

  test('in a ball, neighbouring slices follow less', () => {
    const mask = cylinder();
    applyFlips(mask, new SoftPush(mask, geometry, 2).move(4, [34, 30], [40, 30], 10, true));
    const reach = (k: number): number =>
      [...Array(size[0]).keys()].filter((x) => at(mask, x, 30, k) === 1).length;
    expect(reach(4)).toBeGreaterThan(reach(6));
    expect(reach(6)).toBeGreaterThan(reach(8));
    expect(reach(2)).toBe(reach(6));
  });

  test('works across each axis, stays in the grid, and changes nothing of an empty plane', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(0 as const, 1 as const, 2 as const),
        fc.array(
          fc.tuple(
            fc.double({ min: -20, max: 80, noNaN: true }),
            fc.double({ min: -20, max: 80, noNaN: true }),
          ),
          {
            minLength: 2,
            maxLength: 5,
          },
        ),
        fc.double({ min: 0.5, max: 30, noNaN: true }),
        fc.boolean(),
        (axis, way, radius, ball) => {
          for (const mask of [cylinder(), new Uint8Array(cylinder().length)]) {
            const push = new SoftPush(mask, geometry, axis);
            const empty = !mask.includes(1);
            for (let n = 1; n < way.length; n++)
              applyFlips(mask, push.move(4, way[n - 1], way[n], radius, ball));
            if (empty) expect(mask.includes(1)).toBe(false);
          }
        },
      ),
      { numRuns: 30 },
    );
  });
});

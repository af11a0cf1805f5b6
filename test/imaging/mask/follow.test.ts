import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cutForFollowing, followCorrections, type FollowInput } from '../../../main/imaging/mask/follow';
import { applyFlips } from '../../../main/imaging/mask/flips';
import { interpolateSlices } from '../../../main/imaging/mask/interpolate';
import { patientPoint, patientVector, type VolumeGeometry } from '../../../main/imaging/space/geometry';

const size = [36, 30, 17] as const;
const perSlice = size[0] * size[1];
const geometry: VolumeGeometry = {
  origin: patientPoint(0, 0, 0),
  axes: [patientVector(1, 0, 0), patientVector(0, 1, 0), patientVector(0, 0, 1)],
  spacing: [1.5, 1.5, 3],
  size,
};
const slice = (mask: Uint8Array, k: number): Uint8Array => mask.subarray(k * perSlice, (k + 1) * perSlice);

/** A body that drifts and bulges along the slices. @param grow mm that its border lies outside */
function body(grow = 0, from = 2, to = 14, shift = 0): Uint8Array {
  const mask = new Uint8Array(perSlice * size[2]);
  for (let k = from, v = 0; k <= to; k++) {
    v = k * perSlice;
    const radius = 8 + 4 * Math.sin(k / 2) + grow;
    for (let j = 0; j < size[1]; j++)
      for (let i = 0; i < size[0]; i++, v++)
        if (Math.hypot(1.5 * (i - 18) - shift - 0.6 * (k - 8), 1.5 * (j - 15)) < radius) mask[v] = 1;
  }
  return mask;
}
const dsc = (a: Uint8Array, b: Uint8Array): number => {
  let [both, sum] = [0, 0];
  for (let v = 0; v < a.length; v++) {
    both += a[v] & b[v];
    sum += a[v] + b[v];
  }
  return (2 * both) / sum;
};

describe('a proposal that follows corrections', () => {
  test('nothing judged, or judged as proposed: it stays as it is', () => {
    const proposed = body();
    expect(
      followCorrections({ geometry, proposed, drawn: new Uint8Array(proposed.length), judged: [] }),
    ).toEqual(proposed);
    const followed = followCorrections({ geometry, proposed, drawn: proposed, judged: [3, 8, 13] });
    for (const k of [3, 8, 13]) expect(slice(followed, k)).toEqual(slice(proposed, k));
    expect(dsc(followed, proposed)).toBeGreaterThan(0.97);
  });

  test('a border drawn too far out everywhere comes in on slices that nobody touched, better than interpolation', () => {
    const truth = body();
    const proposed = body(3, 2, 14, 2);
    const judged = [3, 13];
    const input: FollowInput = { geometry, proposed, drawn: truth, judged };
    const followed = followCorrections(input);
    const interpolated = new Uint8Array(truth.length);
    for (const k of judged) slice(interpolated, k).set(slice(truth, k));
    applyFlips(interpolated, interpolateSlices(interpolated, geometry, 2));
    const inner = (mask: Uint8Array): Uint8Array => mask.slice(4 * perSlice, 13 * perSlice);
    expect(dsc(inner(followed), inner(truth))).toBeGreaterThan(dsc(inner(proposed), inner(truth)) + 0.1);
    expect(dsc(inner(followed), inner(truth))).toBeGreaterThan(dsc(inner(interpolated), inner(truth)) + 0.03);
    expect(dsc(inner(followed), inner(truth))).toBeGreaterThan(0.9);
  });

  test('an empty judged slice ends what is carried on from there, and nothing else', () => {
    const proposed = body(0, 2, 14);
    slice(proposed, 11).fill(0);
    const drawn = body(0, 2, 7);
    const followed = followCorrections({ geometry, proposed, drawn, judged: [5, 8] });
    expect(slice(followed, 9).includes(1) || slice(followed, 10).includes(1)).toBe(false);
    // Another body of the proposal does not hang together with what ended.
    for (const k of [12, 13, 14]) expect(slice(followed, k)).toEqual(slice(proposed, k));
  });

  test('far beyond the judged slices it is the proposal again', () => {
    const proposed = body(0, 0, 16);
    const drawn = body(4, 0, 16);
    const thick = { ...geometry, spacing: [1.5, 1.5, 30] as const };
    const followed = followCorrections({ geometry: thick, proposed, drawn, judged: [2] });
    expect(slice(followed, 3)).not.toEqual(slice(proposed, 3));
    expect(slice(followed, 16)).toEqual(slice(proposed, 16));
  });

  test('judged slices keep the proposal, order and repetition do not matter, and cutting out changes nothing', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: size[2] - 1 }), { maxLength: 6 }),
        fc.integer({ min: -3, max: 3 }),
        fc.integer({ min: 0, max: 6 }),
        (judged, grow, from) => {
          const input = { geometry, proposed: body(0, 2, 14), drawn: body(grow, from, 12, 2), judged };
          const followed = followCorrections(input);
          for (const k of judged) expect(slice(followed, k)).toEqual(slice(input.proposed, k));
          expect(followCorrections({ ...input, judged: [...judged, ...judged].reverse() })).toEqual(followed);
          const cut = cutForFollowing(input);
          if (!cut) {
            expect(judged).toEqual([]);
            return;
          }
          const part = followCorrections(cut.input);
          const { box, size: block } = cut.block;
          const pasted = new Uint8Array(followed.length);
          for (let k = 0, at = 0; k < block[2]; k++)
            for (let j = 0; j < block[1]; j++, at += block[0])
              pasted.set(
                part.subarray(at, at + block[0]),
                ((k + box.from[2]) * size[1] + j + box.from[1]) * size[0] + box.from[0],
              );
          expect(dsc(pasted, followed)).toBeGreaterThan(0.995);
        },
      ),
      { numRuns: 25 },
    );
  });
});

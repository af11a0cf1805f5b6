import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readNifti } from '../../../main/imaging';
import { probabilityOf } from '../../../main/imaging/mask/spread/probability';
import { spreadFrom, type SpreadInput } from '../../../main/imaging/mask/spread/spread';
import { patientPoint, patientVector, type VolumeGeometry } from '../../../main/imaging/space/geometry';
import { dataPath, sharedData } from '../../data';

const size = [40, 36, 15] as const;
const geometry: VolumeGeometry = {
  origin: patientPoint(0, 0, 0),
  axes: [patientVector(1, 0, 0), patientVector(0, 1, 0), patientVector(0, 0, 1)],
  spacing: [1.5, 1.5, 3],
  size,
};
const perSlice = size[0] * size[1];

/** A bright ellipsoid that drifts sideways, in noise. */
function scene(drift: number, ends: number): { voxels: Float32Array; truth: Uint8Array } {
  const voxels = new Float32Array(perSlice * size[2]);
  const truth = new Uint8Array(voxels.length);
  let seed = 7;
  const noise = (): number => ((seed = (seed * 16807) % 2147483647) / 2147483647 - 0.5) * 20;
  for (let k = 0, v = 0; k < size[2]; k++)
    for (let j = 0; j < size[1]; j++)
      for (let i = 0; i < size[0]; i++, v++) {
        const inside =
          Math.abs(k - 7) <= ends && Math.hypot(i - 20 - drift * (k - 7), j - 18) < 9 - 0.4 * Math.abs(k - 7);
        truth[v] = inside ? 1 : 0;
        voxels[v] = (inside ? 150 : 60) + noise();
      }
  return { voxels, truth };
}
const only = (mask: Uint8Array, k: number, slice = perSlice): Uint8Array => {
  const out = new Uint8Array(mask.length);
  out.set(mask.subarray(k * slice, (k + 1) * slice), k * slice);
  return out;
};
const dsc = (a: Uint8Array, b: Uint8Array): number => {
  let [both, sum] = [0, 0];
  for (let v = 0; v < a.length; v++) {
    both += a[v] & b[v];
    sum += a[v] + b[v];
  }
  return (2 * both) / sum;
};
const input = (change: Partial<SpreadInput> = {}): SpreadInput => {
  const { voxels, truth } = scene(1, 4);
  return {
    voxels,
    geometry,
    mask: only(truth, 7),
    slice: 7,
    reach: 6,
    closed: new Set(),
    probability: null,
    ...change,
  };
};

describe('spreading a contour', () => {
  test('follows a structure that moves and shrinks, and ends where it ends', () => {
    const { truth } = scene(1, 4);
    const { slices, ends, withModel } = spreadFrom(input());
    expect(slices.map((s) => s.slice)).toEqual([3, 4, 5, 6, 8, 9, 10, 11]);
    expect(ends).toEqual(['evidence', 'evidence']);
    expect(withModel).toBe(false);
    for (const { slice, plane } of slices)
      expect(dsc(plane, truth.subarray(slice * perSlice, (slice + 1) * perSlice))).toBeGreaterThan(0.95);
  });

  test('ends before slices that are closed, at the reach and at the end of the scan', () => {
    const found = spreadFrom(input({ closed: new Set([5]), reach: 2 }));
    expect(found.slices.map((s) => s.slice)).toEqual([6, 8, 9]);
    expect(found.ends).toEqual(['closed', 'reach']);
    const { voxels, truth } = scene(0, 7);
    const all = spreadFrom(input({ voxels, mask: only(truth, 7), reach: 20 }));
    expect(all.ends).toEqual(['scan', 'scan']);
    expect(all.slices.length).toBe(14);
  });

  test('a model decides where values say nothing', () => {
    const { truth } = scene(1, 4);
    const voxels = new Float32Array(truth.length).fill(50);
    const probability = Float32Array.from(truth, (x) => (x === 1 ? 0.95 : 0.05));
    const { slices, withModel } = spreadFrom(input({ voxels, probability }));
    expect(withModel).toBe(true);
    expect(slices.map((s) => s.slice)).toEqual([3, 4, 5, 6, 8, 9, 10, 11]);
    for (const { slice, plane } of slices)
      expect(dsc(plane, truth.subarray(slice * perSlice, (slice + 1) * perSlice))).toBeGreaterThan(0.9);
  });

  test('changes nothing that it is given, answers alike for alike, and keeps to the slices allowed', () => {
    const fixed = input();
    const copy = fixed.mask.slice();
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 0, max: 14 })),
        fc.integer({ min: 0, max: 9 }),
        (closed, reach) => {
          const shut = new Set(closed);
          const found = spreadFrom({ ...fixed, closed: shut, reach });
          expect(fixed.mask).toEqual(copy);
          expect(spreadFrom({ ...fixed, closed: shut, reach })).toEqual(found);
          const numbers = found.slices.map((s) => s.slice);
          expect(numbers.every((k) => k !== 7 && !shut.has(k) && Math.abs(k - 7) <= reach)).toBe(true);
          expect(found.slices.every((s) => s.plane.includes(1))).toBe(true);
          // No slice is left out between those offered and the one drawn.
          expect(numbers.filter((k) => k > 7)).toEqual(numbers.filter((k) => k > 7).map((_, n) => 8 + n));
        },
      ),
      { numRuns: 15 },
    );
  });

  test('says what is wrong: nothing drawn, no such slice', () => {
    expect(() => spreadFrom(input({ slice: 3 }))).toThrow('Nothing is drawn on slice 4');
    expect(() => spreadFrom(input({ slice: 99 }))).toThrow(RangeError);
  });

  test.skipIf(sharedData === null)('beats copying on the CT of a real tumour', async () => {
    const load = async (name: string) =>
      (await readNifti(new Uint8Array(readFileSync(dataPath('labelled', 'sts', 'STS_001', name)))))
        .volumes[0];
    const image = await load('CT.nii.gz');
    const truth = Uint8Array.from((await load('GTV.nii.gz')).voxels, (x) => (x > 0 ? 1 : 0));
    const [nx, ny] = image.geometry.size;
    const plane = (k: number): Uint8Array => truth.subarray(k * nx * ny, (k + 1) * nx * ny);
    let [spread, copied, count] = [0, 0, 0];
    for (const k of [15, 21, 27, 33]) {
      const found = spreadFrom({
        voxels: image.voxels,
        geometry: image.geometry,
        mask: only(truth, k, nx * ny),
        slice: k,
        reach: 4,
        closed: new Set(),
        probability: null,
      });
      for (const s of found.slices) {
        spread += dsc(s.plane, plane(s.slice));
        copied += dsc(plane(k), plane(s.slice));
        count++;
      }
    }
    expect(count).toBeGreaterThan(12);
    expect(spread / count).toBeGreaterThan(copied / count + 0.01);
    expect(spread / count).toBeGreaterThan(0.85);
  });
});

test('the probability comes back from mask and entropy', () => {
  for (const p of [0.02, 0.2, 0.45, 0.55, 0.8, 0.98]) {
    const bits = -(p * Math.log2(p) + (1 - p) * Math.log2(1 - p));
    const [back] = probabilityOf(Uint8Array.of(p >= 0.5 ? 1 : 0), Uint8Array.of(Math.round(bits * 255)));
    expect(back).toBeCloseTo(p, 1);
  }
});

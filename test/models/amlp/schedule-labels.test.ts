import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  carryToCrop,
  categoryConsistency,
  cropSlice,
  maskedCount,
  maskingRatio,
  maskPatches,
  PatchLabels,
  patchesUnderCrop,
  patchGrid,
  randomCrop,
  updatedLabel,
  wholeSlice,
} from '../../../models/amlp';
import { Random } from '../../../models/random';
import reference from './reference.json';

const selection = (label: readonly number[]) => ({
  label: Uint8Array.from(label),
  score: Float32Array.from(label, (_, i) => -i),
  takesPart: new Uint8Array(label.length).fill(1),
});

describe('masking ratio, eq. 5', () => {
  it('is that of the paper at 800 epochs', () => {
    const schedule = { start: 0.25, end: 0.8, epochs: 800 };
    [1, 2, 10, 100, 400, 800].forEach((e, i) =>
      expect(maskingRatio(schedule, e)).toBeCloseTo(reference.schedule[i], 12),
    );
  });

  it('starts and ends where it is told, never falls, and may be fixed', () => {
    const ends = fc.double({ min: 0.05, max: 0.95, noNaN: true });
    fc.assert(
      fc.property(ends, ends, fc.integer({ min: 1, max: 300 }), (a, b, epochs) => {
        const schedule = { start: Math.min(a, b), end: Math.max(a, b), epochs };
        expect(maskingRatio(schedule, 1)).toBe(schedule.start);
        if (epochs > 1) expect(maskingRatio(schedule, epochs)).toBe(schedule.end);
        for (let e = 2; e <= epochs + 5; e++)
          expect(maskingRatio(schedule, e)).toBeGreaterThanOrEqual(maskingRatio(schedule, e - 1));
      }),
    );
    expect(maskingRatio({ start: 0.75, end: 0.75, epochs: 9 }, 4)).toBe(0.75);
  });

  it('masks ⌊N σ⌋ patches', () => {
    expect(maskedCount(81, 0.25)).toBe(20);
    expect(maskedCount(100, 0.8)).toBe(80);
    expect(maskedCount(10, 0.1 + 0.2)).toBe(3);
    const s = selection([0, 1, 0, 1, 0, 0, 0, 0]);
    expect([...maskPatches(s, s.label, 'foreground-first', 0.25, new Random(1))]).toEqual([
      0, 1, 0, 1, 0, 0, 0, 0,
    ]);
    expect([...maskPatches(s, s.label, 'background-first', 0.25, new Random(1))]).toEqual([
      0, 0, 0, 0, 0, 0, 1, 1,
    ]);
    const random = maskPatches(s, s.label, 'random', 0.5, new Random(1));
    expect(random.reduce((a, b) => a + b, 0)).toBe(4);
    s.takesPart.fill(0);
    expect(maskPatches(s, s.label, 'random', 0.5, new Random(1)).includes(1)).toBe(false);
  });
});

describe('category consistency', () => {
  it('is eq. 3 where a label changed', () => {
    expect(categoryConsistency(1, 0)).toBeCloseTo(reference.eq3[0][1], 12);
    expect(categoryConsistency(0, 1)).toBeCloseTo(reference.eq3[1][0], 12);
    expect(categoryConsistency(1, 1)).toBe(0);
    expect(categoryConsistency(0, 0)).toBe(0);
  });

  it('keeps a label that agrees with its loss and draws one that does not', () => {
    const drawn = (label: number, loss: number) =>
      Array.from({ length: 400 }, (_, s) => updatedLabel(label, loss, 1, new Random(s))).reduce(
        (a, b) => a + b,
        0,
      );
    expect(drawn(1, 1)).toBe(400);
    expect(drawn(0, 0.99)).toBe(0);
    for (const n of [drawn(1, 0.99), drawn(0, 1)]) {
      expect(n).toBeGreaterThan(150);
      expect(n).toBeLessThan(250);
    }
  });

  it('puts new labels in force at the end of the epoch only, and only masked patches have a say', () => {
    const labels = new PatchLabels([selection([1, 1, 0, 0])], {
      misclassified: 0,
      correctMisclassified: true,
      seed: 2,
    });
    const under = Uint32Array.of(0, 1, 2, 3);
    // Patches 0 and 2 disagree with their losses, patch 1 agrees, patch 3 was not masked.
    let epoch = 0;
    while (labels.labels(0)[0] === 1 && epoch < 50) {
      labels.observe(0, under, Uint8Array.of(1, 1, 1, 0), Float32Array.of(0, 9, 8, 99), ++epoch);
      expect(labels.labels(0)[0]).toBe(1);
      labels.endEpoch();
    }
    expect(labels.labels(0)[0]).toBe(0);
    expect(labels.changes(0)[0]).toBe(1);
    expect([labels.labels(0)[1], labels.labels(0)[3]]).toEqual([1, 0]);
  });

  it('continues from its state as if nothing had happened', () => {
    const options = { misclassified: 0.25, correctMisclassified: true, seed: 4 };
    const make = () => new PatchLabels([selection([1, 0, 0, 1]), selection([0, 0, 1, 1])], options);
    const under = Uint32Array.of(0, 1, 2, 3);
    const step = (labels: PatchLabels, epoch: number) => {
      for (const s of [0, 1])
        labels.observe(s, under, Uint8Array.of(1, 1, 1, 1), Float32Array.of(epoch % 3, 1, 2, 0.5), epoch);
      return labels.endEpoch();
    };
    const whole = make();
    for (let e = 1; e <= 6; e++) step(whole, e);
    const first = make();
    for (let e = 1; e <= 3; e++) step(first, e);
    const second = make();
    second.load(first.state());
    for (let e = 4; e <= 6; e++) step(second, e);
    expect(second.state()).toEqual(whole.state());
    expect(() => second.load(new Float32Array(3))).toThrow(/other slices/);
  });

  it('starts with as many wrong labels as Table IX asks, and keeps them where told', () => {
    const truth = selection([1, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
    for (const correctMisclassified of [true, false]) {
      const labels = new PatchLabels([truth], { misclassified: 0.3, correctMisclassified, seed: 1 });
      const wrong = Array.from(truth.label.keys()).filter((p) => labels.labels(0)[p] !== truth.label[p]);
      expect(wrong).toHaveLength(3);
      const under = Uint32Array.from(truth.label.keys());
      for (let e = 1; e <= 30; e++) {
        labels.observe(0, under, new Uint8Array(10).fill(1), Float32Array.from(truth.label), e);
        labels.endEpoch();
      }
      const still = wrong.filter((p) => labels.labels(0)[p] !== truth.label[p]);
      expect(still).toHaveLength(correctMisclassified ? 0 : 3);
    }
  });
});

describe('crop', () => {
  const full = patchGrid(32, 8);

  it('of the whole slice changes nothing', () => {
    const slice = Float32Array.from({ length: 32 * 32 * 2 }, (_, i) => Math.sin(i));
    const out = new Float32Array(slice.length);
    cropSlice(slice, 32, 2, wholeSlice(32), 32, out);
    expect(out).toEqual(slice);
    expect([...patchesUnderCrop(full, full, wholeSlice(32))]).toEqual([...Array(16).keys()]);
  });

  it('keeps a linear ramp linear where it lies inside', () => {
    const slice = Float32Array.from({ length: 32 * 32 }, (_, i) => i % 32);
    const out = new Float32Array(256);
    cropSlice(slice, 32, 1, { x: 8, y: 4, width: 8, height: 8, mirrored: false }, 16, out);
    expect(out[5]).toBeCloseTo(8 + 5.5 / 2 - 0.5, 5);
    cropSlice(slice, 32, 1, { x: 8, y: 4, width: 8, height: 8, mirrored: true }, 16, out);
    expect(out[10]).toBeCloseTo(8 + 5.5 / 2 - 0.5, 5);
  });

  it('sees the patch that its own pixels come from', () => {
    // Each pixel of the slice carries its patch number: a patch of the crop whose pixels all agree must agree with them.
    const size = 32;
    const slice = Float32Array.from(
      { length: size * size },
      (_, v) => Math.floor(v / size / 8) * 4 + Math.floor((v % size) / 8),
    );
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const crop = randomCrop(
          size,
          { area: [0.2, 1], aspect: [0.75, 4 / 3], mirror: true },
          new Random(seed),
        );
        const cropped = patchGrid(24, 8);
        const out = new Float32Array(24 * 24);
        cropSlice(slice, size, 1, crop, 24, out);
        const under = patchesUnderCrop(full, cropped, crop);
        for (let q = 0; q < cropped.count; q++) {
          const seen = new Set<number>();
          for (let y = 0; y < 8; y++)
            for (let x = 0; x < 8; x++) seen.add(out[(Math.floor(q / 3) * 8 + y) * 24 + (q % 3) * 8 + x]);
          if (seen.size === 1) expect(under[q]).toBe([...seen][0]);
        }
      }),
    );
  });

  it('carries labels and scores', () => {
    const s = { ...selection([0, 1, 0, 1]), takesPart: Uint8Array.of(1, 1, 0, 1) };
    const carried = carryToCrop(s, Uint8Array.of(1, 1, 0, 0), Uint32Array.of(3, 1, 1, 2));
    expect([...carried.labels]).toEqual([0, 1, 1, 0]);
    expect([...carried.selection.score]).toEqual([-3, -1, -1, -2]);
    expect([...carried.selection.takesPart]).toEqual([1, 1, 1, 0]);
  });
});

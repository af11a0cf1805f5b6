import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NNUNET, PLAIN } from '../../../models/train';
import {
  changeContrast,
  changeGamma,
  gaussianBlur,
  lowerResolution,
} from '../../../models/train/augment/intensity';
import { makeSample } from '../../../models/train/augment/sample';
import { holdBack } from '../../../models/train/held-back';
import { learningRate } from '../../../models/train/schedule';
import { joined, subset } from '../../../models/train';
import { discs } from './synthetic';

const source = discs(12, 32);
const image = new Float32Array(32 * 32);
const label = new Float32Array(32 * 32);
source.read(3, image);
source.readLabel(3, label);
const order = {
  image,
  label,
  from: 32,
  to: 32,
  channels: 1,
  labels: 1,
  slices: 1,
  onForeground: false,
  augmentation: PLAIN,
  seeds: [1],
};
const sample = (part: Partial<typeof order>) => {
  const to = part.to ?? 32;
  const out = { image: new Float32Array(to * to), label: new Float32Array(to * to) };
  makeSample({ ...order, ...part }, out.image, out.label);
  return out;
};
const sum = (a: Float32Array): number => a.reduce((s, v) => s + v, 0);
const spread = (a: Float32Array): [number, number] => {
  const mean = sum(a) / a.length;
  return [mean, Math.sqrt(a.reduce((s, v) => s + (v - mean) ** 2, 0) / a.length)];
};

describe('a sample', () => {
  it('without augmentation is the slice', () => {
    const plain = sample({});
    expect(plain.image).toEqual(image);
    expect(plain.label).toEqual(label);
  });

  it('keeps image and label together, however it is turned', () => {
    // The label itself as image: wherever the label says inside, the image must be at least one half.
    const spatial = {
      ...PLAIN,
      rotate: { probability: 1, degrees: 180 },
      scale: NNUNET.scale,
      mirror: NNUNET.mirror,
    };
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const made = sample({ image: label, augmentation: spatial, seeds: [seed] });
        made.label.forEach((l, v) => {
          if (l >= 0) expect(made.image[v] >= 0.5 - 1e-6).toBe(l === 1);
        });
      }),
    );
  });

  it('mirrors exactly', () => {
    const mirror = { ...PLAIN, mirror: { horizontal: true, vertical: true } };
    const kinds = new Set<string>();
    for (let seed = 0; seed < 40; seed++) {
      const made = sample({ augmentation: mirror, seeds: [seed] }).image;
      const at = (x: number, y: number): number => image[y * 32 + x];
      for (const [h, v] of [
        [0, 0],
        [1, 0],
        [0, 1],
        [1, 1],
      ])
        if (made.every((value, i) => value === at(h ? 31 - (i % 32) : i % 32, v ? 31 - (i >> 5) : i >> 5)))
          kinds.add(`${h}${v}`);
    }
    expect(kinds.size).toBe(4);
  });

  it('shows the lesion when it must, and is the same for the same seeds', () => {
    for (let seed = 0; seed < 30; seed++)
      expect(sum(sample({ to: 8, onForeground: true, seeds: [seed] }).label)).toBeGreaterThan(0);
    const a = sample({ augmentation: NNUNET, seeds: [5, 6] });
    expect(sample({ augmentation: NNUNET, seeds: [5, 6] })).toEqual(a);
    expect(sample({ augmentation: NNUNET, seeds: [5, 7] })).not.toEqual(a);
    for (let seed = 0; seed < 50; seed++)
      expect(sample({ augmentation: NNUNET, seeds: [seed] }).image.every(Number.isFinite)).toBe(true);
  });

  it('has unknown labels where the slice has them, and off the slice', () => {
    const unknown = label.slice().fill(-1, 512);
    expect([...sample({ label: unknown }).label.subarray(512)].every((v) => v === -1)).toBe(true);
    const small = { ...PLAIN, scale: { probability: 1, range: [2, 2] as [number, number] } };
    const made = sample({ augmentation: small }).label;
    expect(made[0]).toBe(-1);
    expect(made[16 * 32 + 16]).toBeGreaterThanOrEqual(0);
  });
});

describe('intensities', () => {
  it('keep what they promise', () => {
    const gamma = image.slice();
    changeGamma(gamma, 1.4);
    spread(gamma).forEach((v, i) => expect(v).toBeCloseTo(spread(image)[i], 4));
    const contrast = image.slice();
    changeContrast(contrast, 1.2);
    expect(Math.max(...contrast)).toBeCloseTo(Math.max(...image), 5);
    const blurred = image.slice();
    gaussianBlur(blurred, 32, 1);
    expect(spread(blurred)[0]).toBeCloseTo(spread(image)[0], 1);
    expect(spread(blurred)[1]).toBeLessThan(spread(image)[1]);
    const flat = new Float32Array(1024).fill(2);
    gaussianBlur(flat, 32, 0.7);
    lowerResolution(flat, 32, 0.5);
    changeGamma(flat, 0.8);
    expect(flat.every((v) => Math.abs(v - 2) < 1e-5)).toBe(true);
  });
});

describe('the learning rate', () => {
  it('climbs, then falls along half a cosine', () => {
    const schedule = { rate: 1, warmUpSteps: 10, totalSteps: 110, floor: 0.1 };
    expect(learningRate(schedule, 0)).toBeCloseTo(0.1, 12);
    expect(learningRate(schedule, 9)).toBe(1);
    expect(learningRate(schedule, 60)).toBeCloseTo(0.55, 12);
    expect(learningRate(schedule, 110)).toBeCloseTo(0.1, 12);
    expect(learningRate({ ...schedule, warmUpSteps: 0 }, 0)).toBe(1);
  });
});

describe('holding back', () => {
  it('keeps cases whole, and keeps nothing back where contours are few', () => {
    const many = discs(60, 16, 1, 6);
    const { teaching, heldBack } = holdBack(many, { share: 0.2, minimumSlices: 20, patience: 1 }, 1);
    expect(teaching.length + heldBack.length).toBe(60);
    const held = new Set(heldBack.map((s) => many.caseOf(s)));
    expect(teaching.some((s) => held.has(many.caseOf(s)))).toBe(false);
    expect(heldBack.length).toBeGreaterThanOrEqual(12);
    expect(holdBack(many, { share: 0.2, minimumSlices: 61, patience: 1 }, 1).heldBack).toEqual([]);
    const one = discs(40, 16, 1, 1);
    const runs = holdBack(one, { share: 0.2, minimumSlices: 20, patience: 1 }, 1).heldBack;
    expect(runs).toHaveLength(8);
    expect(runs[3] - runs[0]).toBe(3);
  });
});

describe('sources', () => {
  it('can be cut and joined', () => {
    const both = joined([subset(source, [2, 5]), { ...subset(source, [7]), weight: () => 0.5 }]);
    expect(both.count).toBe(3);
    const a = new Float32Array(1024);
    const b = new Float32Array(1024);
    both.readLabel(2, a);
    source.readLabel(7, b);
    expect(a).toEqual(b);
    expect([both.weight?.(0), both.weight?.(2)]).toEqual([1, 0.5]);
    expect(both.caseOf(1)).toBe(source.caseOf(5));
    expect(() => joined([source, discs(2, 16)])).toThrow(/size/);
  });
});

import { describe, expect, it } from 'vitest';
import { wilcoxon } from '../../../models/metrics';
// scipy.stats.wilcoxon 1.17 on random differences: exact without ties up to 50, approx (no continuity correction) else.
import reference from './wilcoxon.json';

describe("Wilcoxon's signed-rank test", () => {
  it.each(reference.map((one, i) => [i, one] as const))(
    'equals scipy, case %i',
    (_i, { d, statistic, p }) => {
      const found = wilcoxon(
        d,
        d.map(() => 0),
      );
      expect(found.statistic).toBeCloseTo(statistic, 9);
      expect(Math.abs(found.p / p - 1)).toBeLessThan(1e-6);
    },
  );

  it('by hand: four pairs of one sign have p 2/16', () => {
    expect(wilcoxon([1, 2, 3, 4], [0, 0, 0, 0])).toEqual({ count: 4, statistic: 0, p: 0.125 });
    expect(wilcoxon([1, 1], [1, 1])).toEqual({ count: 0, statistic: 0, p: 1 });
    expect(() => wilcoxon([1], [])).toThrow(RangeError);
  });
});

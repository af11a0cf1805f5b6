import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TeachSpec } from '../../main/learning/jobs/spec';
import { mostUnlabelled, spreadOver, unlabelledCases } from '../../main/learning/jobs/unlabelled';

describe('scans that nobody contoured', () => {
  test('as many as wanted, in their order, none twice, from the whole archive', () => {
    fc.assert(
      fc.property(fc.nat(3000), fc.integer({ min: 1, max: 500 }), (length, count) => {
        const all = Array.from({ length }, (_, n) => n);
        const some = spreadOver(all, count);
        expect(some).toHaveLength(Math.min(length, count));
        for (let n = 1; n < some.length; n++) expect(some[n]).toBeGreaterThan(some[n - 1]);
        // No gap is larger than two strides: no part of the archive is passed over.
        const stride = Math.max(1, length / count);
        [...some, length].reduce((last, v) => {
          expect(v - last).toBeLessThanOrEqual(2 * stride);
          return v;
        }, 0);
      }),
    );
  });

  test('a contoured scan never teaches as one without contours', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 0, max: 600 }), { minLength: 1 }),
        fc.uniqueArray(fc.integer({ min: 0, max: 600 })),
        (taught, others) => {
          const ref = (n: number) => ({ id: String(n) });
          const spec = { cases: taught.map(ref), unlabelled: others.map(ref) } as unknown as TeachSpec;
          const ids = unlabelledCases(spec).map(({ id }) => Number(id));
          expect(ids.filter((id) => taught.includes(id))).toEqual([]);
          const free = others.filter((id) => !taught.includes(id));
          expect(ids).toHaveLength(Math.min(mostUnlabelled, free.length));
        },
      ),
    );
    expect(unlabelledCases({ cases: [] } as unknown as TeachSpec)).toEqual([]);
  });
});

import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { touch, trimCache } from '../../main/learning/cache/trim';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'cache-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const put = (name: string, bytes: number, day: number): string => {
  mkdirSync(join(folder, name.slice(0, 2)), { recursive: true });
  const file = join(folder, name.slice(0, 2), `${name}.slices`);
  writeFileSync(file, Buffer.alloc(bytes));
  writeFileSync(`${file}.sha256`, 'x');
  utimesSync(file, new Date(2026, 0, day), new Date(2026, 0, day));
  return file;
};

test('what was not used for longest goes first; a file that is used again stays', () => {
  const [old, middle, fresh] = [put('aa1', 400, 1), put('bb2', 400, 2), put('bb3', 400, 3)];
  touch(old);
  expect(trimCache(folder, 1000, new Set())).toBe(400);
  expect([old, middle, fresh].map((file) => existsSync(file))).toEqual([true, false, true]);
  expect(existsSync(`${middle}.sha256`)).toBe(false);
});

test('for any cache: not over the limit unless what is in use is, nothing in use is lost, nothing more than needed', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ bytes: fc.integer({ min: 1, max: 900 }), used: fc.boolean() }), { maxLength: 12 }),
      fc.integer({ min: 0, max: 4000 }),
      (entries, limit) => {
        rmSync(folder, { recursive: true, force: true });
        const files = entries.map(({ bytes }, n) => put(`${n % 3}0${n}`, bytes, n + 1));
        const keep = new Set(files.filter((_, n) => entries[n].used));
        const before = entries.reduce((n, { bytes }) => n + bytes, 0);
        const freed = trimCache(folder, limit, keep);
        const left = files.flatMap((file, n) => (existsSync(file) ? [n] : []));
        const bytes = left.reduce((n, k) => n + entries[k].bytes, 0);
        expect(bytes).toBe(before - freed);
        for (const file of keep) expect(existsSync(file)).toBe(true);
        const rest = left.filter((n) => !entries[n].used);
        if (bytes > limit) expect(rest).toEqual([]);
        // The last one thrown out was needed: with it the cache would have been too large.
        const gone = entries.flatMap((_, n) => (left.includes(n) ? [] : [n]));
        const last = gone.at(-1);
        if (last !== undefined) expect(bytes + entries[last].bytes).toBeGreaterThan(limit);
        // Older ones went before younger ones.
        for (const n of rest) for (const g of gone) expect(g).toBeLessThan(n);
      },
    ),
    { numRuns: 60 },
  );
});

test('a cache that is not there is no larger than any limit', () => {
  expect(trimCache(join(folder, 'nowhere'), 0, new Set())).toBe(0);
});

test('what an engine left half written when it was ended goes; what is being written stays', () => {
  const [left, writing] = ['aa1', 'bb1'].map((name, n) => {
    mkdirSync(join(folder, name.slice(0, 2)), { recursive: true });
    const file = join(folder, name.slice(0, 2), `${name}.slices.${n}.part`);
    writeFileSync(file, Buffer.alloc(400));
    return file;
  });
  utimesSync(left, new Date(2026, 0, 1), new Date(2026, 0, 1));
  const kept = put('cc1', 400, 3);
  trimCache(folder, 1000, new Set());
  expect([left, writing, kept].map((file) => existsSync(file))).toEqual([false, true, true]);
});

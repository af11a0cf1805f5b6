import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadCheckpoint, saveCheckpoint } from '../../main/learning/jobs/checkpoint';
import { writeAtomic } from '../../main/learning/store/atomic';
import { explain } from '../../main/learning/store/failure';

/** A disk of 256 kB. Only root may make one, and only on Linux; elsewhere this is not tried. */
const folder = mkdtempSync(join(tmpdir(), 'full-'));
const disk = join(folder, 'disk');
const mounted = ((): boolean => {
  try {
    mkdirSync(disk);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', disk], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

beforeAll(() => {
  if (!mounted) console.warn('A full disk was not tried: this user may not make a small one.');
});
afterAll(() => {
  if (mounted) execFileSync('umount', [disk]);
  rmSync(folder, { recursive: true, force: true });
});

test.skipIf(!mounted)(
  'on a full disk the last checkpoint stays whole, and the sentence names the disk',
  () => {
    const good = { epoch: 1, weights: Float32Array.from({ length: 10_000 }, (_, i) => i) };
    saveCheckpoint(disk, 'run', good);
    const before = readdirSync(disk);
    let failure: unknown;
    try {
      saveCheckpoint(disk, 'run', { epoch: 2, weights: new Float32Array(200_000) });
    } catch (error) {
      failure = error;
    }
    expect(explain(failure).sentence).toMatch(/The disk is full/);
    expect(explain(failure).hint).toMatch(/Free some space/);
    expect(readdirSync(disk)).toEqual(before);
    expect(loadCheckpoint(disk, 'run')).toEqual(good);
  },
);

test.skipIf(!mounted)('a file that is replaced is the old one or the new one, never half', () => {
  const file = join(disk, 'model.json');
  writeFileSync(file, 'old');
  expect(() => writeAtomic(file, [Buffer.alloc(400_000)])).toThrow();
  expect(readFileSync(file, 'utf8')).toBe('old');
});

test('a checkpoint of another configuration, or one that is damaged, counts as none', () => {
  const work = join(folder, 'work');
  saveCheckpoint(work, 'a', { epoch: 3 });
  expect(loadCheckpoint(work, 'a')).toEqual({ epoch: 3 });
  expect(loadCheckpoint(work, 'b')).toBeNull();
  const file = join(work, readdirSync(work)[0]);
  writeFileSync(file, readFileSync(file).subarray(0, 20));
  expect(loadCheckpoint(work, 'a')).toBeNull();
});

import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { lockForWriting } from '../../main/annotation/lock';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'amlp-lock-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));
const file = (): string => join(folder, 'writer.lock');

test('a second writer is refused with a sentence, until the first has gone', async () => {
  const first = await lockForWriting(folder);
  await expect(lockForWriting(folder)).rejects.toThrow('open in another AMLP Studio');
  await first.release();
  await (await lockForWriting(folder)).release();
  expect(readdirSync(folder)).toEqual([]);
});

test.skipIf(process.platform !== 'linux')('the lock of a process that was killed is taken over', async () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  await new Promise((resolve) => child.once('spawn', resolve));
  const pid = child.pid!;
  const started = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ')[19];
  writeFileSync(file(), JSON.stringify({ pid, started, host: hostname() }));
  await expect(lockForWriting(folder)).rejects.toThrow('open in another');
  child.kill('SIGKILL');
  await new Promise((resolve) => child.once('exit', resolve));
  await (await lockForWriting(folder)).release();
});

test('a number that was given to another process since does not hold the lock', async () => {
  writeFileSync(file(), JSON.stringify({ pid: process.pid, started: '1', host: hostname() }));
  await (await lockForWriting(folder)).release();
});

test("another computer's lock stands, a damaged one does not", async () => {
  writeFileSync(file(), JSON.stringify({ pid: 1, started: '1', host: 'elsewhere' }));
  await expect(lockForWriting(folder)).rejects.toThrow('another computer');
  writeFileSync(file(), '{"pid');
  await (await lockForWriting(folder)).release();
});

test('of many takers of a stale lock exactly one wins', async () => {
  writeFileSync(file(), JSON.stringify({ pid: 2 ** 22 + 1, started: '1', host: hostname() }));
  const results = await Promise.allSettled(Array.from({ length: 12 }, () => lockForWriting(folder)));
  expect(results.filter((r) => r.status === 'fulfilled')).toHaveLength(1);
});

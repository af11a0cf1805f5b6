import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { lockForWriting } from '../../main/annotation/lock';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'amlp-lock-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Another process that takes the lock as the application does, says so, and waits. */
function otherWriter(): ChildProcess {
  const script = `
    const { DatabaseSync } = require('@photostructure/sqlite');
    const { writeFileSync } = require('node:fs');
    const database = new DatabaseSync(${JSON.stringify(join(folder, 'writer.lock'))}, { timeout: 0 });
    try { database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE'); } catch { process.stdout.write('refused'); process.exit(3); }
    writeFileSync(${JSON.stringify(join(folder, 'writer.pid'))}, String(process.pid));
    process.stdout.write('held');
    setInterval(() => database, 1000);`;
  return spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
}
const answer = (child: ChildProcess): Promise<string> =>
  new Promise((resolve) => child.stdout!.once('data', (data) => resolve(String(data))));

test('a second writer is refused with a sentence, until the first has gone', async () => {
  const first = await lockForWriting(folder);
  await expect(lockForWriting(folder)).rejects.toThrow(`another AMLP Studio (process ${process.pid})`);
  const other = otherWriter();
  expect(await answer(other)).toBe('refused');
  await first.release();
  await first.release();
  expect(existsSync(join(folder, 'writer.pid'))).toBe(false);
  await (await lockForWriting(folder)).release();
});

test('the lock of a process that was killed is free at once', async () => {
  const other = otherWriter();
  expect(await answer(other)).toBe('held');
  await expect(lockForWriting(folder)).rejects.toThrow(`another AMLP Studio (process ${other.pid})`);
  other.kill('SIGKILL');
  await new Promise((resolve) => other.once('exit', resolve));
  const mine = await lockForWriting(folder);
  expect(readFileSync(join(folder, 'writer.pid'), 'utf8')).toBe(String(process.pid));
  await mine.release();
});

test('a lock file that was damaged does not shut anybody out', async () => {
  writeFileSync(join(folder, 'writer.lock'), 'x'.repeat(4096));
  const mine = await lockForWriting(folder);
  await expect(lockForWriting(folder)).rejects.toThrow('another AMLP Studio');
  await mine.release();
});

test('of many takers exactly one wins, again and again', async () => {
  for (let round = 0; round < 50; round++) {
    const results = await Promise.allSettled(Array.from({ length: 12 }, () => lockForWriting(folder)));
    const won = results.filter((r) => r.status === 'fulfilled');
    expect(won).toHaveLength(1);
    for (const lock of won) await lock.value.release();
  }
});

import { fork, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { processorTime, Silence } from '../../main/archive/silence';

let folder: string;
let child: ChildProcess;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'amlp-silence-'))));
afterEach(() => {
  child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

/** A process of this program, once it runs. */
async function running(program: string): Promise<number> {
  const file = join(folder, 'program.cjs');
  writeFileSync(file, `process.send('here', () => { ${program} });`);
  child = fork(file);
  await new Promise((resolve) => child.once('message', resolve));
  return child.pid!;
}

async function tooLongAfter(silence: Silence, pid: number, limit: number): Promise<number> {
  const startedAt = Date.now();
  while (!silence.isTooLong(pid, limit)) await new Promise((resolve) => setTimeout(resolve, 20));
  return Date.now() - startedAt;
}

describe.skipIf(process.platform !== 'linux')('a silent worker', () => {
  test('that computes for ever is stuck once it has used its limit of a processor', async () => {
    const pid = await running('for (;;);');
    const before = processorTime(pid)!;
    const waited = await tooLongAfter(new Silence(), pid, 300);
    // Where others leave it less than a third of a processor, patience ends first.
    if (waited < 900) expect(processorTime(pid)! - before).toBeGreaterThanOrEqual(300);
  });

  test('that has no processor is waited for three times as long', async () => {
    const pid = await running('setInterval(() => 0, 1000);');
    child.kill('SIGSTOP');
    expect(await tooLongAfter(new Silence(), pid, 300)).toBeGreaterThan(900);
  });

  test('that is gone, or of a system that tells nothing, is judged by the clock', async () => {
    const pid = await running('process.exit();');
    await new Promise((resolve) => child.once('exit', resolve));
    expect(processorTime(pid)).toBeNull();
    expect(await tooLongAfter(new Silence(), pid, 200)).toBeGreaterThanOrEqual(200);
  });

  test('that speaks is not silent', async () => {
    const pid = await running('for (;;);');
    const silence = new Silence();
    for (let n = 0; n < 20; n++) {
      await new Promise((resolve) => setTimeout(resolve, 30));
      silence.heard();
      expect(silence.isTooLong(pid, 200)).toBe(false);
    }
  });
});

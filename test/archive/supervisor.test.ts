import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WorkerClient } from '../../main/archive/supervisor';
import { forkHost } from '../../main/shell/process-host';
import { dataPath, sharedData } from '../data';
import { builtProcess } from '../processes';
import { archiveInOwnFolders } from './studio';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'amlp-worker-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const client = async (megabytes: number): Promise<WorkerClient> =>
  new WorkerClient(
    forkHost(await builtProcess('archive-worker', 'main/archive/worker/process.ts')),
    megabytes,
  );
const openIndex = () => ({ kind: 'open-index', index: join(folder, 'index.sqlite') }) as const;

test('a worker that takes more memory than it may is ended, and the next task gets another', async () => {
  const small = await client(20);
  // Node alone takes more than 20 MB: the watchdog ends it as soon as it looks.
  await expect(
    small.ask({ kind: 'demonstration', folder: join(folder, 'demonstration') }),
  ).rejects.toMatchObject({ name: 'WorkerEnded' });
  small.close();
});

test('a worker that does not answer any more is ended, and the next task gets another', async () => {
  const one = await client(2000);
  await one.ask(openIndex());
  const first = one.pid!;
  process.kill(first, 'SIGSTOP');
  await expect(one.ask(openIndex(), { stuckAfter: 700 })).rejects.toMatchObject({ how: 'stuck' });
  expect(await one.ask(openIndex())).toEqual({ rebuilt: false });
  expect(one.pid).not.toBe(first);
  one.close();
});

test('a task that takes too long is ended', async () => {
  const one = await client(2000);
  await expect(
    one.ask({ kind: 'demonstration', folder: join(folder, 'demonstration') }, { timeLimit: 300 }),
  ).rejects.toMatchObject({ how: 'too long' });
  one.close();
});

test.skipIf(sharedData === null)(
  'the application is told in a sentence where a reader is ended, and reads the volume when asked again',
  async () => {
    const { archive, close } = await archiveInOwnFolders();
    await archive.open(dataPath('archive', 'sts', 'STS_008', 'CT'));
    await archive.scanned();
    const [{ id }] = archive.volumes();
    const preparing = archive.prepare(id);
    const outcome = expect(preparing).rejects.toThrow('stopped its reader');
    while (archive.workers.reader === undefined) await new Promise((resolve) => setTimeout(resolve, 5));
    process.kill(archive.workers.reader, 'SIGKILL');
    await outcome;
    expect((await archive.prepare(id)).volume.id).toBe(id);
    await close();
  },
);

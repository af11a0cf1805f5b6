import { expect, test } from 'vitest';
import { EngineSupervisor } from '../../main/learning/engine/supervisor';
import { Stopped } from '../../main/learning/jobs/context';
import type { EngineSpec } from '../../main/learning/jobs/spec';
import { standInHost } from './stand-in';

const spec = (title: string): EngineSpec => ({ kind: 'propose', title }) as EngineSpec;

function supervised(prepare: (id: string) => Promise<string>, patience = 5) {
  const { host, started } = standInHost();
  return { started, engine: new EngineSupervisor({ host, prepare, patience }) };
}

test('a volume that an ended engine asked for never reaches the next one', async () => {
  const waiting = new Map<string, (folder: string) => void>();
  const { started, engine } = supervised((id) => new Promise((resolve) => waiting.set(id, resolve)));
  const first = engine.run(spec('first'), () => undefined).catch((error: unknown) => error);
  started[0].say({ kind: 'want-volume', request: 1, volumeId: 'one patient' });
  engine.stop('cancel');
  started[0].exit();
  expect(await first).toBeInstanceOf(Stopped);

  const second = engine.run(spec('second'), () => undefined);
  started[1].say({ kind: 'want-volume', request: 1, volumeId: 'another patient' });
  // A new engine counts its requests from one again.
  waiting.get('one patient')?.('folder of one patient');
  await Promise.resolve();
  waiting.get('another patient')?.('folder of another patient');
  await Promise.resolve();
  await new Promise((resolve) => setTimeout(resolve));
  expect(started[1].heard.filter(({ kind }) => kind === 'volume')).toHaveLength(1);
  expect(started[1].folders()).toEqual({ 1: 'folder of another patient' });
  started[1].say({ kind: 'done', run: 2, result: { message: 'Done.', figures: [] } });
  await second;
});

test('an engine that was ended for a cancelled job is not taken for one that does not start', async () => {
  const { started, engine } = supervised(() => Promise.reject(new Error('There is no archive here.')));
  // A person who changes their mind five times while the tensor library is being loaded.
  for (let n = 0; n < 5; n++) {
    const job = engine.run(spec(`${n}`), () => undefined).catch((error: unknown) => error);
    engine.stop('cancel');
    expect(await job).toBeInstanceOf(Stopped);
  }
  expect(engine.status().state).not.toBe('unavailable');
  expect(started.map(({ env }) => env['AMLP_BACKEND'])).toEqual(started.map(() => undefined));
});

test('an engine that ends by itself before it is ready is given up, the last times without a card', async () => {
  const { started, engine } = supervised(() => Promise.reject(new Error('There is no archive here.')));
  engine.start();
  for (let n = 0; n < 4; n++) started[n].exit();
  expect(engine.status().state).toBe('unavailable');
  expect(started.map(({ env }) => env['AMLP_BACKEND'])).toEqual([undefined, undefined, 'cpu', 'cpu']);
  await engine.close();
});

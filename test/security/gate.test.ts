import { describe, expect, test } from 'vitest';
import { openGate, sentenceOf, type Asker, type Handlers, type Receiver } from '../../main/ipc/gate';
import { annotationHandlers } from '../../main/ipc/annotation';
import { appHandlers } from '../../main/ipc/app';
import { archiveHandlers } from '../../main/ipc/archive';
import { exchangeHandlers } from '../../main/ipc/exchange';
import { learningHandlers } from '../../main/ipc/learning';
import { channelOf, methods, type Answer } from '../../preload/channels';

/** A main process that counts what reaches it. */
function gate(): {
  calls: unknown[][];
  ask(channel: string, event: Asker, ...args: unknown[]): Promise<Answer>;
  channels: string[];
} {
  const calls: unknown[][] = [];
  const domain = <T extends object>(): T =>
    new Proxy({} as T, {
      get:
        (_t, name) =>
        async (...args: unknown[]) =>
          void calls.push([name, ...args]),
    });
  const handlers: Handlers = {
    archive: archiveHandlers(domain(), async () => null),
    annotation: annotationHandlers(domain(), domain(), async () => null),
    learning: learningHandlers(domain(), domain(), domain()),
    exchange: exchangeHandlers(domain(), domain()),
    app: appHandlers(domain()),
  };
  const listeners = new Map<string, Parameters<Receiver['handle']>[1]>();
  openGate(
    { handle: (channel, listener) => void listeners.set(channel, listener) },
    handlers,
    () => undefined,
  );
  return {
    calls,
    channels: [...listeners.keys()],
    ask: (channel, event, ...args) => listeners.get(channel)!(event, ...args),
  };
}

const frame = { url: 'app://studio/index.html' };
const own: Asker = { sender: { mainFrame: frame }, senderFrame: frame };
const id = 'ab'.repeat(16);
const flip = {
  kind: 'flip',
  name: 'Brush on slice 4',
  segmentId: 's',
  flips: Uint32Array.of(1, 2, 5, 1),
  reviewedSlices: [4],
};

test('every function of the contract has a handler, and there is no other', () => {
  expect(gate().channels.sort()).toEqual(
    Object.entries(methods)
      .flatMap(([domain, names]) => Object.keys(names).map((n) => channelOf(domain, n)))
      .sort(),
  );
});

describe('who asks', () => {
  const embedded = { url: 'app://studio/index.html' };
  test.each<[string, Asker]>([
    ['another page', { sender: { mainFrame: frame }, senderFrame: { url: 'https://evil/' } }],
    ['a frame inside our page', { sender: { mainFrame: frame }, senderFrame: embedded }],
    ['a frame that is gone', { sender: { mainFrame: frame }, senderFrame: null }],
    ['a page of a like name', like('app://studio.evil/index.html')],
    ['an empty page', like('about:blank')],
  ])('%s is refused, and nothing is done', async (_who, event) => {
    const g = gate();
    const answer = await g.ask('studio:archive.open', event, '/scans');
    expect(answer.ok).toBe(false);
    expect(g.calls).toEqual([]);
  });
  test('our own page is answered', async () => {
    const g = gate();
    expect(await g.ask('studio:archive.open', own, '/scans')).toEqual({ ok: true, value: undefined });
    expect(g.calls).toEqual([['open', '/scans']]);
  });
});

function like(url: string): Asker {
  const f = { url };
  return { sender: { mainFrame: f }, senderFrame: f };
}

describe('what is asked', () => {
  test.each<[string, unknown[]]>([
    ['archive.open', []],
    ['archive.open', [42]],
    ['archive.open', ['/a\0b']],
    ['archive.open', ['/a', 'more']],
    ['archive.openVolume', ['../../etc']],
    ['archive.openVolume', [{ toString: () => id }]],
    ['annotation.apply', [id, -1, flip]],
    ['annotation.apply', [id, 0.5, flip]],
    ['annotation.apply', [id, 0, { ...flip, flips: [1, 2] }]],
    ['annotation.apply', [id, 0, { ...flip, flips: Uint32Array.of(5, 1, 1, 1) }]],
    ['annotation.apply', [id, 0, { ...flip, flips: Uint32Array.of(1) }]],
    ['annotation.apply', [id, 0, { ...flip, kind: 'evil' }]],
    ['annotation.apply', [id, 0, { ...flip, surplus: 1 }]],
    ['annotation.apply', [id, 0, { ...flip, name: 'x'.repeat(500) }]],
    ['annotation.edits', [id, 0]],
    ['learning.pretrain', ['ct', { epochs: 0 }]],
    ['learning.pretrain', ['../ct', {}]],
    ['learning.teach', ['ct', {}]],
    ['learning.activate', ['../../model']],
    ['exchange.export', [{ volumeId: id, formats: ['exe'], segmentIds: ['s'], folder: '/x' }]],
    ['exchange.export', [{ volumeId: id, formats: [], segmentIds: ['s'], folder: '/x' }]],
    ['exchange.import', [id, '']],
    ['app.version', [1]],
  ])('%s with %j is refused', async (name, args) => {
    const g = gate();
    expect((await g.ask(`studio:${name}`, own, ...args)).ok).toBe(false);
    expect(g.calls).toEqual([]);
  });

  test.each<[string, unknown[]]>([
    ['annotation.apply', [id, 0, flip]],
    ['annotation.moveTo', [id, 3]],
    ['learning.pretrain', ['ct', {}]],
    ['learning.pretrain', ['ct', { epochs: 5 }]],
    ['learning.estimate', ['teach', 'ct', {}]],
    ['learning.estimate', ['teach', 'ct', { epochs: 4, unlabelled: true }]],
    ['learning.teach', ['ct', { segmentName: 'GTV' }]],
    ['exchange.export', [{ volumeId: id, formats: ['nifti'], segmentIds: ['s'], folder: '/x' }]],
  ])('%s with %j is done', async (name, args) => {
    const g = gate();
    expect(await g.ask(`studio:${name}`, own, ...args)).toEqual({ ok: true, value: undefined });
    expect(g.calls).toHaveLength(1);
  });
});

describe('failures', () => {
  test('of the system are put in words, without its paths', () => {
    const error = Object.assign(new Error("ENOSPC: no space left on device, write '/home/x/Patient Name'"), {
      code: 'ENOSPC',
    });
    expect(sentenceOf(error)).toMatch(/disk is full/);
    expect(sentenceOf(error)).not.toContain('Patient');
  });
  test('are one sentence, never a stack', () => {
    expect(sentenceOf(new Error('Something is wrong.\n    at file.ts:1'))).toBe('Something is wrong.');
  });
});

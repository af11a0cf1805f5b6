/**
 * The engine: a process of its own that owns the tensor library and runs one job at a time. It can be killed at
 * any moment; its jobs save as they go. It never ends itself while work could be lost: it saves, says so, and
 * waits to be ended.
 */
import { constants, setPriority } from 'node:os';
import { openRuntime, preferredBackend, type Device, type Runtime } from '../../../models/runtime';
import { workerPort } from '../../shell/worker-port';
import { Stopped, type Will } from '../jobs/context';
import { runJob } from '../jobs/run';
import type { ChannelRef, JobProgress, EngineSpec } from '../jobs/spec';
import { explain } from '../store/failure';
import { openPrepared, openVolumeFile } from '../volumes/open';
import type { FromEngine, ToEngine } from './messages';

// Learning takes all cores; the window comes first on them. Threads inherit it, so before any is started.
try {
  setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
} catch {
  // A system that does not let a process be modest: it works all the same.
}

const port = workerPort();
const say = (message: FromEngine): void => port.send(message);

let opened: Promise<Runtime> | null = null;
const runtime = (): Promise<Runtime> => (opened ??= openRuntime({ prefer: preferredBackend(process.env) }));

let current: { readonly run: number; will: Will; readonly ended: Promise<void> } | null = null;

let requests = 0;
const waiting = new Map<number, { resolve: (folder: string) => void; reject: (error: Error) => void }>();

/** Asks main, and waits for the answer. */
function ask(question: (request: number) => FromEngine): Promise<string> {
  const request = ++requests;
  return new Promise((resolve, reject) => {
    waiting.set(request, { resolve, reject });
    say(question(request));
  });
}

/** Asks main for an archive's volume; main has a worker read it and answers with a folder. */
async function openVolume(channel: ChannelRef): ReturnType<typeof openVolumeFile> {
  const { source } = channel;
  if (source.kind === 'file') return openVolumeFile(source.file);
  const { volumeId } = source;
  return openPrepared(await ask((request) => ({ kind: 'want-volume', request, volumeId })), channel);
}

async function assertCurrent({ source, key }: ChannelRef): Promise<void> {
  if (source.kind === 'file') return;
  const { volumeId } = source;
  await ask((request) => ({ kind: 'check-volume', request, volumeId, key }));
}

/** A job that waits for a scan cannot look whether it is to stop. */
function waitNoMore(will: Exclude<Will, 'run'>): void {
  for (const { reject } of waiting.values()) reject(new Stopped(will));
  waiting.clear();
}

/** Passes on what matters: every point of the curve, and otherwise a few messages a second. */
function throttled(run: number): (progress: JobProgress) => void {
  let last = -Infinity;
  return (progress) => {
    const now = performance.now();
    if (!progress.point && !progress.pictures && now - last < 250) return;
    last = now;
    say({ kind: 'progress', run, progress });
  };
}

async function work(run: number, spec: EngineSpec): Promise<void> {
  try {
    const result = await runJob(spec, {
      runtime,
      openVolume,
      assertCurrent,
      report: throttled(run),
      will: () => current?.will ?? 'run',
    });
    say({ kind: 'done', run, result });
  } catch (error) {
    if (error instanceof Stopped) say({ kind: 'stopped', run, will: error.will });
    else {
      const { sentence, hint } = explain(error);
      say({ kind: 'failed', run, message: `${sentence} ${hint}` });
    }
  }
}

port.onMessage((raw) => {
  const message = raw as ToEngine;
  switch (message.kind) {
    case 'run': {
      const ended = work(message.run, message.spec).finally(() => {
        if (current?.run === message.run) current = null;
      });
      current = { run: message.run, will: 'run', ended };
      return;
    }
    case 'stop':
      if (current?.run === message.run) current.will = message.will;
      waitNoMore(message.will);
      return;
    case 'volume':
      waiting.get(message.request)?.resolve(message.folder);
      waiting.delete(message.request);
      return;
    case 'volume-current':
      waiting.get(message.request)?.resolve('');
      waiting.delete(message.request);
      return;
    case 'no-volume':
      waiting.get(message.request)?.reject(new Error(message.message));
      waiting.delete(message.request);
      return;
    case 'end': {
      if (current) current.will = 'pause';
      waitNoMore('pause');
      void (current?.ended ?? Promise.resolve()).then(() => say({ kind: 'ended' }));
      return;
    }
  }
});

/** The device in a few words for a title bar, e.g. "CPU, 2 cores, bfloat16". */
const inShort = ({ kind, name, cores, mixed }: Device): string =>
  [
    kind === 'cpu' ? `CPU, ${cores} ${cores === 1 ? 'core' : 'cores'}` : `${kind.toUpperCase()}, ${name}`,
    ...(mixed ? [mixed] : []),
  ].join(', ');

runtime().then(
  ({ device }) =>
    say({
      kind: 'ready',
      device: { name: inShort(device), sentence: device.sentence, memoryBytes: device.memoryBytes },
    }),
  (error: unknown) => say({ kind: 'unavailable', message: explain(error).sentence }),
);

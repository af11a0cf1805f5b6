/** The archive worker: reads files that no one has vetted, in a process that may die of it. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { demonstrationScans, writeDemonstrationArchive } from '../../cli/demo/phantom-archive';
import { workerPort } from '../../shell/worker-port';
import { openIndex, THUMBNAIL, type Database } from '../database';
import type { FromWorker, ToWorker, WorkerRequest } from '../messages';
import { AtWork, readAtWork } from './at-work';
import { placeMasks, stageMasks } from './export';
import { importMaskFile } from './import';
import { prepareVolume } from './prepare';
import { blame, clearSuspicion, isSuspectedAgain } from './blame';
import { scanArchive } from './scan';
import { makeThumbnails, THUMBNAIL_MARK } from './thumbnails';
import { watchMemory } from './watchdog';

const memory = Number(process.argv.find((a) => a.startsWith('--memory='))?.slice('--memory='.length));
if (memory > 0) watchMemory(memory);

const port = workerPort();
const send = (message: FromWorker): void => port.send(message);
setInterval(() => send({ alive: true }), 500);

const cancelled = new Set<number>();
let index: { file: string; db: Database } | null = null;

function indexAt(file: string): { db: Database; rebuilt: boolean } {
  if (index?.file === file) return { db: index.db, rebuilt: false };
  index?.db.close();
  const opened = openIndex(file);
  index = { file, db: opened.db };
  return opened;
}

/**
 * What earlier workers were at when they ended is left out, so that it ends no further worker. Once may have been
 * chance (someone ended the process, the machine ran out of memory); twice at one file is not.
 */
async function learnFromCrash(db: Database, root: string, atWork: string, reason: string): Promise<void> {
  const culprit = readAtWork(atWork);
  if (culprit === null || !isSuspectedAgain(db, culprit)) return;
  if (culprit.startsWith(THUMBNAIL_MARK)) {
    db.prepare('UPDATE volumes SET thumbnail = ? WHERE id = ?').run(
      THUMBNAIL.impossible,
      culprit.slice(THUMBNAIL_MARK.length),
    );
    return;
  }
  const file = await stat(join(root, culprit)).catch(() => null);
  if (file) blame(db, culprit, { size: file.size, modified: file.mtimeMs }, reason);
}

async function work(task: number, request: WorkerRequest): Promise<unknown> {
  const stopped = (): boolean => cancelled.has(task);
  const changed = (): void => send({ task, changed: true });
  switch (request.kind) {
    case 'open-index':
      return { rebuilt: indexAt(request.index).rebuilt };
    case 'scan':
    case 'thumbnails': {
      const { db } = indexAt(request.index);
      await learnFromCrash(db, request.root, request.atWork, request.blame);
      const atWork = new AtWork(request.atWork);
      try {
        if (request.kind === 'scan')
          await scanArchive(db, request.root, atWork, {
            progress: (progress) => send({ task, progress }),
            changed,
            stopped,
          });
        else await makeThumbnails(db, request.root, request.thumbnails, atWork, { changed, stopped });
      } finally {
        atWork.close();
      }
      clearSuspicion(db);
      return { stopped: stopped() };
    }
    case 'prepare':
      return prepareVolume(
        request.root,
        request.source,
        request.folder,
        request.describe,
        (fraction) => send({ task, fraction }),
        (arrival) => send({ task, arrival }),
      );
    case 'stage-export':
      return stageMasks(request);
    case 'place-export':
      return placeMasks(request.files, request.folder);
    case 'import':
      return importMaskFile(request);
    case 'demonstration':
      await writeDemonstrationArchive(request.folder, {
        onProgress: ({ patient, patients }) => send({ task, fraction: patient / patients }),
      });
      return demonstrationScans(request.folder);
  }
}

/** Our own errors are sentences; the system's carry a code that the application words, and paths that stay here. */
function failureOf(error: unknown): { failed: string; code?: string } {
  const code = (error as { code?: unknown } | null)?.code;
  if (typeof code === 'string') return { failed: (error as Error).message, code };
  return { failed: error instanceof Error ? error.message : 'The file could not be read.' };
}

port.onMessage((message) => {
  const order = message as ToWorker;
  if ('cancel' in order) {
    cancelled.add(order.cancel);
    return;
  }
  work(order.ask, order.request).then(
    (done) => send({ task: order.ask, done: done ?? null }),
    (error: unknown) => send({ task: order.ask, ...failureOf(error) }),
  );
});

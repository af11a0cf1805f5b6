/** Scans and pictures of an archive whose files end their reader. */
import type { WorkerRequest } from './messages';
import { WorkerEnded, type AskOptions, type WorkerClient } from './supervisor';

/** Workers that are ended by one scan's files; beyond that the folder is at war with us. */
const MOST_CRASHES = 200;

const CULPRIT = 'It stopped its reader: it needs more time or memory than one file may, or it is damaged.';

/** What a worker needs to scan an open archive, or to make its pictures. */
export function scanRequest(
  kind: 'scan' | 'thumbnails',
  { root, index, thumbnails, atWork }: Record<'root' | 'index' | 'thumbnails' | 'atWork', string>,
): WorkerRequest {
  return { kind, root, index, thumbnails, atWork, blame: CULPRIT };
}

/**
 * Starts a task again as often as a file ends its worker; a file at which that happens twice is left out from then on.
 * @throws WorkerEnded where there is no end of it, TaskFailed where the worker says why
 */
export async function insist(
  scanner: WorkerClient,
  request: WorkerRequest,
  options: AskOptions & { readonly signal: AbortSignal },
): Promise<void> {
  for (let crashes = 0; ; crashes++) {
    if (options.signal.aborted) return;
    try {
      await scanner.ask(request, options);
      return;
    } catch (error) {
      if (options.signal.aborted) return;
      if (!(error instanceof WorkerEnded) || crashes >= MOST_CRASHES) throw error;
    }
  }
}

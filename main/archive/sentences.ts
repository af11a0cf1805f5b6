/** What the workers and the system say, as sentences for a person. */
import { opendir, realpath, stat } from 'node:fs/promises';
import { ArchiveFailure } from './failure';
import { TaskFailed, WorkerEnded } from './supervisor';

/** Words a reader's failure. @throws ArchiveFailure with a sentence; anything else as it came */
export function asFailure(error: unknown): never {
  if (error instanceof TaskFailed)
    throw Object.assign(new ArchiveFailure(error.message), error.code ? { code: error.code } : {});
  if (error instanceof WorkerEnded)
    throw new ArchiveFailure('The reader of scans ended unexpectedly; try again.');
  throw error;
}

/** Why a scan of a folder failed. */
export const sentenceOf = (error: unknown): string =>
  error instanceof WorkerEnded
    ? 'The scan was stopped: too many files of this folder end their reader.'
    : error instanceof Error
      ? error.message
      : 'The scan failed; try again.';

/** The folder's real path. @throws ArchiveFailure where it is not there, is a file, or may not be read */
export async function readableFolder(folder: string): Promise<string> {
  let root: string;
  try {
    root = await realpath(folder);
    if (!(await stat(root)).isDirectory())
      throw new ArchiveFailure('This is a file; choose the folder that holds it.');
    await (await opendir(root)).close();
  } catch (error) {
    if (error instanceof ArchiveFailure) throw error;
    const { code } = error as { code?: string };
    throw new ArchiveFailure(
      code === 'ENOENT'
        ? 'This folder is not there; look whether its disk is connected.'
        : 'This folder may not be read; ask for the right to it, or choose another.',
    );
  }
  return root;
}

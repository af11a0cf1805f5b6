import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { openIndexToRead } from '../../archive/database';
import { archiveIdOf } from '../../archive/identity';
import { TaskFailed, WorkerClient, WorkerEnded } from '../../archive/supervisor';
import { leftOutOf, summaryOf, worklistOf } from '../../archive/worklist';
import { StudioError } from '../../learning/store/failure';
import { studioFolders } from '../../shell/folders';
import { forkHost } from '../../shell/process-host';
import { plural, ProgressLine, table, type Answer, type Io } from '../io';
import type { Register } from '../program';

/** Files that may end their reader before the folder is given up. */
const mostCrashes = 200;
const blame = 'It stopped its reader: it needs more time or memory than one file may, or it is damaged.';

async function rootOf(folder: string): Promise<string> {
  const root = await realpath(folder).catch(() => null);
  if (root === null) throw new StudioError(`There is no folder ${folder}.`, 'Check the path.');
  if ((await stat(root)).isDirectory()) return root;
  throw new StudioError(`${folder} is a file.`, 'Give the folder that it lies in.');
}

/** Brings an index up to date, in a process that a damaged file may end without harm. */
async function scan(root: string, index: string, io: Io): Promise<void> {
  const worker = new WorkerClient(forkHost(io.build), 1536);
  const scratch = mkdtempSync(join(tmpdir(), 'amlp-index-'));
  const line = new ProgressLine(io);
  try {
    await worker.ask({ kind: 'open-index', index });
    for (let crashes = 0; ; crashes++)
      try {
        await worker.ask(
          {
            kind: 'scan',
            root,
            index,
            thumbnails: join(scratch, 'thumbnails'),
            atWork: join(scratch, 'at-work'),
            blame,
          },
          {
            stuckAfter: 10_000,
            signal: io.signal,
            onProgress: ({ phase, filesSeen, filesTotal, secondsLeft }) =>
              line.show(
                filesTotal === null
                  ? `Listing, ${plural(filesSeen, 'file')}`
                  : `Reading ${phase === 'grouping' ? 'series' : `${filesSeen} of ${filesTotal} files`}`,
                filesTotal ? filesSeen / filesTotal : 0,
                secondsLeft,
              ),
          },
        );
        break;
      } catch (error) {
        if (!(error instanceof WorkerEnded) || io.signal.aborted || crashes >= mostCrashes) throw error;
      }
  } catch (error) {
    if (error instanceof TaskFailed)
      throw new StudioError(error.message, 'Give another place for the index with --db.', { cause: error });
    throw error;
  } finally {
    line.end();
    worker.close();
    rmSync(scratch, { recursive: true, force: true });
  }
  io.signal.throwIfAborted();
}

export const indexArchive: Register = (program, act, io) => {
  program
    .command('index')
    .description('scans a folder and prints what was found, and what was left out and why')
    .argument('<folder>', 'folder with scans: DICOM of any depth, NIfTI, NRRD, MetaImage')
    .option('--db <file>', 'index file (default: the one that the application uses for this folder)')
    .addHelpText(
      'after',
      '\nNothing in the folder is changed. A second run reads only what is new.\n\nExample:\n  amlp-studio index /data/scans --db scans.sqlite',
    )
    .action(
      act(async (folder: string, options: { db?: string }): Promise<Answer> => {
        const root = await rootOf(folder);
        const file =
          options.db === undefined
            ? join(studioFolders([]).data, 'archives', archiveIdOf(root), 'index.sqlite')
            : resolve(options.db);
        mkdirSync(dirname(file), { recursive: true });
        await scan(root, file, io);
        const db = openIndexToRead(file);
        try {
          const summary = summaryOf(db);
          const leftOut = leftOutOf(db);
          if (summary.volumes === 0)
            throw new StudioError(
              `${folder} holds no scans${leftOut.length > 0 ? ` that can be read (${leftOut[0].path}: ${leftOut[0].reason})` : ''}.`,
              'Give the folder that holds DICOM or NIfTI files.',
            );
          const patients = worklistOf(db, () => 'new');
          const volumes = patients.flatMap((patient) =>
            patient.studies.flatMap((study) =>
              study.volumes.map(({ id, modality, description, size, spacing, usable, warnings }) => ({
                patient: patient.code,
                study: study.uid,
                id,
                modality,
                description,
                size,
                spacing,
                usable,
                warnings,
              })),
            ),
          );
          return {
            json: { folder: root, index: file, ...summary, scans: volumes, notRead: leftOut },
            text: [
              `${plural(summary.patients, 'patient')}, ${plural(summary.volumes, 'volume')}; ${plural(leftOut.length, 'file')} left out`,
              '',
              table(
                ['patient', 'kind', 'description', 'size', 'remarks'],
                volumes.map(({ patient, modality, description, size, warnings }) => [
                  patient,
                  modality,
                  description.slice(0, 40),
                  size.join('×'),
                  warnings.join(' ').slice(0, 80),
                ]),
              ),
              ...(leftOut.length > 0
                ? ['', 'Left out:', ...leftOut.map(({ path, reason }) => `${path}: ${reason}`)]
                : []),
            ].join('\n'),
          };
        } finally {
          db.close();
        }
      }),
    );
};

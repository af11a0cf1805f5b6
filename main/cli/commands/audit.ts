import { existsSync } from 'node:fs';
import { mkdir, readFile, realpath } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { openIndexToRead } from '../../archive/database';
import { archiveIdOf } from '../../archive/identity';
import { volumeOf } from '../../archive/worklist';
import { verifyAuditFile } from '../../annotation/audit-file';
import { AuditService } from '../../annotation/audit-service';
import { AnnotationService } from '../../annotation/service';
import { StudioError } from '../../learning/store/failure';
import { studioFolders } from '../../shell/folders';
import { plural, type Answer } from '../io';
import type { Register } from '../program';
import { appVersion } from '../version';

interface Options {
  readonly data?: string;
}

/** Opens the annotations of an archive as the window does, under the same lock, and closes them again. */
async function withAnnotations<T>(
  folder: string,
  { data }: Options,
  work: (annotation: AnnotationService) => Promise<T>,
): Promise<T> {
  const root = await realpath(folder).catch(() => null);
  if (root === null) throw new StudioError(`There is no folder ${folder}.`, 'Check the path.');
  const home = data === undefined ? studioFolders([]).data : resolve(data);
  const archiveId = archiveIdOf(root);
  const annotations = join(home, 'annotations');
  if (!existsSync(join(annotations, archiveId)))
    throw new StudioError(
      `Nobody has contoured scans of ${folder} on this machine.`,
      'Give the folder that was opened in the window; --data tells where the application keeps its files.',
    );
  const index = join(home, 'archives', archiveId, 'index.sqlite');
  const db = existsSync(index) ? openIndexToRead(index) : null;
  const annotation = new AnnotationService({
    folder: annotations,
    archive: { archiveId, volume: (id) => (db ? volumeOf(db, id) : null) },
    version: appVersion,
  });
  try {
    await annotation.ready();
    return await work(annotation);
  } catch (error) {
    if (error instanceof Error && error.name === 'AnnotationFailure')
      throw new StudioError(error.message, 'Then run this again.', { cause: error });
    throw error;
  } finally {
    await annotation.close();
    db?.close();
  }
}

const verdict = (what: string, faults: readonly string[]): string =>
  [what, ...(faults.length > 0 ? faults : ['Every chain is whole.'])].join('\n');

const dataOption = ['--data <folder>', 'where the application keeps its files'] as const;

function verifyCommand(parent: Command): Command {
  return parent
    .command('verify')
    .description(
      'reads every journal of an archive again, or an exported trail, and says whether it was changed',
    )
    .argument('<archive or file>', 'folder of the scans, or a file that `audit export` wrote')
    .option(...dataOption)
    .addHelpText('after', '\nExample:\n  amlp-studio audit verify /data/scans');
}

export const audit: Register = (program, act) => {
  const parent = program.command('audit').description('who changed what, when, with which model and version');
  verifyCommand(parent).action(
    act(async (what: string, options: Options): Promise<Answer> => {
      if (what.endsWith('.csv')) {
        const text = await readFile(what, 'utf8').catch(() => {
          throw new StudioError(`There is no file ${what}.`, 'Check the path.');
        });
        const { events, brokenAt } = verifyAuditFile(text);
        const faults = brokenAt === null ? [] : [`It was changed at line ${brokenAt} or before its end.`];
        return {
          json: { ok: brokenAt === null, events, faults },
          text: verdict(plural(events, 'event'), faults),
          status: brokenAt === null ? 0 : 1,
        };
      }
      const { events, faults } = await withAnnotations(what, options, (annotation) =>
        new AuditService(annotation).verify(),
      );
      return {
        json: { ok: faults.length === 0, events, faults },
        text: verdict(plural(events, 'event'), faults),
        status: faults.length === 0 ? 0 : 1,
      };
    }),
  );
  parent
    .command('export')
    .description('writes the whole trail of an archive as a chained, comma-separated file')
    .argument('<archive>', 'folder of the scans')
    .requiredOption('--out <folder>', 'where the file goes')
    .option(...dataOption)
    .addHelpText('after', '\nExample:\n  amlp-studio audit export /data/scans --out reports')
    .action(
      act(async (folder: string, options: Options & { out: string }): Promise<Answer> => {
        await mkdir(options.out, { recursive: true });
        const { file, events, faults } = await withAnnotations(folder, options, (annotation) =>
          new AuditService(annotation).export(resolve(options.out)),
        );
        return {
          json: { ok: faults.length === 0, file, events, faults },
          text: verdict(`${plural(events, 'event')} in ${file}`, faults),
          status: faults.length === 0 ? 0 : 1,
        };
      }),
    );
};

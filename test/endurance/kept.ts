/** What lies on the disk of a data folder, read as another program would: journals, index, models, exports. */
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import dicomParser from 'dicom-parser';
import { nodeDisk } from '../../main/annotation/disk';
import { Journal } from '../../main/annotation/journal';
import { openIndexToRead } from '../../main/archive/database';
import { readNifti } from '../../main/imaging/nifti/read';
import { readModel } from '../../main/learning/registry/model-folder';

/** Checksums of a journal's records, in order; each stands for all before it. */
export type Journals = ReadonlyMap<string, readonly string[]>;

const foldersIn = (folder: string): string[] =>
  existsSync(folder)
    ? readdirSync(folder, { withFileTypes: true })
        .filter((e) => e.isDirectory())
        .map((e) => e.name)
    : [];

/** Reads every journal of a copy, so that the application's own files are left as they are. */
export async function journalsOf(data: string): Promise<Journals> {
  const found = new Map<string, readonly string[]>();
  const copy = mkdtempSync(join(tmpdir(), 'amlp-kept-'));
  try {
    const annotations = join(data, 'annotations');
    for (const archive of foldersIn(annotations))
      for (const id of foldersIn(join(annotations, archive))) {
        const file = join(annotations, archive, id, 'journal.amlj');
        if (!existsSync(file)) continue;
        cpSync(file, join(copy, `${archive}-${id}.amlj`));
        const { journal } = (await Journal.open(nodeDisk, join(copy, `${archive}-${id}.amlj`)))!;
        found.set(
          `${archive}/${id}`,
          (await journal.all()).map((record) => record.check),
        );
        await journal.close();
      }
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
  return found;
}

/** Journals of which a record that was there before is gone or is another one. */
export const lostRecords = (before: Journals, after: Journals): number =>
  [...before].reduce((sum, [id, checks]) => {
    const now = after.get(id) ?? [];
    return sum + checks.filter((check, n) => now[n] !== check).length;
  }, 0);

/** Sentences about files that are damaged: put aside by the application, or not whole. */
export async function damageOf(data: string, exports: string): Promise<string[]> {
  const damage: string[] = [];
  for (const file of existsSync(data) ? readdirSync(data, { recursive: true, encoding: 'utf8' }) : []) {
    // The end of a journal that no one was told of may be put aside; anything else that is put aside was damaged.
    if (
      /\.damaged$/.test(file) ||
      (/quarantine-/.test(file) && !/quarantine-\d+-(journal|audit)\.amlj$/.test(file))
    )
      damage.push(`${file} was put aside`);
    if (/index\.sqlite$/.test(file)) {
      const db = openIndexToRead(join(data, file));
      const [{ quick_check: verdict }] = db.prepare('PRAGMA quick_check(1)').all() as {
        quick_check: string;
      }[];
      if (verdict !== 'ok') damage.push(`${file}: ${verdict}`);
      db.close();
    }
    if (/learning[\\/]models[\\/][^\\/.]+[\\/]model\.json$/.test(file))
      try {
        readModel(join(data, file, '..'));
      } catch (error) {
        damage.push(`${file}: ${error instanceof Error ? error.message : String(error)}`);
      }
  }
  for (const file of readdirSync(exports, { recursive: true, encoding: 'utf8' })) {
    const path = join(exports, file);
    try {
      if (file.endsWith('.dcm') && !file.includes('.draft')) {
        const pixels = dicomParser.parseDicom(readFileSync(path));
        if (!pixels.string('x00080018')) damage.push(`${file} has no UID`);
      } else if (file.endsWith('.nii.gz') && !file.includes('.draft')) await readNifti(readFileSync(path));
    } catch (error) {
      damage.push(`${file}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return damage;
}

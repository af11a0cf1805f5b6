/** Languages that a site adds by a file: one JSON object of sentences a language, in a folder of the user's data. */
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { AddedLanguage, AddedLanguages } from '../../preload/api';

const LARGEST_FILE = 1 << 20;
/** File name: a language tag such as de, pt-BR or zh-Hant. */
const languageFile = /^([a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*)\.json$/;
const templateFile = 'template.json';
const sentences = z.record(z.string().max(100), z.string().max(2000));

async function readLanguage(file: string, id: string): Promise<AddedLanguage> {
  if ((await stat(file)).size > LARGEST_FILE) throw new Error('it is larger than 1 MB');
  let value: unknown;
  try {
    value = JSON.parse(await readFile(file, 'utf8'));
  } catch {
    throw new Error('it is no JSON');
  }
  const parsed = sentences.safeParse(value);
  if (!parsed.success) throw new Error('it is not one object of sentences');
  return { id, name: parsed.data['language.name'] ?? id, messages: parsed.data };
}

/** The languages of a folder, and a sentence for each file that is none. A folder that is not there holds none. */
export async function readLanguages(folder: string): Promise<AddedLanguages> {
  const languages: AddedLanguage[] = [];
  const problems: string[] = [];
  for (const name of (await readdir(folder).catch(() => [])).sort()) {
    if (name === templateFile || !name.endsWith('.json')) continue;
    const id = languageFile.exec(name)?.[1];
    try {
      if (id === undefined) throw new Error('its name is no language tag such as de.json or pt-BR.json');
      languages.push(await readLanguage(join(folder, name), id));
    } catch (error) {
      problems.push(`The language file ${name} was left out: ${(error as Error).message}.`);
    }
  }
  return { languages, problems };
}

/** Writes the English sentences as what a translation starts from. @returns the file */
export async function writeTemplate(
  folder: string,
  english: Readonly<Record<string, string>>,
): Promise<string> {
  await mkdir(folder, { recursive: true });
  const file = join(folder, templateFile);
  await writeFile(file, `${JSON.stringify(english, null, 2)}\n`);
  return file;
}

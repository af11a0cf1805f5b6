import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readLanguages, writeTemplate } from '../../main/shell/languages';

const folder = mkdtempSync(join(tmpdir(), 'languages-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a file of the site is a language; what is none is told in a sentence', async () => {
  const template = await writeTemplate(folder, { 'app.close': 'Close' });
  expect(JSON.parse(readFileSync(template, 'utf8'))).toEqual({ 'app.close': 'Close' });
  writeFileSync(
    join(folder, 'de.json'),
    JSON.stringify({ 'language.name': 'Deutsch', 'app.close': 'Schließen' }),
  );
  writeFileSync(join(folder, 'fr.json'), '{');
  writeFileSync(join(folder, 'es.json'), '{"app.close": 3}');
  writeFileSync(join(folder, 'deutsch.json'), '{}');
  const { languages, problems } = await readLanguages(folder);
  expect(languages).toEqual([
    { id: 'de', name: 'Deutsch', messages: { 'language.name': 'Deutsch', 'app.close': 'Schließen' } },
  ]);
  expect(problems).toEqual([
    'The language file deutsch.json was left out: its name is no language tag such as de.json or pt-BR.json.',
    'The language file es.json was left out: it is not one object of sentences.',
    'The language file fr.json was left out: it is no JSON.',
  ]);
});

test('a folder that is not there holds no language', async () => {
  expect(await readLanguages(join(folder, 'none'))).toEqual({ languages: [], problems: [] });
});

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { makeModel } from '../learning/models';
import { cli } from './cli';

const folder = mkdtempSync(join(tmpdir(), 'cli-models-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const home = (name: string): string[] => ['--home', join(folder, name)];

test('a model leaves one machine as a signed file and is taken over on another', async () => {
  makeModel(join(folder, 'giver', 'learning', 'models'), 'a', 'taught');
  expect((await cli(['models', 'list', ...home('giver')])).out).toContain('this site');
  const file = join(folder, 'gtv.amlp');
  const written = await cli(['models', 'export', 'a', '--out', file, ...home('giver'), '--json']);
  const { signedBy } = written.json() as { signedBy: string };
  expect((await cli(['models', 'fingerprint', ...home('giver')])).out.trim()).toBe(signedBy);

  const again = await cli(['models', 'export', 'a', '--out', file, ...home('giver')]);
  expect([again.status, again.err]).toEqual([1, expect.stringContaining('nothing is overwritten')]);
  const strange = await cli(['models', 'import', file, ...home('taker')]);
  expect([strange.status, strange.err]).toEqual([1, expect.stringContaining(signedBy)]);
  const taken = await cli(['models', 'import', file, '--trust', signedBy, ...home('taker'), '--json']);
  expect(taken.json()).toMatchObject({ model: { id: 'a', importedFrom: signedBy } });

  expect((await cli(['models', 'use', 'a', ...home('taker')])).status).toBe(0);
  expect((await cli(['models', 'list', ...home('taker'), '--json'])).json()).toMatchObject({
    models: [{ id: 'a', active: true }],
  });
  expect((await cli(['models', 'delete', 'a', ...home('taker')])).out).toContain('Deleted');
  expect((await cli(['models', 'list', ...home('taker')])).out).toContain('no model');
});

test('a file that was touched on its way is refused with a sentence, and nothing is taken over', async () => {
  makeModel(join(folder, 'sender'), 'b', 'taught');
  const file = join(folder, 'b.amlp');
  // The folder that finetune wrote does as well as an ID.
  await cli(['models', 'export', join(folder, 'sender', 'b'), '--out', file, ...home('giver')]);
  const bytes = readFileSync(file);
  bytes[bytes.indexOf('"GTV"') + 1] = 'X'.charCodeAt(0);
  writeFileSync(file, bytes);
  const refused = await cli(['models', 'import', file, '--trust', 'any', ...home('third')]);
  expect(refused.status).toBe(1);
  expect(refused.err).toMatch(/not imported: its signature does not fit/);
  expect((await cli(['models', 'list', ...home('third')])).out).toContain('no model');
});

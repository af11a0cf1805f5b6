import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unzipSync, zipSync } from 'fflate';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { JobSpec } from '../../main/learning/jobs/spec';
import { ModelExchange } from '../../main/learning/registry/exchange';
import { ModelRegistry } from '../../main/learning/registry/registry';
import { makeModel } from './models';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'exchange-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A machine with a key of its own. */
function site(name: string, pending: () => Promise<readonly JobSpec[]> = async () => []) {
  const registry = new ModelRegistry(join(folder, name, 'models'));
  return {
    registry,
    files: new ModelExchange(registry, join(folder, name, 'identity'), pending),
    make: (id: string) => makeModel(registry.folder, id, 'taught'),
  };
}

test('a key that nobody here knows is asked for once, by its fingerprint', () => {
  const [giver, taker] = [site('giver'), site('taker')];
  giver.make('a');
  giver.make('b');
  const [a, b] = ['a', 'b'].map((id) => join(folder, `${id}.amlp`));
  const told = giver.files.export('a', a);
  expect(giver.files.export('b', b)).toBe(told);
  expect(taker.files.inspect(a)).toMatchObject({
    signedBy: told,
    own: false,
    trusted: false,
    present: false,
  });
  expect(giver.files.inspect(a)).toMatchObject({ own: true, trusted: true, present: true });

  expect(() => taker.files.import(a, null)).toThrow(/does not know yet/);
  expect(() => taker.files.import(a, told.replace(/^..../, '0000'))).toThrow(/not by/);
  expect(taker.registry.all()).toEqual([]);

  expect(taker.files.import(a, told)).toMatchObject({ id: 'a', importedFrom: told, segments: ['GTV'] });
  expect(taker.files.inspect(b)).toMatchObject({ trusted: true });
  expect(taker.files.import(b, null)).toMatchObject({ id: 'b', importedFrom: told });
  expect(giver.files.import(a, null).importedFrom).toBeNull();
});

test('a file that a stranger signed anew does not pass for the one that was agreed to', () => {
  const [giver, stranger, taker] = [site('giver'), site('stranger'), site('taker')];
  giver.make('a');
  stranger.make('a');
  const file = join(folder, 'a.amlp');
  const told = giver.files.export('a', file);
  taker.files.inspect(file);
  rmSync(file);
  stranger.files.export('a', file);
  expect(() => taker.files.import(file, told)).toThrow(/not by/);
  // A stranger's signature over the giver's key is none.
  const parts = unzipSync(readFileSync(file));
  const seal = JSON.parse(Buffer.from(parts['signature.json']).toString()) as object;
  giver.files.export('a', join(folder, 'true.amlp'));
  const genuine = unzipSync(readFileSync(join(folder, 'true.amlp')));
  const { publicKey } = JSON.parse(Buffer.from(genuine['signature.json']).toString()) as {
    publicKey: string;
  };
  writeFileSync(
    file,
    zipSync({ ...parts, 'signature.json': Buffer.from(JSON.stringify({ ...seal, publicKey })) }),
  );
  expect(() => taker.files.inspect(file)).toThrow(/signature does not fit/);
  expect(taker.registry.all()).toEqual([]);
});

test('a deleted model is gone, serves nothing, and is not deleted under a job', async () => {
  let specs: JobSpec[] = [];
  const { registry, files, make } = site('site', async () => specs);
  make('a');
  make('b');
  registry.activate('b');
  registry.noteImported('b', '0000');
  specs = [{ kind: 'propose', modelFolder: registry.folderOf('b') } as JobSpec];
  await expect(files.remove('b')).rejects.toThrow(/at work/);
  specs = [];
  await files.remove('b');
  expect(registry.all().map(({ id }) => id)).toEqual(['a']);
  expect(registry.activeModel('ct', 'taught')).toBeNull();
  await expect(files.remove('b')).rejects.toThrow(/no such model/);
  make('b');
  expect(registry.summary('b' as never)).toMatchObject({ active: false, importedFrom: null });
});

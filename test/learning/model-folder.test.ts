import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unzipSync, zipSync } from 'fflate';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readModel } from '../../main/learning/registry/model-folder';
import { exportModel, importModel } from '../../main/learning/registry/parcel';
import { ModelRegistry } from '../../main/learning/registry/registry';
import { StudioError } from '../../main/learning/store/failure';
import { makeModel, weights } from './models';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'model-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const make = (id: string) => makeModel(join(folder, 'models'), id);

test('a model is read as it was written, and nothing else stays in its folder', () => {
  const description = make('a');
  const model = readModel(join(folder, 'models', 'a'));
  expect(model.description).toEqual(description);
  expect(model.weights).toEqual(weights);
  expect(readdirSync(join(folder, 'models'))).toEqual(['a']);
  expect(readdirSync(join(folder, 'models', 'a')).sort()).toEqual(['model.json', 'weights.safetensors']);
});

test('weights that were changed, cut off or swapped are refused with the reason', () => {
  make('a');
  const file = join(folder, 'models', 'a', 'weights.safetensors');
  const sound = readFileSync(file);
  const changed = Buffer.from(sound);
  changed[changed.length - 1] ^= 1;
  writeFileSync(file, changed);
  expect(() => readModel(join(folder, 'models', 'a'))).toThrow(/changed/);
  writeFileSync(file, sound.subarray(0, -1));
  expect(() => readModel(join(folder, 'models', 'a'))).toThrow(/cut off/);
});

test('the registry lists models, and one of each kind serves a profile', () => {
  const registry = new ModelRegistry(join(folder, 'models'));
  make('a');
  make('b');
  writeFileSync(join(folder, 'models', 'b', 'model.json'), '{');
  expect(registry.list().map(({ id }) => id)).toEqual(['a']);
  expect(registry.activeModel('ct', 'pretrained')).toBeNull();
  registry.activate('a');
  expect(registry.activeModel('ct', 'pretrained')?.id).toBe('a');
  expect(registry.summaries('ct')).toMatchObject([{ id: 'a', active: true }]);
  expect(() => registry.folderOf('../a')).toThrow(StudioError);
});

test('a signed file brings the model to another machine, and tells whose it is', () => {
  make('a');
  const file = join(folder, 'a.amlp');
  const mine = exportModel(join(folder, 'models', 'a'), join(folder, 'identity'), file);
  const { model, signedBy } = importModel(file, join(folder, 'elsewhere'));
  expect(signedBy).toBe(mine);
  expect(readModel(join(folder, 'elsewhere', 'a')).description).toEqual(model);
  // Importing the same again changes nothing.
  expect(importModel(file, join(folder, 'elsewhere')).model.id).toBe('a');
});

test('a signed file that anyone touched is refused, and nothing is left behind', () => {
  make('a');
  make('b');
  const file = join(folder, 'a.amlp');
  exportModel(join(folder, 'models', 'a'), join(folder, 'identity'), file);
  const parts = unzipSync(readFileSync(file));
  const other = readFileSync(join(folder, 'models', 'b', 'model.json'));
  const tampered: [string, Record<string, Uint8Array>][] = [
    ['signature does not fit', { ...parts, 'model.json': other }],
    [
      'weights were changed',
      { ...parts, 'weights.safetensors': parts['weights.safetensors'].map((b) => b ^ 1) },
    ],
    ['part of it is missing', { 'model.json': parts['model.json'] }],
    ['signature cannot be read', { ...parts, 'signature.json': Buffer.from('{}') }],
  ];
  for (const [reason, content] of tampered) {
    writeFileSync(file, zipSync(content));
    expect(() => importModel(file, join(folder, 'elsewhere'))).toThrow(reason);
  }
  writeFileSync(file, 'no zip');
  expect(() => importModel(file, join(folder, 'elsewhere'))).toThrow(/not a model file/);
  expect(() => readdirSync(join(folder, 'elsewhere'))).toThrow();
});

test('entries that claim to belong elsewhere are never unpacked', () => {
  make('a');
  const file = join(folder, 'a.amlp');
  exportModel(join(folder, 'models', 'a'), join(folder, 'identity'), file);
  const parts = unzipSync(readFileSync(file));
  writeFileSync(
    file,
    zipSync({ ...parts, '../../escaped.txt': Buffer.from('x'), '/etc/escaped': Buffer.from('x') }),
  );
  importModel(file, join(folder, 'elsewhere'));
  expect(readdirSync(join(folder, 'elsewhere'))).toEqual(['a']);
  expect(readdirSync(join(folder, 'elsewhere', 'a')).sort()).toEqual(['model.json', 'weights.safetensors']);
});

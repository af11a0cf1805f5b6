import { existsSync, openSync, readFileSync, readSync, closeSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

const resources = join('dist', 'linux-unpacked', 'resources');
const archive = join(resources, 'app.asar');

interface Entry {
  readonly files?: Readonly<Record<string, Entry>>;
}

/** Paths inside an asar archive, those that lie unpacked beside it included. */
function listed(file: string): ReadonlySet<string> {
  const handle = openSync(file, 'r');
  try {
    // Two nested pickles: the length of the table of contents is the fourth number.
    const start = Buffer.alloc(16);
    readSync(handle, start, 0, 16, 0);
    const table = Buffer.alloc(start.readUInt32LE(12));
    readSync(handle, table, 0, table.length, 16);
    const paths = new Set<string>();
    const walk = (entry: Entry, path: string): void => {
      paths.add(path);
      for (const [name, one] of Object.entries(entry.files ?? {}))
        walk(one, path === '' ? name : `${path}/${name}`);
    };
    walk(JSON.parse(table.toString('utf8')) as Entry, '');
    return paths;
  } finally {
    closeSync(handle);
  }
}

const packageOf = (name: string): { main?: string; dependencies?: Record<string, string> } =>
  JSON.parse(readFileSync(join('node_modules', name, 'package.json'), 'utf8')) as {
    main?: string;
    dependencies?: Record<string, string>;
  };

describe.skipIf(!existsSync(archive))('the packaged application, if there is one', () => {
  test('holds the entry of every package that the engine loads', () => {
    const paths = listed(archive);
    const engine = packageOf('@tensorflow/tfjs-node-gpu');
    const tfjs = Object.keys(packageOf('@tensorflow/tfjs').dependencies ?? {}).filter((name) =>
      name.startsWith('@tensorflow/'),
    );
    expect(tfjs).toContain('@tensorflow/tfjs-core');
    expect(Object.keys(engine.dependencies ?? {})).toContain('@tensorflow/tfjs');
    for (const name of ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs', ...tfjs])
      expect(paths, name).toContain(`node_modules/${name}/${packageOf(name).main}`);
  });

  test('holds one library of WebGPU, that of its own system', () => {
    expect([...listed(archive)].filter((path) => path.endsWith('/dawn.node'))).toEqual([
      'node_modules/webgpu/dist/linux-x64/dawn.node',
    ]);
  });
});

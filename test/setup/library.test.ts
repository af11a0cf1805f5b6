import { spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { key, keyOfFiles, makeFolder, place, sizeBelow } from '../../scripts/setup/files.mjs';
import { components, isPermissive } from '../../scripts/setup/shipped.mjs';
import { countOf, sum } from '../../scripts/setup/suites.mjs';

let temporary = '';
beforeEach(() => {
  temporary = mkdtempSync(join(tmpdir(), 'amlp-studio-setup-'));
});
afterEach(() => rmSync(temporary, { recursive: true, force: true }));

const library = (name: string): string => resolve('scripts', 'setup', name);

/** Runs code as a module of its own with a cache of its own. */
const runModule = (
  code: string,
  env: NodeJS.ProcessEnv = {},
): { status: number | null; stdout: string; stderr: string } =>
  spawnSync(process.execPath, ['--input-type=module', '-e', code], {
    encoding: 'utf8',
    env: { ...process.env, XDG_CACHE_HOME: temporary, ...env },
  });

describe('folders are made whole or not at all', () => {
  test('an interrupted one leaves the old one as it was and is cleared away by the next', async () => {
    const target = join(temporary, 'thing');
    await makeFolder(target, async (part) => writeFileSync(join(part, 'a'), 'first'));
    const interrupted = makeFolder(target, async (part) => {
      writeFileSync(join(part, 'b'), 'half');
      throw new Error('the power went');
    });
    await expect(interrupted).rejects.toThrow('the power went');
    expect(readdirSync(target)).toEqual(['a']);
    await makeFolder(target, async (part) => {
      expect(readdirSync(part)).toEqual([]);
      writeFileSync(join(part, 'c'), 'second');
    });
    expect(readdirSync(target)).toEqual(['c']);
    expect(readdirSync(temporary)).toEqual(['thing']);
  });

  test('a file put in a second place takes no second copy, and the old one stays open for who has it', () => {
    const from = join(temporary, 'from');
    const to = join(temporary, 'deep', 'to');
    writeFileSync(from, 'new');
    mkdirSync(join(temporary, 'deep'));
    writeFileSync(to, 'old');
    place(from, to);
    place(from, to);
    expect(readFileSync(to, 'utf8')).toBe('new');
    expect(statSync(to).ino).toBe(statSync(from).ino);
    expect(readdirSync(join(temporary, 'deep'))).toEqual(['to']);
  });
});

test('keys follow content, names and order, and do not run together', () => {
  expect(key('ab', 'c')).not.toBe(key('a', 'bc'));
  mkdirSync(join(temporary, 'x'));
  writeFileSync(join(temporary, 'x', 'one'), '1');
  const before = keyOfFiles(temporary, ['x']);
  expect(keyOfFiles(temporary, ['x'])).toBe(before);
  writeFileSync(join(temporary, 'x', 'one'), '2');
  expect(keyOfFiles(temporary, ['x'])).not.toBe(before);
  expect(sizeBelow(temporary)).toBe(1);
});

describe('one set-up at a time', () => {
  const locked = (name: string): string => `
    import { alone } from ${JSON.stringify(library('lock.mjs'))};
    import { appendFileSync } from 'node:fs';
    await alone(async () => {
      appendFileSync(${JSON.stringify(join(temporary, 'log'))}, '${name} in,');
      await new Promise((resolve) => setTimeout(resolve, 300));
      appendFileSync(${JSON.stringify(join(temporary, 'log'))}, '${name} out,');
    });`;

  test('two commands started together take turns', async () => {
    const runs = ['a', 'b'].map(
      (name) =>
        new Promise((done) =>
          spawn(process.execPath, ['--input-type=module', '-e', locked(name)], {
            env: { ...process.env, XDG_CACHE_HOME: temporary },
          }).once('exit', done),
        ),
    );
    expect(await Promise.all(runs)).toEqual([0, 0]);
    expect(readFileSync(join(temporary, 'log'), 'utf8')).toMatch(
      /^(a in,a out,b in,b out,|b in,b out,a in,a out,)$/,
    );
  });

  test('a lock whose owner was killed is taken over', () => {
    mkdirSync(join(temporary, 'amlp-studio'));
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    writeFileSync(join(temporary, 'amlp-studio', 'lock'), String(pid));
    expect(runModule(locked('c')).status).toBe(0);
    expect(existsSync(join(temporary, 'amlp-studio', 'lock'))).toBe(false);
  });
});

/** A wheel that pip takes for the real one. */
const makeWheel = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1] + "/tensorflow_cpu-2.21.0-cp311-cp311-manylinux_2_17_x86_64.whl", "w") as z:
    z.writestr("tensorflow_cpu-2.21.0.dist-info/METADATA", "Metadata-Version: 2.1\\nName: tensorflow-cpu\\nVersion: 2.21.0\\n")
    z.writestr("tensorflow_cpu-2.21.0.dist-info/WHEEL", "Wheel-Version: 1.0\\nTag: cp311-cp311-manylinux_2_17_x86_64\\n")
    z.writestr("tensorflow_cpu-2.21.0.dist-info/RECORD", "")
`;

test('a fetched file with another hash is refused and deleted, one that is not there is named', () => {
  const server = join(temporary, 'server');
  mkdirSync(server);
  const fetching = `
    import { fetchWheel } from ${JSON.stringify(library('fetch.mjs'))};
    import { tensorflowCpu } from ${JSON.stringify(library('pins.mjs'))};
    import { fail } from ${JSON.stringify(library('terminal.mjs'))};
    await fetchWheel(tensorflowCpu, 1000).catch(fail);`;
  const env = { PIP_NO_INDEX: '1', PIP_FIND_LINKS: server, PIP_CONFIG_FILE: '/dev/null' };
  const absent = runModule(fetching, env);
  expect(absent.status).toBe(1);
  expect(absent.stderr).toMatch(/tensorflow-cpu-2\.21\.0\S* could not be fetched\. .*run the command again/);
  spawnSync('python3', ['-c', makeWheel, server]);
  const tampered = runModule(fetching, env);
  expect(tampered.status).toBe(1);
  expect(tampered.stderr).toMatch(/its hash differs, and it was deleted/);
  expect(readdirSync(join(temporary, 'amlp-studio', 'downloads'))).toEqual([]);
}, 60_000);

test('nothing is unpacked outside its folder', () => {
  const archive = join(temporary, 'evil.zip');
  spawnSync('python3', [
    '-c',
    'import sys, zipfile\nz = zipfile.ZipFile(sys.argv[1], "w"); z.writestr("../escaped", "x"); z.writestr("good", "y"); z.close()',
    archive,
  ]);
  const inside = join(temporary, 'inside');
  mkdirSync(inside);
  const good = spawnSync('python3', [library('unpack.py'), archive, inside, 'good']);
  expect(good.status).toBe(0);
  expect(readFileSync(join(inside, 'good'), 'utf8')).toBe('y');
  const evil = spawnSync('python3', [library('unpack.py'), archive, inside, '*'], { encoding: 'utf8' });
  expect(evil.status).not.toBe(0);
  expect(evil.stderr).toContain('outside its folder');
  expect(existsSync(join(temporary, 'escaped'))).toBe(false);
});

describe('counting', () => {
  test('a suite that fails without a failed test counts as a failure', () => {
    expect(countOf(join(temporary, 'none.json'), 1, () => ({ passed: 1, failed: 0, skipped: 0 }))).toEqual({
      passed: 0,
      failed: 1,
      skipped: 0,
    });
    expect(
      sum([
        { passed: 2, failed: 1, skipped: 0 },
        { passed: 3, failed: 0, skipped: 4 },
      ]),
    ).toEqual({
      passed: 5,
      failed: 1,
      skipped: 4,
    });
  });
});

test('the lock file names no registry and every package has a hash', () => {
  const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
    packages: Record<string, { resolved?: string; integrity?: string; link?: boolean }>;
  };
  for (const [path, { resolved, integrity }] of Object.entries(lock.packages)) {
    if (path === '') continue;
    expect(resolved, path).toBeUndefined();
    expect(integrity, path).toMatch(/^sha512-/);
  }
});

test('everything that the packaged application carries is under a permissive licence', () => {
  const carried = components().filter(({ how }) => how !== 'bundled or tool');
  expect(carried.length).toBeGreaterThan(50);
  expect(carried.filter(({ licence }) => !isPermissive(licence))).toEqual([]);
  expect(isPermissive('(MIT OR GPL-3.0)')).toBe(true);
  expect(isPermissive('MIT AND GPL-3.0')).toBe(false);
});

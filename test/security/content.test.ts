import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  CONTENT_SECURITY_POLICY,
  contentType,
  fileBelow,
  parseVolumeUrl,
  realFileBelow,
} from '../../main/shell/content';
import { isOwnPage } from '../../main/shell/origin';
import { isAllowed, isLocalRequest } from '../../main/shell/permissions';

let base: string;
beforeAll(() => {
  base = mkdtempSync(join(tmpdir(), 'amlp-page-'));
  for (const folder of ['page', 'page-evil', 'page/sub']) mkdirSync(join(base, folder));
  for (const file of ['page/index.html', 'page-evil/secret.txt', 'secret.txt', 'page/sub/a b.js'])
    writeFileSync(join(base, file), 'x');
  symlinkSync(join(base, 'secret.txt'), join(base, 'page', 'link.txt'));
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

describe('files of the page', () => {
  test('are those below its folder', async () => {
    const root = join(base, 'page');
    expect(await realFileBelow(root, '/index.html')).toBe(join(root, 'index.html'));
    expect(await realFileBelow(root, '/sub/a%20b.js')).toBe(join(root, 'sub', 'a b.js'));
  });

  test.each([
    '/../secret.txt',
    '/..%2fsecret.txt',
    '/%2e%2e/secret.txt',
    '/%2e%2e%2fsecret.txt',
    '/..%5csecret.txt',
    '/sub/../../secret.txt',
    '/../page-evil/secret.txt',
    '/%00',
    '/index.html%00.png',
    '/%c0%ae%c0%ae/secret.txt',
    '/link.txt',
    '//etc/passwd',
    '/',
    '',
    '/%',
  ])('are not reached by %j', async (path) => {
    expect(await realFileBelow(join(base, 'page'), path)).toBeNull();
  });

  test('never lie outside the folder, whatever the path', () => {
    const piece = fc.constantFrom(
      '..',
      '.',
      '/',
      '\\',
      '%2e',
      '%2f',
      '%5c',
      '%00',
      'a',
      'page-evil',
      '%252e',
      ' ',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const found = fileBelow('/srv/page', `/${pieces.join('')}`);
        expect(found === null || found.startsWith('/srv/page/')).toBe(true);
      }),
    );
  });
});

describe('volume addresses', () => {
  test('name one of three resources and a hexadecimal identifier', () => {
    expect(parseVolumeUrl(`volume://voxels/${'ab'.repeat(16)}`)).toEqual({
      resource: 'voxels',
      id: 'ab'.repeat(16),
    });
  });
  test.each([
    'volume://voxels/../../etc/passwd',
    `volume://voxels/${'ab'.repeat(16)}/../x`,
    `volume://other/${'ab'.repeat(16)}`,
    'volume://voxels/AB',
    `volume://voxels/${'ab'.repeat(16)}%2f..`,
    `http://voxels/${'ab'.repeat(16)}`,
    '',
  ])('and nothing like %j', (url) => expect(parseVolumeUrl(url)).toBeNull());
});

describe('our own page', () => {
  test('is known by scheme and host', () => {
    expect(isOwnPage('app://studio/index.html')).toBe(true);
    expect(isOwnPage('app://studio/')).toBe(true);
  });
  test.each([
    'app://studio.evil/index.html',
    'app://studio@evil/',
    'app://user:pw@studio/',
    'app://studio:8080/',
    'app://evil/studio',
    'https://studio/',
    'file:///studio',
    'data:text/html,app://studio/',
    'appx://studio/',
    '',
    'nonsense',
  ])('is not %j', (url) => expect(isOwnPage(url)).toBe(false));
  test('is not an address that is missing', () => {
    expect(isOwnPage(undefined)).toBe(false);
    expect(isOwnPage(null)).toBe(false);
  });
});

describe('the content security policy', () => {
  const directives = new Map(
    CONTENT_SECURITY_POLICY.split('; ').map((d) => [d.split(' ')[0], d.split(' ').slice(1)] as const),
  );
  test('allows nothing by default', () => expect(directives.get('default-src')).toEqual(["'none'"]));
  test('runs our scripts and WebAssembly, and evaluates no text', () => {
    expect(directives.get('script-src')).toEqual(["'self'", "'wasm-unsafe-eval'"]);
    expect(CONTENT_SECURITY_POLICY).not.toContain("'unsafe-eval'");
    expect(directives.get('script-src')).not.toContain("'unsafe-inline'");
  });
  test('names no address of a network', () => {
    expect(CONTENT_SECURITY_POLICY).not.toMatch(/https?:|wss?:|\*/);
  });
  test.each(['base-uri', 'form-action', 'frame-ancestors', 'object-src'])('forbids %s', (name) =>
    expect(directives.get(name)).toEqual(["'none'"]),
  );
});

test('files are served as what they are, and as nothing where that is not known', () => {
  expect(contentType('a.js')).toContain('text/javascript');
  expect(contentType('a.wasm')).toBe('application/wasm');
  expect(contentType('a.exe')).toBe('application/octet-stream');
});

describe('permissions', () => {
  test.each([
    'media',
    'geolocation',
    'notifications',
    'midi',
    'hid',
    'serial',
    'usb',
    'openExternal',
    'clipboard-read',
    'constructor',
  ])('%s is refused to everyone', (permission) => expect(isAllowed(permission, 'app://studio/')).toBe(false));
  test('what is allowed is allowed to our page alone', () => {
    expect(isAllowed('fullscreen', 'app://studio/')).toBe(true);
    expect(isAllowed('fullscreen', 'https://studio/')).toBe(false);
    expect(isAllowed('fullscreen', undefined)).toBe(false);
  });
});

test('no request leaves the machine', () => {
  for (const url of [
    'http://x/',
    'https://x/',
    'ws://x/',
    'wss://x/',
    'ftp://x/',
    'file:///etc/passwd',
    'nonsense',
  ])
    expect(isLocalRequest(url), url).toBe(false);
  for (const url of ['app://studio/', 'volume://voxels/00', 'data:,', 'blob:app://studio/1'])
    expect(isLocalRequest(url), url).toBe(true);
});

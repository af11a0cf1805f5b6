import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FuseV1Options, getCurrentFuseWire } from '@electron/fuses';
import type { Session } from 'electron';
import { describe, expect, test } from 'vitest';
import { guardSession } from '../../main/shell/permissions';

/** Sources of the application by folder, comments taken out. */
function sourcesOf(...folders: string[]): { file: string; text: string }[] {
  return folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.(ts|svelte|html|mjs)$/.test(file))
      .map((file) => ({
        file: join(folder, file),
        text: readFileSync(join(folder, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|(?<!:)\/\/.*$/gm, ''),
      })),
  );
}
const named = (pattern: RegExp, ...folders: string[]): string[] =>
  sourcesOf(...folders)
    .filter(({ text }) => pattern.test(text))
    .map(({ file }) => file);

describe('what the sources never do', () => {
  test.each<[string, RegExp]>([
    ['open an address in the browser', /openExternal/],
    ['use the remote module', /@electron\/remote|enableRemoteModule|electron\.remote/],
    ['turn on features of Blink', /enableBlinkFeatures/],
    ['turn on experimental features', /experimentalFeatures:\s*true/],
    ['turn off the security of the web', /webSecurity:\s*false/],
    ['allow insecure content', /allowRunningInsecureContent:\s*true/],
    ['give Node to a page, a worker or a frame', /nodeIntegration\w*:\s*true/],
    ['turn off isolation or the sandbox', /contextIsolation:\s*false|(?<![\w-])sandbox:\s*false/],
    ['have web views', /webviewTag:\s*true|<webview/],
    ['allow pop-ups', /allowpopups/i],
    ['load a page by file or network', /\.loadFile\(|loadURL\((?!PAGE_URL)|file:\/\//],
    ['report crashes to anyone', /crashReporter/],
    ['update themselves', /autoUpdater|electron-updater/],
    ['evaluate text', /\beval\(|new Function\(/],
  ])('%s', (_what, pattern) => {
    expect(named(pattern, 'main', 'preload', 'renderer')).toEqual([]);
  });

  test('only the preload speaks to Electron’s bridge, and it shows no Electron object', () => {
    expect(named(/ipcRenderer|contextBridge/, 'main', 'preload', 'renderer')).toEqual([
      join('preload', 'index.ts'),
    ]);
    const { text } = sourcesOf('preload').find(({ file }) => file.endsWith('index.ts'))!;
    expect(text.match(/exposeInMainWorld\('(\w+)'/g)).toEqual([
      "exposeInMainWorld('studio'",
      "exposeInMainWorld('studioDrop'",
    ]);
    expect(text).not.toMatch(/exposeInMainWorld\([^)]*(ipcRenderer|webUtils)\s*[,)]/);
  });

  test('main hears the window through the gate alone', () => {
    expect(named(/ipcMain\.(on|once|handle)\b/, 'main')).toEqual([]);
    expect(named(/\bipcMain\b/, 'main')).toEqual([join('main', 'index.ts')]);
  });

  test('nothing of the application opens a connection', () => {
    expect(
      named(
        /from 'node:(https?|net|tls|dgram|http2|dns)'|new WebSocket\(|XMLHttpRequest|EventSource/,
        'main',
        'preload',
      ),
    ).toEqual([]);
    expect(
      named(/new WebSocket\(|XMLHttpRequest|EventSource|https?:\/\/(?!www\.w3\.org)/, 'renderer'),
    ).toEqual([]);
  });
});

describe('fuses', () => {
  const wanted: Readonly<Record<string, boolean>> = {
    RunAsNode: false,
    EnableCookieEncryption: true,
    EnableNodeOptionsEnvironmentVariable: false,
    EnableNodeCliInspectArguments: false,
    EnableEmbeddedAsarIntegrityValidation: true,
    OnlyLoadAppFromAsar: true,
    LoadBrowserProcessSpecificV8Snapshot: false,
    GrantFileProtocolExtraPrivileges: false,
  };
  const known = Object.keys(FuseV1Options).filter((name) => Number.isNaN(Number(name)));

  test('are set by name, every one that Electron has', () => {
    const text = readFileSync('electron-builder.yml', 'utf8');
    const section = /^electronFuses:\n((?: {2}.*\n)+)/m.exec(text)?.[1] ?? '';
    const set = Object.fromEntries(
      [...section.matchAll(/^ {2}(\w+): (true|false)$/gm)].map(([, n, v]) => [n, v]),
    );
    expect(known.sort()).toEqual(Object.keys(wanted).sort());
    expect(set).toEqual(
      Object.fromEntries(
        Object.entries(wanted).map(([name, on]) => [name[0].toLowerCase() + name.slice(1), String(on)]),
      ),
    );
  });

  const packaged = join('dist', 'linux-unpacked', 'amlp-studio');
  test.skipIf(!existsSync(packaged))('stand so in the packaged application, if there is one', async () => {
    const wire = await getCurrentFuseWire(packaged);
    for (const name of known) {
      const state = wire[FuseV1Options[name as keyof typeof FuseV1Options]];
      // The wire in the binary holds the characters 1 and 0.
      expect(state, name).toBe((wanted[name] ? '1' : '0').charCodeAt(0));
    }
  });
});

describe('the session', () => {
  type Heard = Record<string, (...args: never[]) => unknown>;
  function guarded(): Heard {
    const heard: Heard = {};
    const hear =
      (name: string) =>
      (handler: (...args: never[]) => unknown): void =>
        void (heard[name] = handler);
    guardSession({
      setPermissionRequestHandler: hear('request'),
      setPermissionCheckHandler: hear('check'),
      setDevicePermissionHandler: hear('device'),
      setSpellCheckerEnabled: () => undefined,
      on: (name: string, handler: (...args: never[]) => unknown) => void (heard[name] = handler),
      webRequest: { onBeforeRequest: hear('before') },
    } as unknown as Session);
    return heard;
  }
  const call = (heard: Heard, name: string, ...args: unknown[]): unknown =>
    (heard[name] as unknown as (...all: unknown[]) => unknown)(...args);

  test('answers every permission that a page asks for by the allow-map', () => {
    const heard = guarded();
    const answers: boolean[] = [];
    for (const [permission, requestingUrl] of [
      ['fullscreen', 'app://studio/index.html'],
      ['fullscreen', 'https://example.org/'],
      ['media', 'app://studio/index.html'],
    ])
      call(heard, 'request', null, permission, (is: boolean) => answers.push(is), { requestingUrl });
    expect(answers).toEqual([true, false, false]);
    expect(call(heard, 'check', null, 'geolocation', 'app://studio')).toBe(false);
    expect(call(heard, 'device', {})).toBe(false);
  });

  test('cancels requests that would leave the machine, and downloads', () => {
    const heard = guarded();
    const cancelled = (url: string): unknown => {
      let said: unknown;
      call(heard, 'before', { url }, (answer: { cancel: boolean }) => (said = answer.cancel));
      return said;
    };
    expect(cancelled('https://example.org/')).toBe(true);
    expect(cancelled('app://studio/index.html')).toBe(false);
    let prevented = false;
    call(heard, 'will-download', { preventDefault: () => (prevented = true) });
    expect(prevented).toBe(true);
  });
});

import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { _electron, type ElectronApplication, type Page } from '@playwright/test';
import { Inside } from './inside';

/** The Electron that set-up installed: `ELECTRON_EXEC_PATH` if set (npm test sets it), else what its report names. */
export function electronExecutable(): string {
  const named = process.env.ELECTRON_EXEC_PATH;
  if (named !== undefined && named !== '') return named;
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'amlp-studio');
  const file = join(cache, 'setup.json');
  const report: unknown = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  const executable = (report as { electron?: { executable?: string } }).electron?.executable;
  if (executable === undefined || !existsSync(executable))
    throw new Error('Electron is not installed; npm test installs it.');
  return executable;
}

export interface Launched {
  readonly app: ElectronApplication;
  /** The first window, loaded. */
  readonly window: Page;
  readonly inside: Inside;
  /** The user-data folder of this run. */
  readonly userData: string;
  /** Everything the application wrote to standard output and standard error. */
  readonly log: () => string;
  /** Ends the application; deletes the user-data folder unless it was given. */
  close(): Promise<void>;
}

export interface LaunchOptions {
  /** Kept and reused, e.g. to look at what survives a restart; a new temporary folder without it. */
  readonly userData?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  /** Another application folder than this checkout. */
  readonly application?: string;
  /** Another executable than the installed Electron, e.g. a packaged application. */
  readonly executable?: string;
}

/**
 * Starts the real application in the real Electron with a user-data folder of its own. Without a GPU it draws by
 * SwiftShader; as root, where Chromium's sandbox cannot run, without that sandbox.
 */
export async function launch(options: LaunchOptions = {}): Promise<Launched> {
  const userData = options.userData ?? mkdtempSync(join(tmpdir(), 'amlp-studio-e2e-'));
  const root = process.getuid?.() === 0;
  const application = options.executable === undefined ? [options.application ?? resolve('.')] : [];
  const start = (): Promise<ElectronApplication> =>
    _electron.launch({
      executablePath: options.executable ?? electronExecutable(),
      args: [
        ...application,
        `--user-data-dir=${userData}`,
        '--enable-unsafe-swiftshader',
        ...(root ? ['--no-sandbox'] : []),
        ...(options.args ?? []),
      ],
      chromiumSandbox: !root,
      env: { ...(process.env as Record<string, string>), ...options.env },
      timeout: 40_000,
    });
  // Now and then the driver's first question is lost while the window is already up, and it would wait for ever.
  const app = await start().catch(start).catch(start);
  let log = '';
  const child = app.process();
  child.stdout?.on('data', (chunk: Buffer) => (log += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (log += chunk.toString()));
  const window = await app.firstWindow({ timeout: 60_000 });
  await window.waitForLoadState('domcontentloaded');
  const inside = await Inside.of(app);
  return {
    app,
    window,
    inside,
    userData,
    log: () => log,
    close: async () => {
      await app.close();
      inside.end();
      if (options.userData === undefined) rmSync(userData, { recursive: true, force: true });
    },
  };
}

/** Where the application keeps its own files. No Electron: the command line uses the same folders. */
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

export interface StudioFolders {
  /** What people made and what was learnt: annotations, models, indexes, settings. Belongs in a backup. */
  readonly data: string;
  /** What can be made again: prepared volumes, slice caches. */
  readonly cache: string;
}

/**
 * The folders of this user. `--user-data=<folder>` (also Chromium's `--user-data-dir`) or the environment's `AMLP_STUDIO_HOME` puts both into one folder
 * (tests, portable use); otherwise they are where the system wants them.
 */
export function studioFolders(
  argv: readonly string[] = process.argv,
  env: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
): StudioFolders {
  const flag = argv.map((a) => /^--user-data(?:-dir)?=(.+)$/.exec(a)?.[1]).find(Boolean);
  const home = flag || env.AMLP_STUDIO_HOME;
  if (home) return { data: resolve(home), cache: resolve(home, 'cache') };
  const user = homedir();
  if (platform === 'darwin')
    return {
      data: join(user, 'Library', 'Application Support', 'AMLP Studio'),
      cache: join(user, 'Library', 'Caches', 'AMLP Studio'),
    };
  if (platform === 'win32')
    return {
      data: join(env.APPDATA ?? join(user, 'AppData', 'Roaming'), 'AMLP Studio'),
      cache: join(env.LOCALAPPDATA ?? join(user, 'AppData', 'Local'), 'AMLP Studio', 'cache'),
    };
  return {
    data: join(env.XDG_CONFIG_HOME || join(user, '.config'), 'amlp-studio'),
    cache: join(env.XDG_CACHE_HOME || join(user, '.cache'), 'amlp-studio', 'prepared'),
  };
}

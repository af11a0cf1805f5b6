import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of this checkout. */
export const root = resolve(fileURLToPath(new URL('../..', import.meta.url)));

/** Path below the checkout. @param {string[]} parts */
export const inRoot = (...parts) => join(root, ...parts);

/** What set-up keeps for every checkout of this user; anything in it may be deleted and comes back. */
export const cacheFolder = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'amlp-studio');

/** Path below the cache. @param {string[]} parts */
export const inCache = (...parts) => join(cacheFolder, ...parts);

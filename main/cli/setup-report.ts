import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';

/** What set-up put where on this machine (`scripts/setup/report.mjs` writes it). */
const shape = z.object({
  electron: z.object({ executable: z.string(), version: z.string(), source: z.string() }).optional(),
  tensorRuntime: z.object({ folder: z.string(), variant: z.string(), tensorflow: z.string() }).optional(),
  python: z.object({ interpreter: z.string() }).optional(),
});
export type SetupReport = z.infer<typeof shape>;

/** Set-up's report; empty where set-up has not run or an entry it names is no longer there. */
export function setupReport(): SetupReport {
  const file = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'amlp-studio', 'setup.json');
  try {
    const { electron, tensorRuntime, python } = shape.parse(JSON.parse(readFileSync(file, 'utf8')));
    return {
      electron: electron && existsSync(electron.executable) ? electron : undefined,
      tensorRuntime: tensorRuntime && existsSync(tensorRuntime.folder) ? tensorRuntime : undefined,
      python: python && existsSync(python.interpreter) ? python : undefined,
    };
  } catch {
    return {};
  }
}

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * The interpreter with the independent implementations of `test/interop/requirements.txt`, or null where set-up has
 * not made it (`npm test` does). `AMLP_PYTHON` names another; otherwise set-up's report in the cache says where it is.
 */
export const python: string | null = (() => {
  const named = process.env.AMLP_PYTHON;
  if (named !== undefined && named !== '') return existsSync(named) ? named : null;
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'amlp-studio');
  try {
    const report: unknown = JSON.parse(readFileSync(join(cache, 'setup.json'), 'utf8'));
    const interpreter = (report as { python?: { interpreter?: string } }).python?.interpreter;
    return interpreter !== undefined && existsSync(interpreter) ? interpreter : null;
  } catch {
    return null;
  }
})();

/**
 * Runs a Python script and returns what it printed.
 * @param script path of the script, or `-c` with the code as first argument
 * @throws Error with its messages if it ends with another status than 0
 */
export function runPython(script: string, ...args: readonly string[]): string {
  if (python === null)
    throw new Error('The Python environment of the tests is not there; npm test installs it.');
  const { status, stdout, stderr } = spawnSync(python, [script, ...args], {
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
  });
  if (status !== 0) throw new Error(`${script} ended with status ${status}:\n${stderr}`);
  return stdout;
}

/** A program of the same environment, e.g. `dcm2niix` or `segimage2itkimage`; null where it is not there. */
export function pythonProgram(name: string): string | null {
  if (python === null) return null;
  const path = join(python, '..', name);
  return existsSync(path) ? path : null;
}

/** Whether a program of the system (dciodvfy, plastimatch, dcmdump, …) can be run. */
export const hasProgram = (name: string): boolean =>
  spawnSync('sh', ['-c', 'command -v "$1"', 'sh', name], { stdio: 'ignore' }).status === 0;

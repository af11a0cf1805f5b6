/**
 * Which file is being parsed, written before each, so that the supervisor knows whom to blame for a crash. A plain
 * write reaches the system at once and outlives this process; the disk need not have it.
 */
import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';

export class AtWork {
  readonly #file: number;

  constructor(path: string) {
    this.#file = openSync(path, 'w');
  }

  begin(what: string): void {
    ftruncateSync(this.#file, 0);
    writeSync(this.#file, what, 0);
  }

  end(): void {
    ftruncateSync(this.#file, 0);
  }

  close(): void {
    this.end();
    closeSync(this.#file);
  }
}

/** What was being parsed when the worker ended; null where nothing was. */
export function readAtWork(path: string): string | null {
  try {
    return readFileSync(path, 'utf8') || null;
  } catch {
    return null;
  }
}

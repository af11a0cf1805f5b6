import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { writeAtomic } from '../store/atomic';

const schema = z.record(z.string(), z.number().positive());

/** How long things took on this machine, so that the next run's length can be told before it starts. */
export class SpeedBook {
  private readonly file: string;
  private readonly known: Record<string, number>;

  constructor(file: string) {
    this.file = file;
    this.known = {};
    if (existsSync(file))
      try {
        Object.assign(this.known, schema.parse(JSON.parse(readFileSync(file, 'utf8'))));
      } catch {
        // Another version wrote it; it is measured anew.
      }
  }

  get(key: string): number | null {
    return Object.hasOwn(this.known, key) ? this.known[key] : null;
  }

  /** Remembers a measurement; a later one replaces it. */
  set(key: string, seconds: number): void {
    if (!(seconds > 0)) return;
    this.known[key] = seconds;
    try {
      writeAtomic(this.file, [JSON.stringify(this.known)]);
    } catch {
      // A full disk: it is measured again next time.
    }
  }
}

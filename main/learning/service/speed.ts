import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { speedSchema, type Speed } from '../jobs/spec';
import { writeAtomic } from '../store/atomic';

const schema = z.record(z.string(), speedSchema);

/** How long things took on this machine, so that the next run's length can be told before it starts. */
export class SpeedBook {
  private readonly file: string;
  private readonly known: Record<string, Speed>;

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

  get(key: string): Speed | null {
    return Object.hasOwn(this.known, key) ? this.known[key] : null;
  }

  /** Remembers a measurement; a later one replaces it. */
  set(key: string, speed: Speed): void {
    this.known[key] = speed;
    try {
      writeAtomic(this.file, [JSON.stringify(this.known)]);
    } catch {
      // A full disk: it is measured again next time.
    }
  }
}

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeAtomic } from '../learning/store/atomic';
import { StudioError } from '../learning/store/failure';

/** JSON as it will be read back: what is undefined is not there. */
const plain = (value: unknown): string => JSON.stringify(value) ?? 'not given';

/**
 * Holds a folder of results to the settings that its first rows were made with, which stand in its `settings.json`: a
 * run that goes on with others would put rows side by side that cannot be compared.
 * @param settings what decides a row besides its own name, by the words that a person reads
 * @throws StudioError naming the first setting that differs
 */
export function holdToSettings(out: string, settings: Readonly<Record<string, unknown>>): void {
  const file = join(out, 'settings.json');
  if (!existsSync(file)) {
    writeAtomic(file, [`${JSON.stringify(settings, null, 1)}\n`]);
    return;
  }
  const before = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
  const changed = Object.keys({ ...before, ...settings }).find(
    (name) => plain(before[name]) !== plain(settings[name]),
  );
  if (changed === undefined) return;
  const values = [before[changed], settings[changed]].map(plain);
  const short = values.every((value) => value.length < 60);
  throw new StudioError(
    `The rows in ${out} were made with other settings: ${changed}${short ? ` ${values[0]} then, ${values[1]} now` : ' differ'}.`,
    'Give the same settings to go on, or another --out for new rows.',
  );
}

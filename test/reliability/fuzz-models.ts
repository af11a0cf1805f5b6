/** Lets a process of its own read mutated model files, and ends it where one makes it hang. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { builtProcess } from '../processes';
import { scratch, type Tally } from './fuzz-lane';
import type { ModelTally } from './model-reader';

/** A hundred model files of a few kilobytes take well under a second. */
const STUCK_MILLISECONDS = 30_000;

export async function fuzzModels(count: number, seed: number): Promise<Tally> {
  const bundles = await builtProcess('model-reader', 'test/reliability/model-reader.ts');
  const child = spawn(
    process.execPath,
    [
      '--max-old-space-size=512',
      join(bundles, 'model-reader.cjs'),
      '--models',
      String(count),
      String(seed),
      scratch(),
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let said = '';
  let isStuck = false;
  const watch = (): NodeJS.Timeout =>
    setTimeout(() => {
      isStuck = true;
      child.kill('SIGKILL');
    }, STUCK_MILLISECONDS);
  let timer = watch();
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString();
    clearTimeout(timer);
    timer = watch();
  });
  const status = await new Promise<number | null>((resolve) => child.once('close', resolve));
  clearTimeout(timer);
  const last = said.trimEnd().split('\n').at(-1);
  const { read, refused, slowest, compared, faults } = (
    last ? JSON.parse(last) : { read: 0, refused: 0, slowest: 0, compared: 0, faults: [] }
  ) as ModelTally;
  const end = isStuck ? ['a model file made its reader hang'] : status === 0 ? [] : ['the reader crashed'];
  return {
    mutated: read + refused,
    read,
    refused,
    slowest,
    compared,
    faults: [...faults, ...end.map((what) => `seed ${seed} after model ${read + refused}: ${what}`)],
  };
}

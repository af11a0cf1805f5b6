import { resolve } from 'node:path';
import { commands } from '../../main/cli/commands';
import { run } from '../../main/cli/program';

export interface Ran {
  readonly status: number;
  readonly out: string;
  readonly err: string;
  /** The one object that --json puts on standard output. */
  json(): Record<string, unknown>;
}

/** Where `bundle` puts the processes that commands start. */
export const built = resolve('test-output', `cli-${process.pid}`);

/** Runs the real command line in this process. */
export async function cli(
  args: readonly string[],
  signal = new AbortController().signal,
  onErr: (text: string) => void = () => undefined,
): Promise<Ran> {
  let out = '';
  let err = '';
  const status = await run(
    args,
    {
      out: (text) => {
        out += text;
      },
      err: (text) => {
        err += text;
        onErr(text);
      },
      interactive: false,
      signal,
      build: built,
    },
    commands,
  );
  return { status, out, err, json: () => JSON.parse(out) as Record<string, unknown> };
}

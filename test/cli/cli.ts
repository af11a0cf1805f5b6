import { commands } from '../../main/cli/commands';
import { run } from '../../main/cli/program';

export interface Ran {
  readonly status: number;
  readonly out: string;
  readonly err: string;
  /** The one object that --json puts on standard output. */
  json(): Record<string, unknown>;
}

/** Runs the real command line in this process. */
export async function cli(args: readonly string[], signal = new AbortController().signal): Promise<Ran> {
  let out = '';
  let err = '';
  const status = await run(
    args,
    { out: (text) => (out += text), err: (text) => (err += text), interactive: false, signal },
    commands,
  );
  return { status, out, err, json: () => JSON.parse(out) as Record<string, unknown> };
}

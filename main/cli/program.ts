import { Command, CommanderError, Option } from 'commander';
import { explain, StudioError } from '../learning/store/failure';
import type { Answer, Io } from './io';
import { appVersion } from './version';

/** Wrong usage found by a command itself, after commander's own checks. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Turns what a command does into what commander calls, with its answer written the way it was asked for. */
export type Act = <A extends unknown[]>(
  work: (...args: A) => Promise<Answer>,
) => (...args: [...A, Record<string, unknown>, Command]) => Promise<void>;

export type Register = (program: Command, act: Act, io: Io) => void;

/** Stopped by the person; what was done stays. */
const stopped = new StudioError(
  'Stopped; what was done stays.',
  'Run the same command again: it goes on from there.',
);

/** Whole number option, bounded. */
export const wholeNumber =
  (least: number, most = Number.MAX_SAFE_INTEGER) =>
  (text: string): number => {
    const n = Number(text);
    if (!/^[-+]?\d+$/.test(text) || n < least || n > most)
      throw new UsageError(
        `"${text}" is not a whole number from ${least}${most < Number.MAX_SAFE_INTEGER ? ` to ${most}` : ''}.`,
      );
    return n;
  };

export const presetName = (text: string): 'desktop' | 'paper' => {
  if (text === 'desktop' || text === 'paper') return text;
  throw new UsageError(`"${text}" is no preset; there are desktop and paper.`);
};

/** "CT,MR_T1" as a list. */
export const nameList = (text: string): string[] => {
  const names = text.split(',').map((name) => name.trim());
  if (names.some((name) => name === '')) throw new UsageError(`"${text}" is not a list of names.`);
  return names;
};

/**
 * Runs the command line. @returns exit status: 0 done, 1 failed (one sentence and a hint on standard error),
 * 2 wrong usage
 */
export async function run(args: readonly string[], io: Io, commands: readonly Register[]): Promise<number> {
  let status = 0;
  const program = new Command('amlp-studio')
    .description(
      'Learns from a site’s own scans, proposes contours, writes them the way other systems read them.',
    )
    .version(appVersion)
    .showHelpAfterError('Run it with --help for an example.')
    .exitOverride()
    .configureOutput({ writeOut: (text) => io.out(text), writeErr: (text) => io.err(text) });
  const act: Act =
    (work) =>
    async (...all) => {
      const command = all[all.length - 1] as Command;
      const json = command.optsWithGlobals()['json'] === true;
      const answer = await work(...(all as unknown as Parameters<typeof work>));
      io.out(json ? `${JSON.stringify(answer.json)}\n` : `${answer.text}\n`);
      status = answer.status ?? 0;
    };
  for (const register of commands) register(program, act, io);
  for (const command of program.commands.flatMap((one) => [one, ...one.commands]))
    command
      .addOption(new Option('--json', 'one JSON object on standard output, progress on standard error'))
      .addOption(new Option('--verbose', 'details of a failure').hideHelp());
  try {
    await program.parseAsync([...args], { from: 'user' });
    return status;
  } catch (error) {
    return fail(error, args, io);
  }
}

function fail(error: unknown, args: readonly string[], io: Io): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof UsageError) {
    io.err(`${error.message}\nRun it with --help for an example.\n`);
    return 2;
  }
  const wasStopped = io.signal.aborted || (error instanceof Error && error.name === 'Stopped');
  const { sentence, hint } = explain(
    wasStopped ? stopped : error,
    'Run it again with --verbose for the details.',
  );
  io.err(`${sentence}\n${hint}\n`);
  if (args.includes('--verbose') && error instanceof Error) io.err(`${error.stack ?? ''}\n`);
  if (args.includes('--json')) io.out(`${JSON.stringify({ error: sentence, hint })}\n`);
  return 1;
}

/**
 * Processes that main starts, behind one interface: Electron's utility processes in the application
 * (`utility-host.ts`), plain forks in the command line and in tests. No Electron here.
 */
import { fork } from 'node:child_process';
import { basename, join } from 'node:path';

export interface HostedProcess {
  /** Undefined until the system has started it. */
  readonly pid: number | undefined;
  send(message: unknown): void;
  onMessage(listener: (message: unknown) => void): void;
  /** Called once, with null where a signal ended it. */
  onExit(listener: (code: number | null) => void): void;
  /** Ends it at once, without asking it. */
  kill(): void;
}

export interface HostedProcessOptions {
  readonly args?: readonly string[];
  /** JavaScript heap, MB. */
  readonly heapMegabytes?: number;
  readonly env?: Readonly<Record<string, string>>;
}

export interface ProcessHost {
  /** Starts an entry of the build, e.g. 'archive-worker'. */
  start(entry: string, options?: HostedProcessOptions): HostedProcess;
}

/** The bundle of an entry. Inside the packaged app, `folder` is in the archive; Electron reads it from there. */
export const entryFile = (folder: string, entry: string): string => {
  if (basename(entry) !== entry) throw new RangeError(`"${entry}" is no entry of the build.`);
  return join(folder, `${entry}.cjs`);
};

/** Forks plain Node processes from the bundles in `folder`. */
export function forkHost(folder: string): ProcessHost {
  return {
    start(entry, options = {}) {
      const child = fork(entryFile(folder, entry), [...(options.args ?? [])], {
        execArgv: options.heapMegabytes ? [`--max-old-space-size=${options.heapMegabytes}`] : [],
        // Structured clones instead of JSON: typed arrays cross as they are.
        serialization: 'advanced',
        env: { ...process.env, ...options.env },
        stdio: ['ignore', 'ignore', process.env.AMLP_STUDIO_DEBUG ? 'inherit' : 'ignore', 'ipc'],
      });
      let exited = false;
      const exits: ((code: number | null) => void)[] = [];
      const end = (code: number | null): void => {
        if (exited) return;
        exited = true;
        for (const listener of exits) listener(code);
      };
      child.once('exit', end);
      child.once('error', () => end(null));
      return {
        get pid() {
          return child.pid;
        },
        send: (message) => {
          if (child.connected) child.send(message as object, () => undefined);
        },
        onMessage: (listener) => void child.on('message', listener),
        onExit: (listener) => void (exited ? listener(null) : exits.push(listener)),
        kill: () => void child.kill('SIGKILL'),
      };
    },
  };
}

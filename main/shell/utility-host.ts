/** {@link ProcessHost} by Electron's utility processes: sandboxed from the window, and the right Node for the addons. */
import { utilityProcess } from 'electron';
import { entryFile, type ProcessHost } from './process-host';

export function utilityHost(folder: string): ProcessHost {
  return {
    start(entry, options = {}) {
      const child = utilityProcess.fork(entryFile(folder, entry), [...(options.args ?? [])], {
        serviceName: `AMLP Studio ${entry}`,
        execArgv: options.heapMegabytes ? [`--js-flags=--max-old-space-size=${options.heapMegabytes}`] : [],
        env: { ...process.env, ...options.env },
        stdio: 'ignore',
      });
      let pid: number | undefined;
      let exited = false;
      let killed = false;
      child.once('spawn', () => {
        pid = child.pid;
        if (killed) child.kill();
      });
      child.once('exit', () => (exited = true));
      return {
        get pid() {
          return pid;
        },
        send: (message) => {
          if (!exited) child.postMessage(message);
        },
        onMessage: (listener) => void child.on('message', listener),
        onExit: (listener) => void (exited ? listener(null) : child.once('exit', listener)),
        kill: () => {
          killed = true;
          // `kill` asks politely; a process stuck in a parser does not hear that.
          if (pid !== undefined && !exited) {
            try {
              process.kill(pid, 'SIGKILL');
            } catch {
              child.kill();
            }
          }
        },
      };
    },
  };
}

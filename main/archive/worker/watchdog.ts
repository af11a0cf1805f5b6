/**
 * Ends this process where it takes more memory than it may. The check runs on a thread of its own, so that a parser
 * that never returns, or a codec that allocates outside the JavaScript heap, cannot stop it.
 */
import { Worker } from 'node:worker_threads';

/** Milliseconds between two looks. */
const EVERY = 50;

/** The thread's whole program; a string, so that it needs no file of its own in the bundle. */
const PROGRAM = `
const { workerData } = require('node:worker_threads');
setInterval(() => {
  if (process.memoryUsage.rss() > workerData.limit) process.kill(process.pid, 'SIGKILL');
}, workerData.every);
`;

/** @param megabytes most resident memory of the process */
export function watchMemory(megabytes: number): void {
  const thread = new Worker(PROGRAM, {
    eval: true,
    workerData: { limit: megabytes * 2 ** 20, every: EVERY },
    stdout: false,
    stderr: false,
  });
  thread.unref();
}

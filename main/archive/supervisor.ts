/**
 * Asks one worker process for one thing at a time, and ends it where it is stuck or takes too long. Whatever a file
 * does to a worker, the application goes on.
 */
import type { HostedProcess, ProcessHost } from '../shell/process-host';
import { Silence } from './silence';
import type { FromWorker, ToWorker, VolumeArrival, WorkerRequest } from './messages';
import type { ScanProgress } from '../../preload/api';

/** The worker ended, or was ended, while it worked. */
export class WorkerEnded extends Error {
  override readonly name = 'WorkerEnded';
  constructor(readonly how: 'crashed' | 'stuck' | 'too long') {
    super('The reader of this file had to be stopped.');
  }
}

/** The worker answered that the task cannot be done; the message is a sentence. */
export class TaskFailed extends Error {
  override readonly name = 'TaskFailed';
  constructor(
    message: string,
    readonly code?: string,
  ) {
    super(message);
  }
}

export interface AskOptions {
  /** The worker is stuck when its thread used so much of a processor without a word, ms; {@link Silence} has the rest. */
  readonly stuckAfter?: number;
  /** The task as a whole may take so long; unlimited where not given. */
  readonly timeLimit?: number;
  readonly onProgress?: (progress: ScanProgress) => void;
  readonly onFraction?: (fraction: number) => void;
  readonly onChanged?: () => void;
  readonly onArrival?: (arrival: VolumeArrival) => void;
  readonly signal?: AbortSignal;
}

interface Task {
  readonly number: number;
  readonly options: AskOptions;
  readonly startedAt: number;
  resolve(value: unknown): void;
  reject(error: Error): void;
}

export class WorkerClient {
  #process: HostedProcess | null = null;
  #task: Task | null = null;
  #queue: Promise<unknown> = Promise.resolve();
  #numbers = 0;
  readonly #silence = new Silence();
  #ending: WorkerEnded['how'] = 'crashed';
  #closed = false;

  constructor(
    private readonly host: ProcessHost,
    private readonly memoryMegabytes: number,
  ) {}

  /** Identifier of the running worker, for tests that kill it. */
  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /**
   * Does one task after those asked before.
   * @throws TaskFailed where the worker says why, WorkerEnded where it crashed or was stopped
   */
  ask(request: WorkerRequest, options: AskOptions = {}): Promise<unknown> {
    const result = this.#queue.then(() => this.#run(request, options));
    this.#queue = result.catch(() => undefined);
    return result;
  }

  /** Ends the worker at once; a task in progress rejects. */
  close(): void {
    this.#closed = true;
    this.#process?.kill();
  }

  #start(): HostedProcess {
    const child = this.host.start('archive-worker', {
      args: [`--memory=${this.memoryMegabytes}`],
      heapMegabytes: Math.min(this.memoryMegabytes, 4096),
    });
    child.onMessage((message) => this.#hear(message as FromWorker));
    child.onExit(() => {
      if (this.#process === child) this.#process = null;
      const task = this.#task;
      this.#task = null;
      task?.reject(new WorkerEnded(this.#ending));
    });
    return child;
  }

  async #run(request: WorkerRequest, options: AskOptions): Promise<unknown> {
    if (this.#closed) throw new WorkerEnded('crashed');
    if (options.signal?.aborted) throw new TaskFailed('Stopped.');
    const number = ++this.#numbers;
    this.#ending = 'crashed';
    const child = (this.#process ??= this.#start());
    const stuckAfter = options.stuckAfter ?? 15_000;
    this.#silence.heard();
    const startedAt = Date.now();
    const watch = setInterval(() => {
      if (this.#silence.isTooLong(child.pid, stuckAfter)) this.#end(child, 'stuck');
      else if (options.timeLimit && Date.now() - startedAt > options.timeLimit) this.#end(child, 'too long');
    }, 250);
    const cancel = (): void => child.send({ cancel: number } satisfies ToWorker);
    options.signal?.addEventListener('abort', cancel);
    try {
      return await new Promise((resolve, reject) => {
        this.#task = { number, options, startedAt, resolve, reject };
        child.send({ ask: number, request } satisfies ToWorker);
      });
    } finally {
      clearInterval(watch);
      options.signal?.removeEventListener('abort', cancel);
    }
  }

  #end(child: HostedProcess, how: WorkerEnded['how']): void {
    this.#ending = how;
    child.kill();
  }

  #hear(message: FromWorker): void {
    this.#silence.heard();
    if ('alive' in message) return;
    const task = this.#task;
    if (!task || task.number !== message.task) return;
    if ('progress' in message) task.options.onProgress?.(message.progress);
    else if ('fraction' in message) task.options.onFraction?.(message.fraction);
    else if ('changed' in message) task.options.onChanged?.();
    else if ('arrival' in message) task.options.onArrival?.(message.arrival);
    else {
      this.#task = null;
      if ('done' in message) task.resolve(message.done);
      else task.reject(new TaskFailed(message.failed, message.code));
    }
  }
}

import type { EngineStatus } from '../../../preload/api';
import type { HostedProcess, ProcessHost } from '../../shell/process-host';
import { Stopped } from '../jobs/context';
import type { JobProgress, JobResult, EngineSpec } from '../jobs/spec';
import { StudioError } from '../store/failure';
import type { FromEngine, ToEngine } from './messages';

export interface SupervisorOptions {
  readonly host: ProcessHost;
  /** Entry of the build that the engine runs; 'engine'. */
  readonly entry?: string;
  /** Folder with voxels of an archive's volume, made ready if it is not. */
  readonly prepare: (volumeId: string) => Promise<string>;
  /** Resolves where the archive's volume still is the one of this key; without it, all are. */
  readonly check?: (volumeId: string, key: string) => Promise<void>;
  readonly onStatus?: (status: EngineStatus) => void;
  /** How long a job may take to stop before the engine is ended under it, ms. */
  readonly patience?: number;
}

interface Running {
  readonly run: number;
  readonly spec: EngineSpec;
  readonly report: (progress: JobProgress) => void;
  readonly resolve: (result: JobResult) => void;
  readonly reject: (error: Error) => void;
  will: 'run' | 'pause' | 'cancel';
  crashes: number;
}

/** A job may crash the engine this often without getting any further before it is given up. */
const enoughCrashes = 3;

/** After so many ends in a row before the engine was ready, a card's driver is suspected and left alone. */
const cardFailures = 2;

/**
 * Keeps one engine process alive and gives it one job at a time. The engine may be killed at any moment: it is
 * started again and the job sent again, which then goes on from its last checkpoint.
 */
export class EngineSupervisor {
  private readonly options: SupervisorOptions;
  private process: HostedProcess | null = null;
  private running: Running | null = null;
  private runs = 0;
  private ending: (() => void) | null = null;
  private failedStarts = 0;
  private closed = false;
  private current: EngineStatus = { state: 'starting', backend: '', memoryBytes: null };

  constructor(options: SupervisorOptions) {
    this.options = options;
  }

  status(): EngineStatus {
    return this.current;
  }

  /** The engine's process number, where it runs. */
  get pid(): number | undefined {
    return this.process?.pid;
  }

  /** Starts the engine now, so that its first job need not wait for the tensor library. */
  start(): void {
    if (this.process !== null || this.closed) return;
    const child = this.options.host.start(this.options.entry ?? 'engine', {
      env: this.failedStarts >= cardFailures ? { AMLP_BACKEND: 'cpu' } : {},
    });
    this.process = child;
    child.onMessage((message) => {
      if (this.process === child) this.hear(message as FromEngine);
    });
    child.onExit(() => {
      if (this.process === child) this.lost();
    });
  }

  /**
   * Runs a job; one at a time. Rejects with `Stopped` where it was paused or cancelled, and with a sentence where
   * it failed.
   */
  run(spec: EngineSpec, report: (progress: JobProgress) => void): Promise<JobResult> {
    if (this.running) return Promise.reject(new Error('The engine runs one job at a time.'));
    return new Promise<JobResult>((resolve, reject) => {
      this.running = { run: ++this.runs, spec, report, resolve, reject, will: 'run', crashes: 0 };
      this.start();
      this.send({ kind: 'run', run: this.running.run, spec });
    });
  }

  /** Asks the running job to save and stop. Where it does not within the patience, the engine is ended. */
  stop(will: 'pause' | 'cancel'): void {
    const job = this.running;
    if (!job) return;
    job.will = will;
    this.send({ kind: 'stop', run: job.run, will });
    // A pause saves first, which may take a moment on a slow disk; a cancelled job has nothing to save.
    const patience = (this.options.patience ?? 700) * (will === 'pause' ? 20 : 1);
    setTimeout(() => {
      if (this.running === job && job.will === will) this.process?.kill();
    }, patience).unref();
  }

  /** Saves what runs, lets the engine acknowledge, then ends it. */
  async close(): Promise<void> {
    this.closed = true;
    const child = this.process;
    if (!child) return;
    await new Promise<void>((resolve) => {
      this.ending = resolve;
      this.send({ kind: 'end' });
      setTimeout(resolve, 10_000).unref();
    });
    this.process = null;
    child.kill();
    const job = this.running;
    this.running = null;
    job?.reject(new Stopped('pause'));
  }

  private send(message: ToEngine): void {
    this.process?.send(message);
  }

  private tell(status: EngineStatus): void {
    this.current = status;
    this.options.onStatus?.(status);
  }

  private hear(message: FromEngine): void {
    const job = this.running;
    switch (message.kind) {
      case 'ready':
        this.failedStarts = 0;
        this.tell({
          state: 'ready',
          backend: message.device.name,
          message: message.device.sentence,
          memoryBytes: message.device.memoryBytes,
        });
        return;
      case 'unavailable':
        this.giveUp(message.message);
        return;
      case 'want-volume':
        this.answer(message.request, async (request) => ({
          kind: 'volume',
          request,
          folder: await this.options.prepare(message.volumeId),
        }));
        return;
      case 'check-volume':
        this.answer(message.request, async (request) => {
          await this.options.check?.(message.volumeId, message.key);
          return { kind: 'volume-current', request };
        });
        return;
      case 'ended':
        this.ending?.();
        return;
      default:
        if (!job || message.run !== job.run) return;
        this.hearOfJob(job, message);
    }
  }

  private answer(request: number, answer: (request: number) => Promise<ToEngine>): void {
    const asking = this.process;
    // Another engine counts its requests anew: what this one asked for would be taken for another scan there.
    const tell = (message: ToEngine): void => {
      if (this.process === asking) this.send(message);
    };
    answer(request).then(tell, (error: unknown) =>
      tell({ kind: 'no-volume', request, message: error instanceof Error ? error.message : String(error) }),
    );
  }

  private hearOfJob(job: Running, message: Extract<FromEngine, { run: number }>): void {
    if (message.kind === 'progress') {
      if (message.progress.point) job.crashes = 0;
      if (job.will === 'run') job.report(message.progress);
      return;
    }
    this.running = null;
    if (message.kind === 'done') job.resolve(message.result);
    else if (message.kind === 'stopped') job.reject(new Stopped(message.will));
    else job.reject(new Error(message.message));
  }

  /** The engine is gone, by itself or because its job did not stop in time. */
  private lost(): void {
    this.process = null;
    this.ending?.();
    if (this.closed) return;
    const job = this.running;
    if (job && job.will !== 'run') {
      this.running = null;
      job.reject(new Stopped(job.will));
    }
    // An engine that was ended because its job did not stop in time has not failed to start.
    if (!(job && job.will !== 'run')) this.failedStarts++;
    if (this.failedStarts > enoughCrashes) {
      this.giveUp('The engine does not start on this machine; `amlp-studio doctor` says what is missing.');
      return;
    }
    this.tell({
      state: 'restarting',
      backend: this.current.backend,
      memoryBytes: this.current.memoryBytes,
      message:
        job && job.will === 'run'
          ? 'The engine stopped and was started again; the job goes on from its last checkpoint.'
          : 'The engine was started again.',
    });
    if (this.running && ++this.running.crashes > enoughCrashes) {
      const given = this.running;
      this.running = null;
      given.reject(
        new StudioError(
          'The engine stopped several times in a row during this job.',
          'Try a smaller network width.',
        ),
      );
    }
    this.start();
    if (this.running) this.send({ kind: 'run', run: this.running.run, spec: this.running.spec });
  }

  private giveUp(message: string): void {
    this.tell({ state: 'unavailable', backend: '', memoryBytes: null, message });
    const job = this.running;
    this.running = null;
    job?.reject(new StudioError(message, 'Install what is missing and start the application again.'));
  }
}

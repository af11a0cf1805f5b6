import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { JobId, JobState, JobView, ModelId, VolumeId } from '../../../preload/api';
import { explain } from '../store/failure';
import { writeAtomic } from '../store/atomic';
import { Stopped } from './context';
import { jobSpecSchema, type JobProgress, type JobResult, type JobSpec } from './spec';

/** Whoever can run one job at a time: the engine's supervisor, or the process itself. */
export interface JobRunner {
  run(spec: JobSpec, report: (progress: JobProgress) => void): Promise<JobResult>;
  stop(will: 'pause' | 'cancel'): void;
}

/** What a job is about, for the window. */
export interface JobSubject {
  readonly volumeId?: string;
  readonly profileId?: string;
  /** The model that is tried, where a proposal is for comparison alone. */
  readonly trialOf?: string;
}

export interface BoardOptions {
  /** Folder with one folder a job; `job.json` in it outlives the application. */
  readonly folder: string;
  readonly runner: JobRunner;
  readonly onJob?: (job: JobView) => void;
  /** Called once a job is done, before the window hears of it; what it throws makes the job a failed one. */
  readonly onDone?: (spec: JobSpec, result: JobResult) => Promise<void> | void;
}

const recordSchema = z.object({
  id: z.string(),
  state: z.enum(['queued', 'running', 'paused', 'done', 'failed', 'cancelled']),
  spec: jobSpecSchema,
  subject: z.object({
    volumeId: z.string().optional(),
    profileId: z.string().optional(),
    trialOf: z.string().optional(),
  }),
  createdAt: z.string(),
  message: z.string().optional(),
  fraction: z.number(),
  curve: z.array(z.object({ epoch: z.number(), loss: z.number(), maskingRatio: z.number().optional() })),
});

interface Entry extends z.infer<typeof recordSchema> {
  phase: string;
  secondsLeft: number | null;
  pictures?: JobView['pictures'];
}

/** A person waits for a proposal in seconds and for teaching in minutes; pretraining has the night. */
const urgency = { propose: 2, teach: 1, pretrain: 0 } as const;

/** Removes what a job has left to itself; what cannot be removed now (Windows: open elsewhere) goes at the next start. */
function tidy({ work }: JobSpec): void {
  try {
    rmSync(work, { recursive: true, force: true });
  } catch {
    // A folder too many must not keep the board from its next job.
  }
}

const over = (state: JobState): boolean => state === 'done' || state === 'failed' || state === 'cancelled';

/**
 * All jobs and their order: the more urgent first, then the older. An urgent job lets a running pretraining save
 * and wait, which then goes on by itself. Every change of state is on the disk before it is told.
 */
export class JobBoard {
  private readonly options: BoardOptions;
  private readonly entries = new Map<string, Entry>();
  private active: Entry | null = null;
  /** What the person wants of the active job, where it is not to go on. */
  private wish: 'pause' | 'cancel' | 'give-way' | null = null;
  private closed = false;
  private idle: (() => void)[] = [];

  constructor(options: BoardOptions) {
    this.options = options;
    mkdirSync(options.folder, { recursive: true });
    for (const name of readdirSync(options.folder)) this.recall(join(options.folder, name, 'job.json'));
    for (const { state, spec } of this.entries.values())
      if (state === 'done' || state === 'cancelled') tidy(spec);
  }

  /** Goes on with what an earlier session left; call once listeners are in place. */
  resumeAll(): void {
    this.next();
  }

  /** The folder of a job that is yet to be added. */
  reserve(): { readonly id: JobId; readonly folder: string } {
    const id = randomUUID() as string as JobId;
    return { id, folder: join(this.options.folder, id) };
  }

  add(id: JobId, spec: JobSpec, subject: JobSubject): void {
    const entry: Entry = {
      id,
      spec,
      subject,
      state: 'queued',
      createdAt: new Date().toISOString(),
      fraction: 0,
      curve: [],
      phase: 'Waiting',
      secondsLeft: null,
    };
    this.entries.set(id, entry);
    this.change(entry, 'queued');
    this.next();
  }

  list(): JobView[] {
    return [...this.entries.values()]
      .map((entry) => this.view(entry))
      .sort((a, b) => (a.createdAt < b.createdAt ? -1 : 1));
  }

  /** What jobs that are not over yet are to do. */
  pending(): JobSpec[] {
    return [...this.entries.values()].filter(({ state }) => !over(state)).map(({ spec }) => spec);
  }

  spec(id: string): JobSpec | null {
    return this.entries.get(id)?.spec ?? null;
  }

  pause(id: string): void {
    const entry = this.need(id);
    if (entry === this.active) this.want('pause');
    else if (entry.state === 'queued') this.change(entry, 'paused', 'Paused');
  }

  resume(id: string): void {
    const entry = this.need(id);
    if (entry.state !== 'paused' && entry.state !== 'failed') return;
    entry.message = undefined;
    this.change(entry, 'queued', 'Waiting');
    this.next();
  }

  cancel(id: string): void {
    const entry = this.need(id);
    if (entry === this.active) this.want('cancel');
    else if (!over(entry.state)) this.finish(entry, 'cancelled', 'Cancelled; nothing was kept.');
  }

  /** Resolves once nothing runs. */
  settled(): Promise<void> {
    return this.active ? new Promise((resolve) => this.idle.push(resolve)) : Promise.resolve();
  }

  /** Starts nothing any more; what runs stays "running" on the disk and goes on in the next session. */
  close(): void {
    this.closed = true;
  }

  private need(id: string): Entry {
    const entry = this.entries.get(id);
    if (!entry) throw new Error('This job is no longer known; it may have been removed.');
    return entry;
  }

  private recall(file: string): void {
    if (!existsSync(file)) return;
    try {
      const record = recordSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
      const state = record.state === 'running' ? 'queued' : record.state;
      this.entries.set(record.id, { ...record, state, phase: 'Waiting', secondsLeft: null });
    } catch {
      // A record of another version or cut off by a crash of the system: the job is forgotten, its model never was.
    }
  }

  private want(wish: 'pause' | 'cancel' | 'give-way'): void {
    if (!this.active || this.wish === 'cancel') return;
    this.wish = wish;
    this.tell(this.active, wish === 'cancel' ? 'Stopping' : 'Saving');
    this.options.runner.stop(wish === 'cancel' ? 'cancel' : 'pause');
  }

  private next(): void {
    if (this.closed) return;
    const queue = [...this.entries.values()]
      .filter((entry) => entry.state === 'queued')
      .sort((a, b) => urgency[b.spec.kind] - urgency[a.spec.kind] || (a.createdAt < b.createdAt ? -1 : 1));
    const first = queue.at(0);
    if (!first) return;
    if (this.active) {
      if (this.active.spec.kind === 'pretrain' && first.spec.kind !== 'pretrain' && this.wish === null)
        this.want('give-way');
      return;
    }
    void this.run(first);
  }

  private async run(entry: Entry): Promise<void> {
    this.active = entry;
    this.wish = null;
    this.change(entry, 'running', 'Starting');
    try {
      const result = await this.options.runner.run(entry.spec, (progress) => this.hear(entry, progress));
      await this.options.onDone?.(entry.spec, result);
      entry.fraction = 1;
      this.finish(entry, 'done', result.message);
    } catch (error) {
      this.ended(entry, error);
    }
    this.active = null;
    this.wish = null;
    for (const resolve of this.idle.splice(0)) resolve();
    this.next();
  }

  private ended(entry: Entry, error: unknown): void {
    if (!(error instanceof Stopped)) {
      const { sentence, hint } = explain(error);
      this.finish(
        entry,
        'failed',
        error instanceof Error && !('hint' in error) ? sentence : `${sentence} ${hint}`,
      );
    } else if (this.wish === 'cancel') this.finish(entry, 'cancelled', 'Cancelled; nothing was kept.');
    else if (this.wish === 'pause') this.change(entry, 'paused', 'Paused');
    else if (!this.closed) this.change(entry, 'queued', 'Waiting for something more urgent');
  }

  private hear(entry: Entry, progress: JobProgress): void {
    if (this.active !== entry || this.wish !== null) return;
    entry.phase = progress.phase;
    entry.fraction = Math.max(0, Math.min(1, progress.fraction));
    entry.secondsLeft = progress.secondsLeft;
    if (progress.pictures) entry.pictures = progress.pictures;
    const { point } = progress;
    if (point) {
      // After a restart the curve goes on from the checkpoint: what lies behind it is told again.
      entry.curve = [...entry.curve.filter(({ epoch }) => epoch < point.epoch), point];
      this.save(entry);
    }
    this.options.onJob?.(this.view(entry));
  }

  private finish(entry: Entry, state: 'done' | 'failed' | 'cancelled', message: string): void {
    entry.message = message;
    // A failed job keeps its checkpoint: once the reason is gone (disk full, say), it can go on.
    if (state !== 'failed') tidy(entry.spec);
    this.change(entry, state, state === 'done' ? 'Done' : state === 'failed' ? 'Failed' : 'Cancelled');
  }

  private change(entry: Entry, state: JobState, phase = entry.phase): void {
    entry.state = state;
    entry.secondsLeft = null;
    this.save(entry);
    this.tell(entry, phase);
  }

  private tell(entry: Entry, phase: string): void {
    entry.phase = phase;
    this.options.onJob?.(this.view(entry));
  }

  private save(entry: Entry): void {
    const { id, state, spec, subject, createdAt, message, fraction, curve } = entry;
    const record = { id, state, spec, subject, createdAt, message, fraction, curve };
    try {
      writeAtomic(join(this.options.folder, id, 'job.json'), [JSON.stringify(record)]);
    } catch {
      // A full disk must not stop the job list; the next change tries again.
    }
  }

  private view(entry: Entry): JobView {
    const { subject } = entry;
    return {
      id: entry.id as JobId,
      kind: entry.spec.kind,
      title: entry.spec.title,
      state: entry.state,
      phase: entry.phase,
      fraction: entry.fraction,
      secondsLeft: entry.secondsLeft,
      createdAt: entry.createdAt,
      curve: entry.curve,
      ...(subject.volumeId === undefined ? {} : { volumeId: subject.volumeId as VolumeId }),
      ...(subject.profileId === undefined ? {} : { profileId: subject.profileId }),
      ...(subject.trialOf === undefined ? {} : { trialOf: subject.trialOf as ModelId }),
      ...(entry.message === undefined ? {} : { message: entry.message }),
      ...(entry.pictures === undefined ? {} : { pictures: entry.pictures }),
    };
  }
}

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { JobBoard, type JobRunner } from '../../main/learning/jobs/board';
import { Stopped } from '../../main/learning/jobs/context';
import type { JobProgress, JobResult, JobSpec } from '../../main/learning/jobs/spec';

/** Runs nothing by itself: each job ends when the test says so. */
class HandRunner implements JobRunner {
  readonly started: string[] = [];
  report: (progress: JobProgress) => void = () => undefined;
  private finish: (result: JobResult) => void = () => undefined;
  private fail: (error: Error) => void = () => undefined;

  run(spec: JobSpec, report: (progress: JobProgress) => void): Promise<JobResult> {
    this.started.push(spec.title);
    this.report = report;
    return new Promise((resolve, reject) => {
      this.finish = resolve;
      this.fail = reject;
    });
  }
  stop(will: 'pause' | 'cancel'): void {
    this.fail(new Stopped(will));
  }
  async done(message = 'Done.'): Promise<void> {
    this.finish({ message, figures: [] });
    await settle();
  }
  async failed(error: Error): Promise<void> {
    this.fail(error);
    await settle();
  }
}
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

let folder: string;
let runner: HandRunner;
let board: JobBoard;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'board-'));
  runner = new HandRunner();
  board = new JobBoard({ folder, runner });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function add(kind: 'pretrain' | 'propose', title: string, work = 'work'): string {
  const { id, folder: own } = board.reserve();
  const common = { title, cache: folder, work: join(own, work) };
  const channels = [{ source: { kind: 'file' as const, file: 'ct.nii.gz' }, key: 'k' }];
  const one = { id: 'A', patient: 'A', channels };
  board.add(
    id,
    kind === 'propose'
      ? { kind, ...common, case: one, modelFolder: 'm', mirror: false, uncertainty: false, result: 'r' }
      : {
          kind,
          ...common,
          preset: 'desktop',
          seed: 1,
          cases: [one],
          epochs: 1,
          batch: 1,
          learningRate: 1,
          variant: 'amlp',
          from: null,
          model: { folder: 'f', name: 'n', id: 'i' },
          recipe: {
            profileId: 'ct',
            channels: ['CT'],
            slicing: { mm: 2, through: 'native', size: 48, interpolation: 'linear' },
            reading: { clusterOn: 'raw', patches: 'all', foreground: 'small', order: 'margin' },
            width: 4,
            patch: 16,
          },
        },
    {},
  );
  return id;
}
const state = (id: string): string | undefined => board.list().find((job) => job.id === id)?.state;

describe('the job board', () => {
  test('runs one job at a time, in the order given', async () => {
    const [a, b] = [add('pretrain', 'a'), add('pretrain', 'b')];
    expect([state(a), state(b)]).toEqual(['running', 'queued']);
    await runner.done();
    expect([state(a), state(b)]).toEqual(['done', 'running']);
    expect(runner.started).toEqual(['a', 'b']);
  });

  test('a proposal lets pretraining save and wait, and pretraining goes on afterwards by itself', async () => {
    const long = add('pretrain', 'long');
    const urgent = add('propose', 'urgent');
    await settle();
    expect([state(long), state(urgent)]).toEqual(['queued', 'running']);
    await runner.done();
    expect([state(long), state(urgent)]).toEqual(['running', 'done']);
    expect(runner.started).toEqual(['long', 'urgent', 'long']);
  });

  test('pause keeps, resume goes on, cancel ends; a paused job does not start by itself', async () => {
    const a = add('pretrain', 'a');
    board.pause(a);
    await settle();
    expect(state(a)).toBe('paused');
    const b = add('pretrain', 'b');
    await runner.done();
    expect([state(a), state(b)]).toEqual(['paused', 'done']);
    board.resume(a);
    expect(state(a)).toBe('running');
    board.cancel(a);
    await settle();
    expect(state(a)).toBe('cancelled');
  });

  test('a folder that cannot be removed keeps nothing from running', async () => {
    // No system has a name with a null in it: whatever is asked of it throws, as a file that is open elsewhere does.
    const a = add('pretrain', 'a', 'work\0');
    const b = add('pretrain', 'b');
    await runner.done();
    expect([state(a), state(b)]).toEqual(['done', 'running']);
    board.cancel(b);
    await settle();
    expect(() => new JobBoard({ folder, runner: new HandRunner() })).not.toThrow();
  });

  test('the curve after a restart from a checkpoint has every epoch once', async () => {
    const a = add('pretrain', 'a');
    for (const epoch of [1, 2, 3, 2, 3, 4])
      runner.report({ phase: 'p', fraction: 0, secondsLeft: null, point: { epoch, loss: epoch } });
    expect(board.list()[0].curve?.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4]);
    await runner.failed(Object.assign(new Error('write'), { code: 'ENOSPC', path: '/x' }));
    expect(state(a)).toBe('failed');
    expect(board.list()[0].message).toMatch(/disk is full/);
    // The reason can go away (a full disk): then the job can go on from its checkpoint.
    board.resume(a);
    expect(state(a)).toBe('running');
  });

  test('what an earlier session left is taken up, running jobs first to be run again', async () => {
    const a = add('pretrain', 'a');
    const b = add('pretrain', 'b');
    board.pause(b);
    board.close();
    runner.stop('pause');
    await settle();
    const next = new HandRunner();
    board = new JobBoard({ folder, runner: next });
    expect(next.started).toEqual([]);
    board.resumeAll();
    expect([state(a), state(b)]).toEqual(['running', 'paused']);
    const record: unknown = JSON.parse(readFileSync(join(folder, a, 'job.json'), 'utf8'));
    expect(record).toMatchObject({ state: 'running', spec: { title: 'a' } });
  });
});

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readModel } from '../../main/learning/registry/model-folder';
import { unpack } from '../../main/learning/store/packed';
import type { CaseRef, JobSpec } from '../../main/learning/jobs/spec';
import type { TrainingState } from '../../models/train';
import { dataPath, sharedData } from '../data';
import { bundle } from './bundle';

const built = resolve('test-output', `run-job-${process.pid}`);
const patients = ['STS_001', 'STS_003'];

/** A job killed within an epoch, again and again, is the same job. */
describe.skipIf(sharedData === null)('checkpoints within an epoch', { timeout: 300_000 }, () => {
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'checkpoint-'));
    await bundle({ 'run-job': 'test/learning/run-job.ts' }, built);
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
    rmSync(built, { recursive: true, force: true });
  });

  const caseOf = (patient: string): CaseRef => ({
    id: patient,
    patient,
    channels: [
      {
        source: { kind: 'file', file: dataPath('labelled', 'sts', patient, 'PET_native.nii.gz') },
        key: patient,
      },
    ],
  });
  const spec = (kind: 'pretrain' | 'teach', name: string): JobSpec => {
    const common = {
      title: name,
      preset: 'desktop' as const,
      seed: 1,
      cache: join(folder, 'slices'),
      work: join(folder, name),
      // Less than a step takes: every step of an epoch is followed by a checkpoint.
      checkpointMinutes: 1e-9,
      batch: 4,
      epochs: 3,
      learningRate: 1e-3,
      variant: 'amlp',
      from: null,
      model: { folder: join(folder, `${name}.model`), name, id: name },
      recipe: {
        profileId: 'pet',
        channels: ['PET'],
        slicing: { mm: 4.6875, through: 'native' as const, size: 48, interpolation: 'linear' as const },
        reading: {
          clusterOn: 'raw' as const,
          patches: 'all' as const,
          foreground: 'small' as const,
          order: 'margin' as const,
        },
        width: 4,
        patch: 16,
      },
    };
    if (kind === 'pretrain') return { kind, ...common, cases: patients.map(caseOf), slicesPerEpoch: 32 };
    const label = (patient: string) => ({
      kind: 'files' as const,
      files: [dataPath('labelled', 'sts', patient, 'PET_native_GTV.nii.gz')],
    });
    return {
      kind,
      ...common,
      cases: patients.map((patient) => ({ ...caseOf(patient), label: label(patient) })),
      segments: ['GTV'],
      stepsPerEpoch: 8,
      carryDecoder: false,
      heldBack: false,
    };
  };

  interface Run {
    readonly killed: boolean;
    readonly curve: { readonly epoch: number; readonly loss: number }[];
  }
  /** Runs until the end, or until it is killed after so many steps of its own. */
  const run = (job: JobSpec, steps?: number): Run => {
    const file = join(folder, 'spec.json');
    writeFileSync(file, JSON.stringify(job));
    const { status, signal, stdout, stderr } = spawnSync(
      process.execPath,
      [join(built, 'run-job.cjs'), file, ...(steps === undefined ? [] : [String(steps)])],
      { encoding: 'utf8', env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3' } },
    );
    if (status !== 0 && signal !== 'SIGKILL') throw new Error(stderr);
    const lines = stdout.split('\n').filter((line) => line.startsWith('{'));
    return {
      killed: signal === 'SIGKILL',
      curve: lines
        .filter((line) => line.includes('"epoch"'))
        .map((line) => JSON.parse(line) as Run['curve'][0]),
    };
  };
  const weightsOf = (job: JobSpec) => {
    if (job.kind === 'propose') throw new Error('Proposing makes no model.');
    return readModel(job.model.folder).weights;
  };

  test.each(['pretrain', 'teach'] as const)(
    'kill -9 in the middle of an epoch, twice: %s ends with the same curve and weights, bit for bit',
    (kind) => {
      const whole = spec(kind, `${kind}-whole`);
      const reference = run(whole);
      expect(reference.curve.map(({ epoch }) => epoch)).toEqual([1, 2, 3]);

      const broken = spec(kind, `${kind}-broken`);
      const curve = new Map<number, number>();
      // 8 steps an epoch; each time it goes on after the step before the one it was killed in.
      for (const steps of [3, 10]) {
        const part = run(broken, steps);
        expect(part.killed).toBe(true);
        for (const { epoch, loss } of part.curve) curve.set(epoch, loss);
        const file = join(broken.work, 'checkpoint.safetensors');
        const { state } = unpack(readFileSync(file)) as unknown as { state: TrainingState };
        expect(state.facts.stepInEpoch).toBeGreaterThan(0);
      }
      const last = run(broken);
      expect(last.killed).toBe(false);
      for (const { epoch, loss } of last.curve) curve.set(epoch, loss);
      expect([...curve]).toEqual(reference.curve.map(({ epoch, loss }) => [epoch, loss]));
      expect(weightsOf(broken)).toEqual(weightsOf(whole));
    },
  );
});

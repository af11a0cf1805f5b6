import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EngineSupervisor } from '../../main/learning/engine/supervisor';
import { Stopped } from '../../main/learning/jobs/context';
import type { CaseRef, JobSpec } from '../../main/learning/jobs/spec';
import { forkHost } from '../../main/shell/process-host';
import { dataPath, sharedData } from '../data';
import { bundle } from './bundle';

const built = resolve('test-output', `cancel-${process.pid}`);
const patients = ['STS_001', 'STS_003', 'STS_004'];

/** The bar; where more runs than the machine has cores, nothing can be said of a second. */
const patience = (): number => (loadavg()[0] > cpus().length ? 8000 : 1000);

describe.skipIf(sharedData === null)('cancel', { timeout: 300_000 }, () => {
  let folder: string;
  let engine: EngineSupervisor;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'cancel-'));
    await bundle({ engine: 'main/learning/engine/process.ts' }, built);
    engine = new EngineSupervisor({
      host: forkHost(built),
      prepare: () => Promise.reject(new Error('There is no archive here.')),
    });
  });
  afterAll(async () => {
    await engine.close();
    rmSync(folder, { recursive: true, force: true });
    rmSync(built, { recursive: true, force: true });
  });

  const caseOf = (patient: string): CaseRef => ({
    id: patient,
    patient,
    channels: [
      { source: { kind: 'file', file: dataPath('labelled', 'sts', patient, 'CT.nii.gz') }, key: patient },
    ],
  });
  const common = (name: string) => ({
    title: name,
    preset: 'desktop' as const,
    seed: 1,
    cache: join(folder, 'slices'),
    work: join(folder, name),
    learningRate: 1e-3,
    from: null,
    model: { folder: join(folder, `${name}.model`), name, id: name },
    recipe: {
      profileId: 'ct',
      channels: ['CT'],
      slicing: { mm: 1.953, through: 'native' as const, size: 96, interpolation: 'linear' as const },
      reading: {
        clusterOn: 'raw' as const,
        patches: 'all' as const,
        foreground: 'small' as const,
        order: 'margin' as const,
      },
      width: 16,
      patch: 8,
    },
  });
  const pretrain = (variant: string): JobSpec => ({
    kind: 'pretrain',
    ...common('pretrain'),
    cases: patients.map(caseOf),
    epochs: 50,
    batch: 16,
    variant,
  });
  const teach = (): JobSpec => ({
    kind: 'teach',
    ...common('teach'),
    cases: [
      {
        ...caseOf(patients[0]),
        label: { kind: 'files', files: [dataPath('labelled', 'sts', patients[0], 'GTV.nii.gz')] },
      },
    ],
    epochs: 1,
    stepsPerEpoch: 1,
    batch: 2,
    variant: 'amlp',
    segments: ['GTV'],
    carryDecoder: false,
    heldBack: false,
  });
  const propose = (): JobSpec => ({
    kind: 'propose',
    title: 'propose',
    cache: join(folder, 'slices'),
    work: join(folder, 'propose'),
    case: caseOf(patients[2]),
    modelFolder: join(folder, 'teach.model'),
    mirror: true,
    uncertainty: true,
    result: join(folder, 'propose', 'proposal.safetensors'),
  });

  /** Runs until `phase` is told of, cancels, and says how long the job then took to be over. */
  const cancelledIn = async (spec: JobSpec, phase: RegExp): Promise<number> => {
    let asked = 0;
    const run = engine.run(spec, (progress) => {
      if (asked > 0 || !phase.test(progress.phase)) return;
      asked = performance.now();
      engine.stop('cancel');
    });
    await expect(run).rejects.toThrow(Stopped);
    return performance.now() - asked;
  };

  test('ends a job within a second whatever it is doing, and the engine takes the next one', async () => {
    // A slow clustering: its pieces take longer than the engine's patience.
    const sorting = await cancelledIn(pretrain('hierarchical'), /Sorting patches/);
    const learning = await cancelledIn(pretrain('amlp'), /Learning, epoch 1/);
    // The next job, on the engine that was just freed; its model serves the proposal.
    await expect(engine.run(teach(), () => undefined)).resolves.toMatchObject({ message: /Taught with/ });
    const segmenting = await cancelledIn(propose(), /Slice \d+ of/);
    const waits = { sorting, learning, 'mirrored segmenting': segmenting };
    console.log(
      Object.entries(waits)
        .map(([phase, ms]) => `${phase} ${ms.toFixed(0)} ms`)
        .join(', '),
    );
    for (const [phase, ms] of Object.entries(waits)) expect(ms, phase).toBeLessThan(patience());
  });
});

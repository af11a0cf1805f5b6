import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PretrainSpec } from '../../main/learning/jobs/spec';
import { readModelDescription } from '../../main/learning/registry/model-folder';
import { dataPath, sharedData } from '../data';
import { bundle } from './bundle';

const built = resolve('test-output', `fitting-${process.pid}`);

describe.skipIf(sharedData === null)('a machine with little memory', { timeout: 300_000 }, () => {
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'fitting-'));
    await bundle({ 'run-job': 'test/learning/run-job.ts' }, built);
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
    rmSync(built, { recursive: true, force: true });
  });

  const spec = (name: string, width: number): PretrainSpec => ({
    kind: 'pretrain',
    title: name,
    preset: 'desktop',
    recipe: {
      profileId: 'pet',
      channels: ['PET'],
      slicing: { mm: 4.6875, through: 'native', size: 96, interpolation: 'linear' },
      reading: { clusterOn: 'raw', patches: 'all', foreground: 'small', order: 'margin' },
      width,
      patch: 16,
    },
    seed: 1,
    cache: join(folder, 'slices'),
    work: join(folder, name),
    cases: [
      {
        id: 'STS_001',
        patient: 'STS_001',
        channels: [
          {
            source: { kind: 'file', file: dataPath('labelled', 'sts', 'STS_001', 'PET_native.nii.gz') },
            key: 'a',
          },
        ],
      },
    ],
    epochs: 1,
    batch: 32,
    learningRate: 1e-3,
    variant: 'amlp',
    slicesPerEpoch: 32,
    from: null,
    model: { folder: join(folder, `${name}.model`), name, id: name },
  });
  const run = (job: PretrainSpec, gigabytes: number) => {
    const file = join(folder, 'spec.json');
    writeFileSync(file, JSON.stringify(job));
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(built, 'run-job.cjs'), file], {
      encoding: 'utf8',
      env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3', AMLP_MEMORY_BUDGET: String(gigabytes) },
    });
    const last = stdout.split('\n').findLast((line) => line.startsWith('{')) ?? '{}';
    return { status, stderr, ...(JSON.parse(last) as { steps?: number; residentBytes?: number }) };
  };

  test('a run takes the largest configuration that its measured step says fits, and stays within it', () => {
    const job = spec('tight', 16);
    const budget = 0.7;
    const { status, stderr, steps, residentBytes = Infinity } = run(job, budget);
    expect(status, stderr).toBe(0);
    const model = readModelDescription(job.model.folder);
    const fits = Object.values(
      JSON.parse(readFileSync(join(job.cache, 'fits.json'), 'utf8')) as Record<
        string,
        { width: number; batch: number; sentence: string }
      >,
    );
    expect(fits).toHaveLength(1);
    expect(fits[0].width < 16 || fits[0].batch < 32).toBe(true);
    expect(model.network.width).toBe(fits[0].width);
    expect(model.recipe.width).toBe(fits[0].width);
    expect(steps).toBe(Math.ceil(32 / fits[0].batch));
    expect(model.figures.join(' ')).toMatch(/the largest that fits this machine/);
    console.log(`${fits[0].sentence} Held ${(residentBytes / 1e9).toFixed(2)} GB while learning.`);
    // The promise is of what a step takes; the allocator's slack and the slices come on top.
    expect(residentBytes).toBeLessThan(1.15 * budget * 1e9);
  });

  test('where nothing fits it says so, with the way out', () => {
    const { status, stderr } = run(spec('hopeless', 4), 0.05);
    expect(status).toBe(1);
    expect(stderr).toMatch(/Training does not fit: the smallest network needs about/);
  });
});

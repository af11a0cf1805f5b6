import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pretrainConfig } from '../../main/learning/jobs/configs';
import { mostSamples } from '../../main/learning/jobs/fitting';
import type { PretrainSpec } from '../../main/learning/jobs/spec';
import { readModelDescription } from '../../main/learning/registry/model-folder';
import { openRuntime } from '../../models/runtime';
import { createNetwork, slicesOf } from '../../models/train/network';
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

describe('the largest tensor of a step', () => {
  const spec = (width: number, size: number, variant: string): PretrainSpec => ({
    ...{
      kind: 'pretrain',
      title: 'step',
      preset: 'desktop',
      seed: 1,
      cache: '',
      work: '',
      cases: [],
      from: null,
    },
    ...{ epochs: 1, batch: 8, learningRate: 1e-3, variant, model: { folder: '', name: '', id: '' } },
    recipe: {
      ...{ profileId: 'pet', channels: ['PET'], width, patch: 16 },
      slicing: { mm: 4, through: 'native', size, interpolation: 'linear' },
      reading: { clusterOn: 'raw', patches: 'all', foreground: 'small', order: 'margin' },
    },
  });

  test.each(['amlp', 'amlp-3d'])('is the one that bounds the batch: %s', async (variant) => {
    const one = spec(8, 32, variant);
    const { network: config } = pretrainConfig(one);
    const runtime = await openRuntime({ prefer: 'cpu' });
    const { tf } = runtime;
    const network = createNetwork(runtime, config, 1, 1, 1);
    const batch = 3;
    const { kernels } = await tf.profile(() =>
      tf.tidy(() => network.forward(tf.zeros([batch, 32, 32, slicesOf(config)]))),
    );
    const elements = kernels.flatMap(({ outputShapes }) =>
      outputShapes.map((shape: number[]) => shape.reduce((n, side) => n * side, 1)),
    );
    const bytes = 4 * Math.max(...elements);
    network.dispose();
    expect(mostSamples(one, bytes)).toBe(batch);
    expect(mostSamples(one, bytes - 1)).toBe(batch - 1);
  });

  test('stays within what the process survives, and one sample is always made', () => {
    const sizes = fc.integer({ min: 1, max: 20 }).map((n) => 16 * n);
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 128 }),
        sizes,
        fc.integer({ min: 1, max: 2 ** 31 }),
        (w, size, most) => {
          const samples = mostSamples(spec(w, size, 'amlp'), most);
          const each = 4 * size * size * 2 * w;
          expect(samples).toBeGreaterThanOrEqual(1);
          if (samples > 1) expect(samples * each).toBeLessThanOrEqual(most);
          expect((samples + 1) * each).toBeGreaterThan(most);
        },
      ),
    );
    // Outside Electron nothing bounds a tensor.
    expect(mostSamples(spec(64, 144, 'amlp'))).toBe(Infinity);
  });
});

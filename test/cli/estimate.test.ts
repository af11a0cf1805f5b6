import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { collectCases, type FoundCases } from '../../main/cli/cases';
import { tellEstimate } from '../../main/cli/estimate';
import type { Io } from '../../main/cli/io';
import { writeNiftiVolume, type Volume } from '../../main/imaging';
import { voxelCount, type VolumeGeometry } from '../../main/imaging/space/geometry';
import { patientPoint, patientVector } from '../../main/imaging/space/geometry';
import type { PretrainSpec, TeachSpec } from '../../main/learning/jobs/spec';
import { startingRecipe } from '../../main/learning/profiles';

let folder: string;
let told = '';
const io: Io = {
  out: () => undefined,
  err: (text) => void (told += text),
  interactive: false,
  signal: new AbortController().signal,
  build: '',
};

/** PET scans of 48² pixels, each with as many slices as `slices` says. */
async function scans(name: string, slices: readonly number[]): Promise<FoundCases> {
  for (const [n, count] of slices.entries()) {
    const geometry: VolumeGeometry = {
      size: [48, 48, count],
      spacing: [4, 4, 5],
      origin: patientPoint(0, 0, 0),
      axes: [patientVector(1, 0, 0), patientVector(0, 1, 0), patientVector(0, 0, 1)],
    };
    const voxels = Float32Array.from({ length: voxelCount(geometry) }, (_, v) => 2 + Math.sin(v * 0.31 + n));
    const one = join(folder, name, `P${String(n).padStart(3, '0')}`);
    mkdirSync(one, { recursive: true });
    const volume: Volume = {
      geometry,
      voxels,
      unit: 'SUVbw',
      modality: 'PT',
      frameOfReference: null,
      remarks: [],
    };
    writeFileSync(join(one, 'PET.nii.gz'), writeNiftiVolume(volume));
  }
  return collectCases([join(folder, name)], ['PET'], io);
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
const spec = (found: FoundCases, name: string): PretrainSpec => ({
  kind: 'pretrain',
  title: name,
  preset: 'desktop',
  recipe: {
    profileId: 'pet',
    channels: ['PET'],
    ...startingRecipe('desktop', ['PET'], found.geometries),
    width: 2,
  },
  seed: 1,
  cache: join(folder, `${name}.slices`),
  work: folder,
  cases: [...found.cases],
  epochs: 2,
  batch: 4,
  learningRate: 1e-3,
  variant: 'amlp',
  from: null,
  model: { folder: join(folder, 'model'), name, id: name },
});

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'estimate-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

// Sizes grow through the folder: whoever looks at the first scans alone promises far too little.
const growing = Array.from({ length: 60 }, (_, n) => 4 + (n >> 1));

test('of more scans than are opened, the estimate counts every one by the grid of a neighbour', async () => {
  const found = await scans('many', growing);
  expect(found.geometries).toHaveLength(60);
  expect(new Set(found.geometries).size).toBe(24);
  told = '';
  const job = spec(found, 'many');
  const estimate = await tellEstimate(job, found, io);
  const slices = Number(/for (\d+) slices of 60 scans/.exec(told)?.[1]);
  expect(Math.abs(slices / sum(growing) - 1), told).toBeLessThan(0.05);
  // What is measured is of middling size, and nothing else is prepared for it.
  const prepared = readdirSync(job.cache, { recursive: true }).filter((name) =>
    String(name).endsWith('.slices'),
  );
  expect(prepared).toHaveLength(2);
  // Half floats of the cut slices, those of the two prepared scans being there already.
  const bytes = (sum(growing) - growing[29] - growing[30]) * 48 * 48 * 2;
  expect(Math.abs((estimate?.diskBytes ?? 0) / bytes - 1)).toBeLessThan(0.2);
});

test('scans without contours count by their own grids', async () => {
  const found = await scans('taught', [6, 6, 6]);
  const others = await scans(
    'others',
    growing.map((n) => 2 * n),
  );
  const { from, ...pretraining } = spec(found, 'teach');
  const job: TeachSpec = {
    ...{ ...pretraining, kind: 'teach', from, segments: ['GTV'], carryDecoder: false, heldBack: false },
    cases: found.cases.map((one) => ({ ...one, label: { kind: 'files', files: [], slices: [2, 3] } })),
    unlabelled: [...others.cases].map((one) => ({ ...one, id: `other ${one.id}` })),
  };
  told = '';
  const renamed = { ...others, cases: job.unlabelled ?? [] };
  await tellEstimate(job, found, io, undefined, renamed);
  const [, own, without] = /for (\d+) slices of 3 scans, and (\d+) slices that nobody/.exec(told) ?? [];
  expect(Number(own), told).toBe(18);
  expect(Math.abs(Number(without) / (2 * sum(growing)) - 1), told).toBeLessThan(0.05);
});

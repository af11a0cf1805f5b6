import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { LearningService, type LearningAnnotations, type LearningArchive } from '../../main/learning';
import { patientPoint, patientVector } from '../../main/imaging/space/geometry';
import { writeAtomic } from '../../main/learning/store/atomic';
import { pack } from '../../main/learning/store/packed';
import type { JobView, ModelId, VolumeId } from '../../preload/api';
import { makeModel } from './models';
import { standInHost } from './stand-in';

const volume = (id: string) => ({
  id: id as VolumeId,
  patient: id,
  study: id,
  modality: 'PT',
  description: 'PET',
  frameOfReference: null,
  geometry: {
    size: [64, 64, 20] as const,
    spacing: [4, 4, 4] as const,
    origin: patientPoint(0, 0, 0),
    axes: [patientVector(1, 0, 0), patientVector(0, 1, 0), patientVector(0, 0, 1)] as const,
  },
  usable: true,
  signature: 's',
});

const annotations: LearningAnnotations = {
  ready: () => Promise.resolve(),
  summary: () => ({ accepted: false, reviewedSlices: [], segmentNames: [], proposed: false }),
  taught: () => Promise.resolve([]),
  proposal: () => Promise.resolve(null),
  saveProposal: () => Promise.resolve(),
};

const turns = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'switch-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('a job of the archive that was just opened waits for the measurement of the one that was left', async () => {
  const { host, started } = standInHost();
  const archive = {
    archiveId: 'a',
    current: () => Promise.resolve({}),
    volumes: () => [volume('1'), volume('2')],
    volume,
    prepare: () => Promise.reject(new Error('nothing is read here')),
  };
  const learning = new LearningService({
    dataFolder: join(folder, 'data'),
    cacheFolder: join(folder, 'cache'),
    archive: archive as LearningArchive,
    annotations,
    host,
  });
  const jobs: JobView[] = [];
  learning.onJob((job) => jobs.push(job));
  const estimate = learning.estimate('pretrain', 'pet');
  await turns();
  const engine = started[0];
  expect(engine.heard).toMatchObject([{ kind: 'run', spec: { kind: 'measure' } }]);

  archive.archiveId = 'b';
  const starting = learning.pretrain('pet', {});
  await turns();
  // The measurement stops a moment later, as it does.
  engine.say({ kind: 'stopped', run: 1, will: 'cancel' });
  await starting;
  await turns();
  expect((await estimate).seconds).toBeGreaterThan(0);
  expect(jobs.map(({ state }) => state)).not.toContain('failed');
  expect(engine.heard.at(-1)).toMatchObject({ kind: 'run', spec: { kind: 'pretrain' } });
});

test('a job whose archive was left is told of no scan of another one; it waits until its own is opened again', async () => {
  const { host, started } = standInHost();
  // Volumes of files are named by their path below the archive: both archives hold a "1" and a "2".
  const archive = {
    open: 'a' as string | null,
    get archiveId(): string {
      if (this.open === null) throw new Error('No archive is open.');
      return this.open;
    },
    current: () => Promise.resolve(archive.open === null ? null : {}),
    volumes: () => [volume('1'), volume('2')],
    volume,
    prepare: (id: VolumeId) => Promise.resolve({ folder: `${archive.archiveId} ${id}` }),
  };
  const learning = new LearningService({
    dataFolder: join(folder, 'data'),
    cacheFolder: join(folder, 'cache'),
    archive: archive satisfies LearningArchive,
    annotations,
    host,
  });
  const id = await learning.pretrain('pet', {});
  await turns();
  const engine = started[0];
  const spec = engine.heard.find((m) => m.kind === 'run')!.spec;
  engine.say({ kind: 'want-volume', request: 1, volumeId: '1' });
  await turns();
  expect(engine.folders()).toEqual({ 1: 'a 1' });

  for (const [run, meanwhile] of [null, 'b'].entries()) {
    engine.heard.length = 0;
    archive.open = meanwhile;
    engine.say({ kind: 'want-volume', request: 10 + run, volumeId: '2' });
    engine.say({ kind: 'check-volume', request: 20 + run, volumeId: '2', key: '2 s' });
    await turns();
    expect(engine.heard).toEqual([{ kind: 'stop', run: run + 1, will: 'pause' }]);
    engine.say({ kind: 'stopped', run: run + 1, will: 'pause' });
    await turns();
    expect((await learning.jobs()).map((job) => job.id)).toEqual([]);
    archive.open = 'a';
    expect(await learning.jobs()).toMatchObject([{ id, state: 'running' }]);
    expect(engine.heard.at(-1)).toEqual({ kind: 'run', run: run + 2, spec });
  }
  engine.say({ kind: 'check-volume', request: 30, volumeId: '2', key: '2 s' });
  engine.say({ kind: 'check-volume', request: 31, volumeId: '2', key: '2 as it was' });
  await turns();
  expect(engine.heard.slice(-2)).toMatchObject([
    { kind: 'volume-current', request: 30 },
    { kind: 'no-volume', request: 31, message: expect.stringContaining('has changed') as string },
  ]);
});

test('what a model proposed for a scan of an archive that was left enters no case of another one', async () => {
  const { host, started } = standInHost();
  const scan = (id: string) => ({ ...volume(id), modality: 'CT' });
  const archive = {
    archiveId: 'a',
    current: () => Promise.resolve({}),
    volumes: () => [scan('1')],
    volume: scan,
    prepare: () => Promise.reject(new Error('nothing is read here')),
  };
  const saved: string[] = [];
  mkdirSync(join(folder, 'data', 'models'), { recursive: true });
  makeModel(join(folder, 'data', 'models'), 'm', 'taught');
  const learning = new LearningService({
    dataFolder: join(folder, 'data'),
    cacheFolder: join(folder, 'cache'),
    archive: archive satisfies LearningArchive,
    annotations: { ...annotations, saveProposal: () => Promise.resolve(void saved.push(archive.archiveId)) },
    host,
  });
  await learning.activate('m' as ModelId);
  await learning.propose('1' as VolumeId);
  await turns();
  const answer = (run: number): void => {
    const told = started[0].heard.findLast((m) => m.kind === 'run');
    if (told?.spec.kind !== 'propose') throw new Error('No proposal was asked for.');
    mkdirSync(dirname(told.spec.result), { recursive: true });
    writeAtomic(
      told.spec.result,
      pack({
        modelId: 'm',
        modelName: 'CT',
        segments: [],
        sliceUncertainty: [],
        uncertainty: new Uint8Array(),
      }),
    );
    started[0].say({ kind: 'done', run, result: { message: 'Proposed.', figures: [] } });
  };
  archive.archiveId = 'b';
  answer(1);
  await turns();
  // It is begun again, and asks for its scan.
  started[0].say({ kind: 'want-volume', request: 1, volumeId: '1' });
  await turns();
  started[0].say({ kind: 'stopped', run: 2, will: 'pause' });
  await turns();
  expect(saved).toEqual([]);
  expect(await learning.jobs()).toEqual([]);
  archive.archiveId = 'a';
  await learning.jobs();
  await turns();
  answer(3);
  await turns();
  expect(saved).toEqual(['a']);
});

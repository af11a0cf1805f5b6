import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { LearningService, type LearningAnnotations, type LearningArchive } from '../../main/learning';
import { patientPoint, patientVector } from '../../main/imaging/space/geometry';
import type { JobView, VolumeId } from '../../preload/api';
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

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { tmpdir } from 'node:os';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { LearningService, type LearningAnnotations, type LearningArchive } from '../../main/learning';
import { writePrepared } from '../../main/archive/prepared';
import { prepareCase } from '../../main/learning/cache/prepare';
import type { JobContext } from '../../main/learning/jobs/context';
import type { ChannelRef } from '../../main/learning/jobs/spec';
import { channelKey, openPrepared, scanHasChanged } from '../../main/learning/volumes/open';
import { packLabels, readLabels } from '../../main/learning/jobs/labels';
import { writeAtomic } from '../../main/learning/store/atomic';
import { pack } from '../../main/learning/store/packed';
import { patientPoint, patientVector, type VolumeGeometry } from '../../main/imaging/space/geometry';
import type { JobView, VolumeId } from '../../preload/api';
import { makeModel } from './models';
import { standInHost } from './stand-in';

// More of a scan's slices come from the scanner or the archive while a job that began before still knows the old ones.

const grid: VolumeGeometry = {
  size: [8, 8, 5],
  spacing: [1, 1, 2],
  origin: patientPoint(0, 0, 10),
  axes: [patientVector(1, 0, 0), patientVector(0, 1, 0), patientVector(0, 0, 1)],
};
const longer: VolumeGeometry = { ...grid, size: [8, 8, 6], origin: patientPoint(0, 0, 8) };

const turns = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 30));

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'changed-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('contours do not teach on another grid than the one that they were drawn on', async () => {
  const file = join(folder, 'labels.safetensors');
  const ref = { id: '1', patient: '1', channels: [], label: { kind: 'packed' as const, file } };
  packLabels(file, grid, [1], [Uint32Array.of(64, 3)]);
  const { masks } = await readLabels(ref, grid);
  expect(Array.from(masks[0].subarray(63, 68))).toEqual([0, 1, 1, 1, 0]);
  await expect(readLabels(ref, longer)).rejects.toThrow('another grid');
});

test('what was cut from a scan is not used again, nor what was prepared, once the scan is another one', async () => {
  const prepared = join(folder, 'prepared');
  const write = (voxel: number, signature: string): Promise<void> =>
    writePrepared(
      prepared,
      {
        id: '1' as VolumeId,
        geometry: grid,
        unit: 'HU',
        modality: 'CT',
        frameOfReference: null,
        dataType: 'Int16Array',
        range: { min: 0, max: 1, p1: 0, p99: 1 },
        remarks: [],
        signature,
        label: { patientCode: '', series: '', date: null },
      },
      new Int16Array(320).map((_, n) => (n === 9 ? voxel : n % 50)),
    );
  const channel = (signature: string): ChannelRef => ({
    source: { kind: 'archive', volumeId: '1' },
    key: channelKey('1', signature),
  });
  await write(1, 'before');
  expect((await openPrepared(prepared, channel('before'))).voxels[9]).toBe(1);
  // Another archive's volume of this name, or the changed one, was put there since.
  await write(2, 'after');
  await expect(openPrepared(prepared, channel('before'))).rejects.toThrow('has changed');
  expect((await openPrepared(prepared, channel('after'))).voxels[9]).toBe(2);

  let now = 'after';
  const context: JobContext = {
    runtime: () => Promise.reject(new Error('nothing is learnt here')),
    openVolume: (one) => openPrepared(prepared, one),
    assertCurrent: async ({ key }) => {
      await Promise.resolve();
      if (key !== channelKey('1', now)) throw scanHasChanged();
    },
    report: () => undefined,
    will: () => 'run',
  };
  const slicing = { mm: 1, through: 'native', size: 8, interpolation: 'linear' } as const;
  const cache = join(folder, 'slices');
  const ref = { id: '1', patient: '1', channels: [channel('after')] };
  expect((await prepareCase(ref, slicing, cache, context)).made).not.toBeNull();
  expect((await prepareCase(ref, slicing, cache, context)).made).toBeNull();
  // A job that was paused then goes on now.
  now = 'later';
  await expect(prepareCase(ref, slicing, cache, context)).rejects.toThrow('has changed');
});

test('a proposal for a scan whose files have changed meanwhile is not kept', async () => {
  const { host, started } = standInHost();
  let [geometry, signature] = [grid, 'before'];
  const saved: string[] = [];
  const volume = () => ({
    id: '1' as VolumeId,
    patient: '1',
    study: '1',
    modality: 'CT',
    description: '',
    frameOfReference: null,
    geometry,
    usable: true,
    signature,
  });
  const archive: LearningArchive = {
    archiveId: 'a',
    current: () => Promise.resolve({}),
    volumes: () => [volume()],
    volume,
    prepare: () => Promise.reject(new Error('nothing is read here')),
  };
  const annotations: LearningAnnotations = {
    ready: () => Promise.resolve(),
    summary: () => ({ accepted: false, reviewedSlices: [], segmentNames: [], proposed: false }),
    taught: () => Promise.resolve([]),
    proposal: () => Promise.resolve(null),
    saveProposal: (_id, { modelId }) => Promise.resolve(void saved.push(modelId)),
  };
  const dataFolder = join(folder, 'data');
  mkdirSync(join(dataFolder, 'models'), { recursive: true });
  makeModel(join(dataFolder, 'models'), 'm', 'taught');
  const learning = new LearningService({
    dataFolder,
    cacheFolder: join(folder, 'cache'),
    archive,
    annotations,
    host,
  });
  await learning.activate('m' as never);
  let last: JobView | null = null;
  learning.onJob((job) => (last = job));

  const finish = async (): Promise<JobView | null> => {
    await learning.propose('1' as VolumeId);
    await turns();
    return last;
  };
  const answer = async (run: number): Promise<JobView | null> => {
    const told = started[0].heard.at(-1);
    if (told?.kind !== 'run' || told.spec.kind !== 'propose') throw new Error('No proposal was asked for.');
    mkdirSync(dirname(told.spec.result), { recursive: true });
    writeAtomic(
      told.spec.result,
      pack({
        modelId: 'm',
        modelName: 'CT',
        segments: [{ name: 'GTV', flips: Uint32Array.of(64, 3), millilitres: 0.006 }],
        sliceUncertainty: [0, 0, 0, 0, 0],
        uncertainty: new Uint8Array(320),
      }),
    );
    started[0].say({ kind: 'done', run, result: { message: 'Proposed.', figures: [] } });
    await turns();
    return last;
  };

  await finish();
  expect(await answer(1)).toMatchObject({ state: 'done' });
  expect(saved).toEqual(['m']);

  await finish();
  [geometry, signature] = [longer, 'after'];
  expect(await answer(2)).toMatchObject({ state: 'failed' });
  expect(saved).toEqual(['m']);
});

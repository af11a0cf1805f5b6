import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { JobId, JobView, ModelId, Proposal, VolumeId } from '../../preload/api';
import { applyFlips, flipsBetween, type Flips } from '../../main/imaging/mask/flips';
import type { Volume } from '../../main/imaging/volume';
import { writePrepared, dataTypeOf } from '../../main/archive/prepared';
import { openVolumeFile } from '../../main/learning/volumes/open';
import { LearningService, type LearningAnnotations, type LearningArchive } from '../../main/learning';
import { forkHost } from '../../main/shell/process-host';
import { dataPath, sharedData } from '../data';
import { bundle } from './bundle';

/** Where bundles for tests go: inside the project, so that packages are found. */
const built = resolve('test-output', `engine-${process.pid}`);
const patients = ['STS_001', 'STS_003', 'STS_004'];

interface Case {
  readonly id: VolumeId;
  readonly patient: string;
  readonly volume: Volume;
  readonly mask: Flips;
  readonly reviewed: number[];
}

/** Real scans, handed to learning the way the archive and the annotations do. */
class Site implements LearningArchive, LearningAnnotations {
  readonly archiveId = 'a1';
  readonly cases: Case[] = [];
  readonly proposals = new Map<VolumeId, Proposal>();
  readonly folder: string;
  constructor(folder: string) {
    this.folder = folder;
  }
  async load(): Promise<void> {
    for (const [n, patient] of patients.entries()) {
      const volume = await openVolumeFile(dataPath('labelled', 'sts', patient, 'PET_native.nii.gz'));
      const gtv = await openVolumeFile(dataPath('labelled', 'sts', patient, 'PET_native_GTV.nii.gz'));
      const mask = Uint8Array.from(gtv.voxels, (v) => (v > 0 ? 1 : 0));
      const [nx, ny, nz] = volume.geometry.size;
      const lesion = Array.from({ length: nz }, (_, k) => k).filter((k) =>
        mask.subarray(k * nx * ny, (k + 1) * nx * ny).includes(1),
      );
      this.cases.push({
        id: `${n}`.repeat(16) as VolumeId,
        patient,
        volume: { ...volume, modality: 'PT' },
        mask: flipsBetween(new Uint8Array(mask.length), mask),
        reviewed: n === 0 ? lesion : [],
      });
    }
  }
  current(): Promise<unknown> {
    return Promise.resolve({});
  }
  volumes() {
    return this.cases.map(({ id, patient, volume }) => ({
      id,
      patient,
      study: patient,
      modality: 'PT',
      description: 'PET',
      frameOfReference: null,
      geometry: volume.geometry,
      usable: true,
      signature: 's',
    }));
  }
  volume(id: VolumeId) {
    return this.volumes().find((one) => one.id === id) ?? null;
  }
  async prepare(id: VolumeId): Promise<{ folder: string }> {
    const one = this.cases.find((c) => c.id === id);
    if (!one) throw new Error('unknown');
    const folder = join(this.folder, 'prepared', id);
    const { geometry, unit, modality, frameOfReference, remarks, voxels } = one.volume;
    await writePrepared(
      folder,
      {
        id,
        geometry,
        unit,
        modality,
        frameOfReference,
        remarks,
        dataType: dataTypeOf(voxels),
        range: { min: 0, max: 1, p1: 0, p99: 1 },
        label: { patientCode: 'x', series: 'PET', date: null },
        signature: 's',
      },
      voxels,
    );
    return { folder };
  }
  ready(): Promise<void> {
    return Promise.resolve();
  }
  summary(id: VolumeId) {
    const one = this.cases.find((c) => c.id === id);
    const reviewedSlices = one?.reviewed ?? [];
    return {
      accepted: false,
      reviewedSlices,
      segmentNames: reviewedSlices.length > 0 ? ['GTV'] : [],
      proposed: this.proposals.has(id),
    };
  }
  taught() {
    return Promise.resolve(
      this.cases
        .filter(({ reviewed }) => reviewed.length > 0)
        .map(({ id, volume, mask, reviewed }) => ({
          volumeId: id,
          geometry: volume.geometry,
          accepted: false,
          reviewedSlices: reviewed,
          segments: [{ name: 'GTV', mask }],
        })),
    );
  }
  proposal(id: VolumeId): Promise<Proposal | null> {
    return Promise.resolve(this.proposals.get(id) ?? null);
  }
  saveProposal(
    id: VolumeId,
    proposal: Omit<Proposal, 'volumeId' | 'at' | 'uncertaintyUrl'> & { uncertainty?: Uint8Array },
  ): Promise<void> {
    this.proposals.set(id, { ...proposal, volumeId: id, at: '', uncertaintyUrl: null });
    return Promise.resolve();
  }
}

describe.skipIf(sharedData === null)(
  'learning on real PET scans, in a real engine process',
  { timeout: 300_000 },
  () => {
    let folder: string;
    let site: Site;
    let learning: LearningService;

    const open = (): LearningService =>
      new LearningService({
        dataFolder: join(folder, 'data'),
        cacheFolder: join(folder, 'cache'),
        archive: site,
        annotations: site,
        host: forkHost(built),
      });
    const job = async (id: JobId): Promise<JobView> => {
      const found = (await learning.jobs()).find((one) => one.id === id);
      if (!found) throw new Error('The job is gone.');
      return found;
    };
    const until = async (id: JobId, done: (view: JobView) => boolean): Promise<JobView> => {
      for (;;) {
        const view = await job(id);
        if (done(view)) return view;
        if (view.state === 'failed') throw new Error(view.message);
        await new Promise((r) => setTimeout(r, 20));
      }
    };
    const over = (view: JobView): boolean => ['done', 'cancelled'].includes(view.state);

    beforeAll(async () => {
      await bundle({ engine: 'main/learning/engine/process.ts' }, built);
      folder = mkdtempSync(join(tmpdir(), 'learning-'));
      site = new Site(folder);
      await site.load();
      learning = open();
    });
    afterAll(async () => {
      await learning.close();
      rmSync(folder, { recursive: true, force: true });
      rmSync(built, { recursive: true, force: true });
    });

    test('profiles: what is comparable, and what was contoured', async () => {
      expect(await learning.profiles()).toMatchObject([
        { id: 'pet', patients: 3, contouredSlices: site.cases[0].reviewed.length, segmentNames: ['GTV'] },
      ]);
      const next = await learning.nextCase('pet');
      expect(next?.reason).toMatch(/most typical of the 3 PET scans/);
      expect(next?.volumeId).not.toBe(site.cases[0].id);
    });

    test('before anything was taught, a proposal is refused with the way out', async () => {
      await expect(learning.propose(site.cases[1].id)).rejects.toThrow(/No model was taught/);
    });

    test('killed during training, the engine comes back and the job goes on from its checkpoint', async () => {
      const statuses: string[] = [];
      learning.onEngine(({ state }) => statuses.push(state));
      const id = await learning.pretrain('pet', { epochs: 4 });
      const before = await until(id, (view) => (view.curve?.length ?? 0) >= 2);
      const pid = learning.enginePid;
      if (pid === undefined) throw new Error('The engine has no process.');
      process.kill(pid, 'SIGKILL');
      const after = await until(id, over);
      expect(after.state).toBe('done');
      expect(statuses).toContain('restarting');
      expect(learning.enginePid).not.toBe(pid);
      expect(after.curve?.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4]);
      // The epochs before the checkpoint are those of before: nothing was trained twice.
      expect(after.curve?.[0]).toEqual(before.curve?.[0]);
      expect(after.pictures).toHaveLength(3);
      expect(after.pictures?.[0].reconstructed).toMatch(/^data:image\/png;base64,/);
      const [model] = await learning.models('pet');
      expect(model).toMatchObject({ kind: 'pretrained', active: true });
    });

    test('an estimate within a quarter of what a run takes, told before it starts', async () => {
      const estimate = await learning.estimate('pretrain', 'pet', { epochs: 4 });
      expect(estimate.sentence).toMatch(/^About .* of disk for \d+ slices of 3 scans\.$/);
      expect(estimate.seconds).toBeGreaterThan(0);
    });

    test('cancel ends a job within a second; nothing of it stays', async () => {
      const id = await learning.pretrain('pet', { epochs: 50 });
      await until(id, (view) => (view.curve?.length ?? 0) >= 1);
      await learning.cancel(id);
      const asked = performance.now();
      await until(id, over);
      const waited = performance.now() - asked;
      expect((await job(id)).state).toBe('cancelled');
      // The supervisor ends an engine that does not stop in 0.7 s; the rest is this test's polling on a busy machine.
      expect(waited).toBeLessThan(5000);
      expect(readdirSync(join(folder, 'data', 'a1', 'jobs', id))).toEqual(['job.json']);
    });

    test('teach with reviewed slices and scans nobody contoured, and propose on one of them', async () => {
      const alone = await learning.estimate('teach', 'pet', { epochs: 3 });
      const both = await learning.estimate('teach', 'pet', { epochs: 3, unlabelled: true });
      expect(both.seconds).toBeGreaterThan(alone.seconds);
      expect(both.sentence).toMatch(/slices of 1 scan, and \d+ slices that nobody contoured\.$/);
      const taught = await until(
        await learning.teach('pet', { segmentName: 'GTV', epochs: 3, unlabelled: true }),
        over,
      );
      expect(taught.state).toBe('done');
      const model = (await learning.models('pet')).find(({ kind }) => kind === 'taught');
      expect(model?.active).toBe(true);
      expect(model?.figures.join(' ')).toMatch(/Taught with \d+ slices of 1 patient/);
      expect(model?.figures.join(' ')).toMatch(/2 scans that nobody contoured/);
      expect(model?.figures.join(' ')).toMatch(/patches masked first show the lesion/);
      // Who taught with contours is counted apart from who taught without.
      expect(model?.learntFrom).toMatchObject({ patients: 1, scans: 1 });
      const unseen = site.cases[2];
      const proposed = await until(await learning.propose(unseen.id), over);
      expect(proposed.state).toBe('done');
      const proposal = site.proposals.get(unseen.id);
      expect(proposal?.sliceUncertainty).toHaveLength(unseen.volume.geometry.size[2]);
      expect(proposal?.modelId).toBe(model?.id as ModelId);
      const mask = new Uint8Array(unseen.volume.voxels.length);
      applyFlips(mask, proposal?.segments[0].mask ?? new Uint32Array());
      expect((await learning.nextCase('pet'))?.reason).toMatch(/least sure/);
    });

    test('pause, close the application, open it again: the job is still paused, then goes on to its end', async () => {
      const id = await learning.pretrain('pet', { epochs: 4 });
      const begun = await until(id, (view) => (view.curve?.length ?? 0) >= 1);
      await learning.pause(id);
      await until(id, (view) => view.state === 'paused');
      await learning.close();
      learning = open();
      expect((await job(id)).state).toBe('paused');
      await learning.resume(id);
      const done = await until(id, over);
      expect(done.curve?.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4]);
      expect(done.curve?.[0]).toEqual(begun.curve?.[0]);
      // What the archive taught before is gone on from, not begun again.
      const learnt = (await learning.models('pet')).filter(({ kind }) => kind === 'pretrained');
      expect(learnt).toHaveLength(2);
      const [newer, older] = [...learnt].sort((a, b) => b.createdAt.localeCompare(a.createdAt));
      expect(newer.parent).toBe(older.id);
    });
  },
);

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type {
  EngineStatus,
  JobId,
  JobView,
  LearningEstimate,
  ModelId,
  ModelSummary,
  ModelTrial,
  NextCase,
  ProfileSummary,
  Unsubscribe,
  VolumeId,
} from '../../../preload/api';
import type { ProcessHost } from '../../shell/process-host';
import { EngineSupervisor } from '../engine/supervisor';
import { Stopped } from '../jobs/context';
import { sentenceOf } from '../jobs/estimate';
import { packLabels } from '../jobs/labels';
import type { Proposed } from '../jobs/propose';
import { mostUnlabelled, spreadOver } from '../jobs/unlabelled';
import type { LabelledCaseRef, Recipe } from '../jobs/spec';
import { ModelExchange } from '../registry/exchange';
import { ModelRegistry } from '../registry/registry';
import { StudioError } from '../store/failure';
import { scanHasChanged } from '../volumes/open';
import { channelOf, cohortsOf, type Cohort, type CohortCase } from './cohort';
import { chooseNextCase } from './next-case';
import { Estimates, type Wish } from './estimates';
import { pretrainSpec, recipeOf, teachSpec } from './specs';
import type { LearningAnnotations, LearningArchive } from './surroundings';
import { Trials } from './trials';
import { Workspace } from './workspace';

export interface LearningOptions {
  /** What was learnt, by archive: belongs in a backup. */
  readonly dataFolder: string;
  /** What can be made again: slices. */
  readonly cacheFolder: string;
  readonly archive: LearningArchive;
  readonly annotations: LearningAnnotations;
  readonly host: ProcessHost;
}

/** Everything that the window can ask about learning, for the archive that is open. No Electron. */
export class LearningService {
  private readonly options: LearningOptions;
  private readonly supervisor: EngineSupervisor;
  /** Shared by all archives: what one archive taught serves the same kind of scan in another. */
  private readonly registry: ModelRegistry;
  /** Models as files, in and out; and their deletion. */
  readonly modelFiles: ModelExchange;
  private readonly trials: Trials;
  private readonly estimates: Estimates;
  private readonly jobListeners = new Set<(job: JobView) => void>();
  private readonly engineListeners = new Set<(status: EngineStatus) => void>();
  private workspace: Workspace | null = null;
  private opening: Promise<unknown> = Promise.resolve();
  private closed = false;

  constructor(options: LearningOptions) {
    this.options = options;
    mkdirSync(options.dataFolder, { recursive: true });
    this.registry = new ModelRegistry(join(options.dataFolder, 'models'));
    this.modelFiles = new ModelExchange(
      this.registry,
      join(options.dataFolder, 'identity'),
      async () => (await this.open())?.board.pending() ?? [],
    );
    this.trials = new Trials(options.cacheFolder);
    this.estimates = new Estimates(
      join(options.dataFolder, 'speed.json'),
      join(options.cacheFolder, 'slices'),
    );
    this.supervisor = new EngineSupervisor({
      host: options.host,
      prepare: (id) => this.ofOpenArchive(async () => (await options.archive.prepare(id as VolumeId)).folder),
      check: (id, key) =>
        this.ofOpenArchive(async () => {
          if (!this.isCurrent(id as VolumeId, key)) throw scanHasChanged();
        }),
      onStatus: (status) => {
        for (const listener of this.engineListeners) listener(status);
      },
    });
  }

  /** Starts the engine's process, so that the first job need not wait for it. */
  start(): void {
    this.supervisor.start();
  }

  engine(): EngineStatus {
    return this.supervisor.status();
  }

  /** The engine's process, for tests that end it. */
  get enginePid(): number | undefined {
    return this.supervisor.pid;
  }

  onEngine(listener: (status: EngineStatus) => void): Unsubscribe {
    this.engineListeners.add(listener);
    return () => void this.engineListeners.delete(listener);
  }

  onJob(listener: (job: JobView) => void): Unsubscribe {
    this.jobListeners.add(listener);
    return () => void this.jobListeners.delete(listener);
  }

  async profiles(): Promise<readonly ProfileSummary[]> {
    const workspace = await this.open();
    if (!workspace) return [];
    return this.cohorts().map((cohort) => this.summaryOf(cohort, workspace));
  }

  async models(profileId: string): Promise<readonly ModelSummary[]> {
    return (await this.open())?.registry.summaries(profileId) ?? [];
  }

  async activate(id: ModelId): Promise<void> {
    (await this.needed()).registry.activate(id);
  }

  async tryModel(id: VolumeId, modelId: ModelId): Promise<JobId | null> {
    return this.trials.start(await this.needed(), this.cohorts(), id, modelId);
  }

  async trial(id: VolumeId, modelId: ModelId): Promise<ModelTrial | null> {
    await this.needed();
    const volume = this.options.archive.volume(id);
    return volume ? this.trials.answer(id, modelId, volume.signature) : null;
  }

  /** Time and disk of a run, from what this machine was measured to do; the first time that takes some seconds. */
  async estimate(
    kind: 'pretrain' | 'teach',
    profileId: string,
    { epochs, unlabelled }: { readonly epochs?: number; readonly unlabelled?: boolean } = {},
  ): Promise<LearningEstimate> {
    const workspace = await this.needed();
    const cohort = this.cohort(profileId);
    const recipe = this.recipe(cohort, workspace);
    const wish = this.wish(kind, cohort, recipe, epochs, unlabelled);
    const estimate = await this.estimates.estimate(wish, workspace);
    const { seconds, diskBytes } = estimate;
    return { seconds, diskBytes, sentence: sentenceOf(estimate, wish.cases.length) };
  }

  async pretrain(profileId: string, { epochs }: { readonly epochs?: number }): Promise<JobId> {
    const workspace = await this.needed();
    const cohort = this.cohort(profileId);
    const before = workspace.registry.activeModel(profileId, 'pretrained');
    const recipe = this.recipe(cohort, workspace);
    const { id, place } = workspace.place(this.options.cacheFolder);
    const from = before ? workspace.registry.folderOf(before.id) : null;
    const estimate = this.estimates.known(this.wish('pretrain', cohort, recipe, epochs));
    const spec = { ...pretrainSpec(cohort, recipe, from, epochs, place), ...(estimate && { estimate }) };
    workspace.board.add(id, spec, { profileId });
    return id;
  }

  async teach(
    profileId: string,
    {
      segmentName,
      epochs,
      goOn = false,
      unlabelled = false,
    }: {
      readonly segmentName: string;
      readonly epochs?: number;
      readonly goOn?: boolean;
      readonly unlabelled?: boolean;
    },
  ): Promise<JobId> {
    const workspace = await this.needed();
    const cohort = this.cohort(profileId);
    const { id, place } = workspace.place(this.options.cacheFolder);
    const cases = await this.contouredCases(cohort, segmentName, place.job);
    if (cases.length === 0)
      throw new StudioError(
        `No slice of a ${cohort.name} scan has a reviewed contour "${segmentName}" yet.`,
        'Contour it on a few slices, then press Teach.',
      );
    const before = goOn ? workspace.registry.activeModel(profileId, 'taught') : null;
    if (goOn && before?.segments[0] !== segmentName)
      throw new StudioError(
        `No model in use was taught to contour "${segmentName}" on ${cohort.name}.`,
        'Press Teach; a model that was taught can learn on later.',
      );
    const others = unlabelled ? this.uncontoured(cohort).map(({ ref }) => ref) : [];
    const from = before ?? workspace.registry.activeModel(profileId, 'pretrained');
    const spec = teachSpec(
      cohort,
      this.recipe(cohort, workspace),
      from ? workspace.registry.folderOf(from.id) : null,
      segmentName,
      cases,
      epochs,
      place,
      { goOn, unlabelled: others },
    );
    const estimate = this.estimates.known(this.wish('teach', cohort, spec.recipe, epochs, unlabelled));
    workspace.board.add(id, { ...spec, ...(estimate && { estimate }) }, { profileId });
    return id;
  }

  async propose(volumeId: VolumeId): Promise<JobId> {
    const workspace = await this.needed();
    const found = this.cohorts()
      .flatMap((cohort) => {
        const one = cohort.cases.find(({ volume }) => volume.id === volumeId);
        const model = one && workspace.registry.activeModel(cohort.id, 'taught');
        return one && model ? [{ cohort, one, model }] : [];
      })
      .sort((a, b) => (a.model.createdAt < b.model.createdAt ? 1 : -1))
      .at(0);
    if (!found)
      throw new StudioError(
        'No model was taught for this kind of scan yet.',
        'Contour a tumour on a few slices of such scans and press Teach.',
      );
    const { id, place } = workspace.place(this.options.cacheFolder);
    workspace.board.add(
      id,
      {
        kind: 'propose',
        title: `Propose contours on ${found.cohort.name}`,
        cache: place.cache,
        work: join(place.job, 'work'),
        case: found.one.ref,
        modelFolder: workspace.registry.folderOf(found.model.id),
        mirror: true,
        uncertainty: true,
        result: join(place.job, 'work', 'proposal.safetensors'),
      },
      { volumeId, profileId: found.cohort.id },
    );
    return id;
  }

  async jobs(): Promise<readonly JobView[]> {
    return (await this.open())?.board.list() ?? [];
  }

  async pause(id: JobId): Promise<void> {
    (await this.needed()).board.pause(id);
  }

  async resume(id: JobId): Promise<void> {
    (await this.needed()).board.resume(id);
  }

  async cancel(id: JobId): Promise<void> {
    (await this.needed()).board.cancel(id);
  }

  async nextCase(profileId: string): Promise<NextCase | null> {
    const workspace = await this.needed();
    const cohort = this.cohort(profileId);
    const candidates = [];
    for (const { volume } of cohort.cases) {
      const { accepted, reviewedSlices, proposed } = this.options.annotations.summary(volume.id);
      const proposal = proposed && !accepted ? await this.options.annotations.proposal(volume.id) : null;
      candidates.push({
        volumeId: volume.id,
        geometry: volume.geometry,
        accepted,
        reviewedSlices,
        sliceUncertainty: proposal?.sliceUncertainty ?? null,
      });
    }
    return chooseNextCase(
      candidates,
      cohort.name,
      workspace.registry.activeModel(profileId, 'taught') !== null,
    );
  }

  /** Lets the engine save and ends it; running jobs go on in the next session. */
  async close(): Promise<void> {
    this.closed = true;
    this.workspace?.board.close();
    await this.supervisor.close();
    await this.workspace?.board.settled();
    this.workspace = null;
  }

  /** The workspace of the open archive; null where none is open. Jobs of an archive that was left wait for it. */
  private open(): Promise<Workspace | null> {
    // One after the other: two workspaces of one archive would run its jobs twice.
    const opened = this.opening.then(() => this.openNow());
    this.opening = opened.catch(() => undefined);
    return opened;
  }

  private async openNow(): Promise<Workspace | null> {
    const { archive, annotations, dataFolder } = this.options;
    if ((await archive.current()) === null) return null;
    await annotations.ready();
    const archiveId = this.archiveId();
    if (archiveId !== null && this.workspace?.archiveId === archiveId) return this.workspace;
    await this.leave();
    // Meanwhile yet another one may have been opened.
    if (archiveId === null || this.archiveId() !== archiveId) return this.openNow();
    this.workspace = new Workspace(join(dataFolder, archiveId), archiveId, this.registry, this.supervisor, {
      onJob: (job) => {
        for (const listener of this.jobListeners) listener(job);
      },
      onMeasured: ({ kind, recipe, batch }, speed) => this.estimates.learn(kind, recipe, batch, speed),
      onProposed: async (volumeId, key, proposed) => {
        // Proposed again once its archive is open.
        if (this.archiveId() !== archiveId) throw new Stopped('pause');
        await this.keepProposal(volumeId, key, proposed);
      },
    });
    this.workspace.board.resumeAll();
    return this.workspace;
  }

  private async leave(): Promise<void> {
    const left = this.workspace;
    this.workspace = null;
    await left?.leave();
  }

  /** The open archive; null while there is none. */
  private archiveId(): string | null {
    try {
      return this.options.archive.archiveId;
    } catch {
      return null;
    }
  }

  /**
   * Answers what a job asks of its archive. Where that was left, the job saves and waits until it is opened again: it is
   * never given a scan of another archive, nor goes on without the one that it asked for.
   */
  private async ofOpenArchive<T>(answer: () => Promise<T>): Promise<T> {
    const { workspace } = this;
    const isOpen = (): boolean => workspace !== null && this.archiveId() === workspace.archiveId;
    try {
      if (isOpen()) {
        const found = await answer();
        if (isOpen()) return found;
      }
    } catch (error) {
      if (isOpen()) throw error;
    }
    this.opening = this.opening
      .then(() => (this.workspace === workspace ? this.leave() : undefined))
      .then(() => (this.closed ? null : this.openNow()))
      .catch(() => undefined);
    // Stopping takes the question back.
    return new Promise<T>(() => undefined);
  }

  private isCurrent(id: VolumeId, key: string): boolean {
    const volume = this.options.archive.volume(id);
    return volume !== null && channelOf(volume).key === key;
  }

  /** @throws StudioError where the scan is not the one any more that was looked at */
  private async keepProposal(volumeId: VolumeId, key: string, proposed: Proposed): Promise<void> {
    if (!this.isCurrent(volumeId, key))
      throw new StudioError('The scan has changed while its contours were proposed.', 'Propose them again.');
    await this.options.annotations.saveProposal(volumeId, {
      modelId: proposed.modelId as ModelId,
      modelName: proposed.modelName,
      segments: proposed.segments.map(({ name, flips, millilitres }) => ({ name, mask: flips, millilitres })),
      sliceUncertainty: proposed.sliceUncertainty,
      uncertainty: proposed.uncertainty,
    });
  }

  private async needed(): Promise<Workspace> {
    const workspace = await this.open();
    if (workspace) return workspace;
    throw new StudioError('No archive is open.', 'Open a folder of scans first.');
  }

  private cohorts(): Cohort[] {
    return cohortsOf(this.options.archive.volumes());
  }

  private cohort(profileId: string): Cohort {
    const cohort = this.cohorts().find(({ id }) => id === profileId);
    if (cohort) return cohort;
    throw new StudioError('The archive holds no such scans any more.', 'Choose another profile.');
  }

  private recipe(cohort: Cohort, { registry }: Workspace): Recipe {
    return recipeOf(
      cohort,
      registry.activeModel(cohort.id, 'pretrained'),
      registry.activeModel(cohort.id, 'taught'),
    );
  }

  private isTaught(id: VolumeId): boolean {
    const { accepted, reviewedSlices, segmentNames } = this.options.annotations.summary(id);
    return segmentNames.length > 0 && (accepted || reviewedSlices.length > 0);
  }

  private summaryOf(cohort: Cohort, workspace: Workspace): ProfileSummary {
    const { registry } = workspace;
    const notes = cohort.cases.map(({ volume }) => this.options.annotations.summary(volume.id));
    const models = registry.summaries(cohort.id);
    const active = (kind: ModelSummary['kind']): ModelSummary | null =>
      models.find((model) => model.kind === kind && model.active) ?? null;
    return {
      id: cohort.id,
      name: cohort.name,
      channels: cohort.channels,
      patients: new Set(cohort.cases.map(({ volume }) => volume.patient)).size,
      volumes: cohort.cases.length,
      contouredSlices: notes.reduce((n, { reviewedSlices }) => n + reviewedSlices.length, 0),
      contouredCases: notes.filter(({ accepted }) => accepted).length,
      segmentNames: [...new Set(notes.flatMap(({ segmentNames }) => segmentNames))].sort(),
      pretrainedModel: active('pretrained'),
      taughtModel: active('taught'),
      reading: this.recipe(cohort, workspace).reading,
    };
  }

  /** The reviewed contours of a profile's cases, each written to a file that the engine reads. */
  private async contouredCases(
    cohort: Cohort,
    segmentName: string,
    folder: string,
  ): Promise<LabelledCaseRef[]> {
    const cases: LabelledCaseRef[] = [];
    const ofCohort = new Map(cohort.cases.map((one) => [one.volume.id, one]));
    for (const taught of await this.options.annotations.taught((id) => ofCohort.has(id))) {
      const one = ofCohort.get(taught.volumeId);
      const segments = taught.segments.filter(({ name }) => name === segmentName);
      if (!one) continue;
      // A reviewed slice of a case without this segment is a slice without a tumour, unless nobody looked for it.
      if (segments.length === 0 && !taught.accepted) continue;
      const slices = taught.accepted
        ? Array.from({ length: taught.geometry.size[2] }, (_, k) => k)
        : taught.reviewedSlices;
      const file = join(folder, 'labels', `${taught.volumeId}.safetensors`);
      const mask = segments.length > 0 ? segments[0].mask : new Uint32Array();
      packLabels(file, taught.geometry, slices, [mask]);
      cases.push({ ...one.ref, label: { kind: 'packed', file } });
    }
    return cases;
  }

  /** Scans of a profile that nobody contoured; as many as a teaching looks at. */
  private uncontoured(cohort: Cohort): CohortCase[] {
    const others = cohort.cases.filter(({ volume }) => !this.isTaught(volume.id));
    return spreadOver(others, mostUnlabelled);
  }

  private wish(
    kind: 'pretrain' | 'teach',
    cohort: Cohort,
    recipe: Recipe,
    epochs?: number,
    unlabelled = false,
  ): Wish {
    const cases =
      kind === 'pretrain' ? cohort.cases : cohort.cases.filter(({ volume }) => this.isTaught(volume.id));
    const judged = cases.reduce(
      (n, { volume }) => n + this.options.annotations.summary(volume.id).reviewedSlices.length,
      0,
    );
    return {
      ...{ kind, recipe, cases },
      ...(kind === 'teach' ? { judged } : {}),
      ...(kind === 'teach' && unlabelled ? { unlabelled: this.uncontoured(cohort) } : {}),
      ...(epochs === undefined ? {} : { epochs }),
    };
  }
}

import type {
  EngineStatus,
  JobId,
  JobView,
  LearningEstimate,
  ModelId,
  ModelSummary,
  NextCase,
  ProfileSummary,
  VolumeId,
} from '../../preload/api';
import { sentenceOf } from './failure';
import { preferences } from './preferences.svelte';

const live = (job: JobView): boolean =>
  job.state === 'queued' || job.state === 'running' || job.state === 'paused';

/** A proposal for a case, not a model that is only tried on it. */
const isProposal = (job: JobView): boolean => job.kind === 'propose' && job.trialOf === undefined;

/** Profiles, models and jobs, and the engine that runs them. */
class LearningStore {
  profiles = $state.raw<readonly ProfileSummary[]>([]);
  profileId = $state<string | null>(null);
  models = $state.raw<readonly ModelSummary[]>([]);
  jobs = $state.raw<readonly JobView[]>([]);
  estimate = $state.raw<{ readonly kind: 'pretrain' | 'teach'; readonly value: LearningEstimate } | null>(
    null,
  );
  /** Whether an estimate is being made, which measures this machine the first time. */
  asking = $state(false);
  next = $state.raw<NextCase | null>(null);
  engine = $state.raw<EngineStatus>({ state: 'starting', backend: '', memoryBytes: null });
  failure = $state<string | null>(null);
  /** Epochs that the person asked for; null leaves them to the preset. */
  epochs = $state<number | null>(null);
  /** A job that ended and whose outcome has not been put away yet. */
  ended = $state.raw<JobView | null>(null);

  readonly profile = $derived(this.profiles.find((p) => p.id === this.profileId) ?? null);
  readonly running = $derived(this.jobs.filter(live));
  /** Whether anything was judged or accepted that could teach. */
  readonly canTeach = $derived(
    this.profile !== null && this.profile.contouredSlices + this.profile.contouredCases > 0,
  );
  readonly learning = $derived(this.running.find((j) => j.kind !== 'propose') ?? null);
  private readonly wanted = $derived(
    this.epochs !== null && this.epochs > 0 ? { epochs: Math.round(this.epochs) } : {},
  );

  async start(): Promise<void> {
    window.studio.app.onEngine((status) => (this.engine = status));
    window.studio.learning.onJob((job) => this.take(job));
    await this.attempt(async () => {
      this.engine = await window.studio.app.engine();
    });
    await this.refresh();
  }

  async refresh(): Promise<void> {
    await this.attempt(async () => {
      this.profiles = await window.studio.learning.profiles();
      // Jobs belong to the archive, which may be another one now.
      this.jobs = await window.studio.learning.jobs();
      if (!this.jobs.some((job) => job.id === this.ended?.id)) this.ended = null;
      if (!this.profiles.some((p) => p.id === this.profileId))
        this.profileId = [...this.profiles].sort((a, b) => b.volumes - a.volumes)[0]?.id ?? null;
      const id = this.profileId;
      const models = id === null ? [] : await window.studio.learning.models(id);
      const next = id === null ? null : await window.studio.learning.nextCase(id);
      // Another profile was chosen meanwhile, and has asked for its own.
      if (id !== this.profileId) return;
      this.models = models;
      this.next = next;
    });
  }

  async selectProfile(id: string): Promise<void> {
    this.profileId = id;
    this.estimate = null;
    await this.refresh();
  }

  /** Shows the profile of the scan that is open: the one that learns from its modality alone. */
  async follow(modality: string): Promise<void> {
    const name = modality === 'PT' ? 'PET' : modality;
    const fits = (p: ProfileSummary | null): boolean =>
      p !== null && p.channels.some((channel) => channel.startsWith(name));
    if (fits(this.profile)) return;
    const found = this.profiles.find((p) => p.channels.length === 1 && fits(p)) ?? this.profiles.find(fits);
    if (found) await this.selectProfile(found.id);
  }

  async ask(kind: 'pretrain' | 'teach'): Promise<void> {
    const id = this.profileId;
    if (id === null) return;
    this.asking = true;
    await this.attempt(async () => {
      this.estimate = null;
      const value = await window.studio.learning.estimate(kind, id, {
        ...this.wanted,
        ...(kind === 'teach' ? { unlabelled: preferences.kept.learnUncontoured } : {}),
      });
      if (id === this.profileId) this.estimate = { kind, value };
    });
    this.asking = false;
  }

  async pretrain(): Promise<void> {
    const id = this.profileId;
    if (id === null) return;
    await this.attempt(async () => {
      this.ended = null;
      await window.studio.learning.pretrain(id, this.wanted);
    });
  }

  async teach(segmentName: string, goOn = false): Promise<void> {
    const id = this.profileId;
    if (id === null) return;
    await this.attempt(async () => {
      this.ended = null;
      await window.studio.learning.teach(id, {
        segmentName,
        ...this.wanted,
        ...(goOn ? { goOn } : {}),
        unlabelled: preferences.kept.learnUncontoured,
      });
    });
  }

  async propose(id: VolumeId): Promise<void> {
    await this.attempt(async () => {
      await window.studio.learning.propose(id);
    });
  }

  proposing(id: VolumeId | null): JobView | null {
    return this.running.find((j) => isProposal(j) && j.volumeId === id) ?? null;
  }

  /** How the last attempt at a proposal ended, where it failed. */
  failedProposal(id: VolumeId | null): JobView | null {
    const last = [...this.jobs]
      .filter((j) => isProposal(j) && j.volumeId === id)
      .sort((a, b) => a.createdAt.localeCompare(b.createdAt))
      .at(-1);
    return last?.state === 'failed' ? last : null;
  }

  pause(id: JobId): Promise<void> {
    return this.attempt(() => window.studio.learning.pause(id));
  }

  resume(id: JobId): Promise<void> {
    return this.attempt(() => window.studio.learning.resume(id));
  }

  cancel(id: JobId): Promise<void> {
    return this.attempt(() => window.studio.learning.cancel(id));
  }

  /** Goes on teaching the model in use with what was accepted or judged since. */
  async learnOn(): Promise<void> {
    const name = this.profile?.taughtModel?.segments[0];
    if (name !== undefined) await this.teach(name, true);
  }

  remove(id: ModelId): Promise<void> {
    return this.attempt(async () => {
      await window.studio.learning.removeModel(id);
      await this.refresh();
    });
  }

  activate(id: ModelId): Promise<void> {
    return this.attempt(async () => {
      await window.studio.learning.activate(id);
      await this.refresh();
    });
  }

  private take(job: JobView): void {
    const before = this.jobs.find((j) => j.id === job.id);
    this.jobs = before ? this.jobs.map((j) => (j.id === job.id ? job : j)) : [...this.jobs, job];
    if (live(job)) return;
    if (job.kind !== 'propose') this.ended = job;
    if (!before || live(before)) void this.refresh();
  }

  private async attempt(act: () => Promise<void>): Promise<void> {
    try {
      await act();
      this.failure = null;
    } catch (failure) {
      this.failure = sentenceOf(failure);
    }
  }
}

export const learning = new LearningStore();

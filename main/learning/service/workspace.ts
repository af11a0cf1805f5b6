import { join } from 'node:path';
import type { JobId, JobView, VolumeId } from '../../../preload/api';
import type { EngineSupervisor } from '../engine/supervisor';
import { JobBoard, type JobRunner } from '../jobs/board';
import { Stopped } from '../jobs/context';
import { readProposed, type Proposed } from '../jobs/propose';
import type {
  JobProgress,
  JobResult,
  JobSpec,
  MeasureSpec,
  PretrainSpec,
  Speed,
  TeachSpec,
} from '../jobs/spec';
import type { ModelRegistry } from '../registry/registry';
import type { Place } from './specs';

export interface WorkspaceListeners {
  readonly onJob: (job: JobView) => void;
  /** A run told how long its parts took. */
  readonly onMeasured: (spec: PretrainSpec | TeachSpec, speed: Speed) => void;
  /** @param key of the channel that the contours lie on, as it was when the proposal was asked for */
  readonly onProposed: (volumeId: VolumeId, key: string, proposed: Proposed) => Promise<void>;
}

/** The jobs of one archive, and the models of this machine that they read and make. */
export class Workspace implements JobRunner {
  readonly archiveId: string;
  readonly folder: string;
  readonly registry: ModelRegistry;
  readonly board: JobBoard;
  private readonly supervisor: EngineSupervisor;
  private measuring: Promise<unknown> | null = null;
  private running = false;
  private wish: 'pause' | 'cancel' | null = null;

  constructor(
    folder: string,
    archiveId: string,
    registry: ModelRegistry,
    supervisor: EngineSupervisor,
    listeners: WorkspaceListeners,
  ) {
    this.folder = folder;
    this.archiveId = archiveId;
    this.supervisor = supervisor;
    this.registry = registry;
    this.board = new JobBoard({
      folder: join(folder, 'jobs'),
      runner: this,
      onJob: listeners.onJob,
      onDone: async (spec, { speed }) => {
        if (spec.kind === 'propose') {
          if (spec.trial === true) return;
          const { id, channels } = spec.case;
          await listeners.onProposed(id as VolumeId, channels[0].key, readProposed(spec.result));
          return;
        }
        this.registry.activate(spec.model.id);
        if (speed !== undefined) listeners.onMeasured(spec, speed);
      },
    });
  }

  /** Whether the engine could measure something now. */
  get isIdle(): boolean {
    return !this.running && this.measuring === null;
  }

  /** A fresh job with the places of what it makes. */
  place(cache: string): { readonly id: JobId; readonly place: Place } {
    const { id, folder } = this.board.reserve();
    const modelId = id as string;
    return {
      id,
      place: {
        job: folder,
        cache: join(cache, 'slices'),
        modelFolder: this.registry.folderOf(modelId),
        modelId,
      },
    };
  }

  async run(spec: JobSpec, report: (progress: JobProgress) => void): Promise<JobResult> {
    this.running = true;
    this.wish = null;
    try {
      if (this.measuring) {
        // Whoever asked for a job does not wait for a measurement.
        this.supervisor.stop('cancel');
        await this.measuring.catch(() => undefined);
        if (this.wish) throw new Stopped(this.wish);
      }
      return await this.supervisor.run(spec, report);
    } finally {
      this.running = false;
    }
  }

  stop(will: 'pause' | 'cancel'): void {
    this.wish = will;
    this.supervisor.stop(will);
  }

  /** Measures in the engine while nothing else runs. @throws Stopped where a job came first */
  async measure(spec: MeasureSpec): Promise<JobResult> {
    if (!this.isIdle) throw new Stopped('cancel');
    const measuring = this.supervisor.run(spec, () => undefined);
    this.measuring = measuring;
    try {
      return await measuring;
    } finally {
      this.measuring = null;
    }
  }

  /** Another archive was opened: what runs saves and waits, and the engine is free once this resolves. */
  async leave(): Promise<void> {
    this.board.close();
    if (this.running) this.stop('pause');
    else if (this.measuring) this.supervisor.stop('cancel');
    await this.measuring?.catch(() => undefined);
    await this.board.settled();
  }
}

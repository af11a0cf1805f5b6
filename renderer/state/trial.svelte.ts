import { compareMasks, type Agreement } from '../../models/metrics/compare';
import { voxelCount } from '../../main/imaging/space/geometry';
import type { JobView, ModelSummary, VolumeId } from '../../preload/api';
import { t } from '../i18n/message.svelte';
import { annotation } from './annotation.svelte';
import { sentenceOf } from './failure';
import { learning } from './learning.svelte';
import { maskOfFlips } from './masks';
import type { Colour } from './palette';

/** What one of two models answers on the open scan. */
export interface Tried {
  readonly model: ModelSummary;
  readonly mask: Uint8Array;
  readonly millilitres: number;
}

/** How the two are told apart: by line and letter, and by colour. */
export const trialLooks: readonly {
  readonly mark: string;
  readonly colour: Colour;
  readonly line: 'dashed' | 'dotted';
}[] = [
  { mark: 'A', colour: [255, 180, 84], line: 'dashed' },
  { mark: 'B', colour: [94, 220, 255], line: 'dotted' },
];

/** How two contours on the scan agree. */
export interface Compared {
  readonly first: string;
  readonly second: string;
  readonly agreement: Agreement;
}

/** Names that both models contour. */
export const sharedSegments = ([a, b]: readonly [ModelSummary, ModelSummary]): readonly string[] =>
  a.segments.filter((name) => b.segments.includes(name));

/** Two models against each other on the open scan. Nothing of it enters the annotation. */
class TrialStore {
  models = $state.raw<readonly [ModelSummary, ModelSummary] | null>(null);
  tried = $state.raw<readonly Tried[]>([]);
  table = $state.raw<readonly Compared[]>([]);
  /** What both models contour, and what is compared. */
  segmentName = $state('');
  failure = $state<string | null>(null);
  visible = $state(true);
  /** Rises with each answer, so that what was derived from it knows when it is stale. */
  revision = $state(0);
  volumeId = $state.raw<VolumeId | null>(null);

  /** Jobs that are under way for this comparison. */
  readonly jobs = $derived(
    learning.running.filter(
      (job) =>
        job.trialOf !== undefined &&
        job.volumeId === annotation.volumeId &&
        this.models?.some((model) => model.id === job.trialOf) === true,
    ),
  );
  readonly busy = $derived(this.models !== null && this.table.length === 0 && this.failure === null);

  async start(models: readonly [ModelSummary, ModelSummary], volumeId: VolumeId): Promise<void> {
    this.close();
    this.models = models;
    this.volumeId = volumeId;
    this.segmentName = sharedSegments(models)[0] ?? '';
    try {
      for (const model of models) await window.studio.learning.tryModel(volumeId, model.id);
      await this.collect();
    } catch (failure) {
      this.failure = sentenceOf(failure);
    }
  }

  /** Takes what is there; called again whenever a trial ended. */
  async collect(): Promise<void> {
    const [models, id, geometry] = [this.models, this.volumeId, annotation.geometry];
    if (!models || id === null || !geometry || id !== annotation.volumeId) return;
    const tried: Tried[] = [];
    for (const model of models) {
      const answer = await window.studio.learning.trial(id, model.id);
      const segment = answer?.segments.find((s) => s.name === this.segmentName);
      if (segment)
        tried.push({
          model,
          mask: maskOfFlips(segment.mask, voxelCount(geometry)),
          millilitres: segment.millilitres,
        });
    }
    if (this.models !== models) return;
    this.tried = tried;
    this.revision++;
    // The panel shows that it is at work before the work takes the thread.
    if (tried.length === 2) setTimeout(() => this.compare(), 30);
  }

  /** Compares the answers with each other, and each with what a person drew under the same name. */
  compare(): void {
    const { geometry, segments, masks } = annotation;
    if (this.tried.length < 2 || !geometry) return;
    const [a, b] = this.tried;
    const own = segments.find((row) => row.info.name === this.segmentName && row.voxels > 0);
    const pair = (first: string, second: string, x: Uint8Array, y: Uint8Array): Compared => ({
      first,
      second,
      agreement: compareMasks(x, y, geometry),
    });
    this.table = [
      pair('A', 'B', a.mask, b.mask),
      ...(own
        ? [
            pair('A', own.info.name, a.mask, masks.of(own.info.id)),
            pair('B', own.info.name, b.mask, masks.of(own.info.id)),
          ]
        : []),
    ];
  }

  /** Hears of a job: collects what a trial gave, or tells why it gave nothing. */
  hear({ trialOf, volumeId, state, message }: JobView): void {
    if (volumeId !== this.volumeId || !this.models?.some(({ id }) => id === trialOf)) return;
    if (state === 'done') void this.collect();
    else if (state === 'failed' || state === 'cancelled') this.failure = message ?? t('job.failed');
  }

  close(): void {
    this.models = null;
    this.volumeId = null;
    this.tried = [];
    this.table = [];
    this.failure = null;
    this.visible = true;
    this.revision++;
  }
}

export const trial = new TrialStore();

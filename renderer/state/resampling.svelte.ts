import type { WorklistVolume } from '../../preload/api';
import { archive } from './archive.svelte';
import { sentenceOf } from './failure';
import { openCase } from './session.svelte';

/** The question whether a scan of irregular slices is to be opened on a regular grid. */
class ResamplingStore {
  asked = $state.raw<WorklistVolume | null>(null);
  failure = $state<string | null>(null);

  constructor() {
    archive.onOther(() => this.forget());
  }

  ask(item: WorklistVolume): void {
    this.failure = null;
    this.asked = item;
  }

  forget(): void {
    this.asked = null;
  }

  async agree(): Promise<void> {
    const item = this.asked;
    if (!item) return;
    try {
      await window.studio.archive.allowResampling(item.id);
      this.asked = null;
      await openCase(item.id);
    } catch (failure) {
      this.failure = sentenceOf(failure);
    }
  }
}

export const resampling = new ResamplingStore();

import type { VolumeId, WorklistVolume } from '../../preload/api';
import type { Colormap, WindowRange } from '../viewer/viewer';
import { archive } from './archive.svelte';
import { sentenceOf } from './failure';
import { firstWindow } from './presets';
import { layout } from './layout.svelte';
import { proposal } from './proposal.svelte';
import { views } from './views.svelte';
import { loadVolume, volume, type LoadedVolume } from './volume.svelte';

/** Where in the window the hottest voxels are drawn: the last part of a hot scale is white, which is no colour on grey. */
const hottestShare = 0.85;

/** A second scan in colour over the first, e.g. PET over CT. */
class FusionStore {
  current = $state.raw<LoadedVolume | null>(null);
  loading = $state(false);
  /** The model's doubt is shown in place of a second scan. */
  uncertainty = $state(false);
  failure = $state<string | null>(null);
  /** Share of the colour, 0 to 0.5. */
  share = $state(0.45);
  colormap = $state<Colormap>('hot');
  window = $state.raw<WindowRange>({ lower: 0, upper: 1 });

  /** What may be laid over the open volume: other scans of the same patient. */
  choices(): readonly WorklistVolume[] {
    const id = volume.current?.info.id;
    return id === undefined ? [] : archive.companions(id);
  }

  async choose(id: VolumeId | null): Promise<void> {
    this.failure = null;
    if (id === null) {
      this.current = null;
      await views.viewer.fuse(null);
      return;
    }
    const base = volume.current;
    this.loading = true;
    try {
      const loaded = await loadVolume(id);
      // By its name: a scan whose last slices came meanwhile is another object, and still the same scan.
      if (!base || volume.current?.info.id !== base.info.id) return;
      const frame = base.info.frameOfReference;
      if (frame === null || loaded.info.frameOfReference !== frame)
        throw new Error(
          `${loaded.info.label.series} and ${base.info.label.series} have no common frame of reference: they cannot be laid over each other.`,
        );
      this.current = loaded;
      this.window = firstWindow(loaded.info);
      await this.draw();
    } catch (failure) {
      this.failure = sentenceOf(failure);
    } finally {
      this.loading = false;
    }
  }

  /** Lays the model's doubt over the scan, bright where it is least certain. */
  async showUncertainty(shown: boolean): Promise<void> {
    this.failure = null;
    this.uncertainty = shown;
    const base = volume.current;
    const url = proposal.current?.uncertaintyUrl ?? null;
    if (!shown || url === null || !base) {
      await (this.current ? this.draw() : views.viewer.fuse(null));
      return;
    }
    try {
      const response = await fetch(url);
      const voxels = new Uint8Array(await response.arrayBuffer());
      // Another case was opened, or it was switched off, while the map came.
      if (!this.uncertainty || volume.current?.info.id !== base.info.id) return;
      if (!response.ok || voxels.length !== base.voxels.length)
        throw new Error('The uncertainty map could not be fetched. Propose again.');
      await views.viewer.fuse({
        volume: {
          id: `uncertainty:${base.info.id}:${proposal.revision}`,
          geometry: base.info.geometry,
          voxels,
          frameOfReference: base.info.frameOfReference ?? `volume:${base.info.id}`,
          range: { min: 0, max: 255 },
        },
        window: { lower: 0, upper: 180 },
        colormap: 'hot',
        share: this.share,
      });
    } catch (failure) {
      if (volume.current?.info.id !== base.info.id) return;
      this.uncertainty = false;
      this.failure = sentenceOf(failure);
    }
  }

  /** Draws the second scan as it is set now. */
  async draw(): Promise<void> {
    const loaded = this.current;
    if (!loaded) return;
    // Side by side, the colour stays off the first scan.
    if (layout.panes.includes('second')) return views.viewer.fuse(null);
    const { info } = loaded;
    const { lower, upper } = this.window;
    const hottest = lower + hottestShare * (upper - lower);
    await views.viewer.fuse({
      volume: {
        id: `${info.id}@${upper}`,
        geometry: info.geometry,
        // The hottest voxels must not fade to white, which mixes with grey to no colour at all.
        voxels: loaded.voxels.map((value) => Math.min(value, hottest)),
        frameOfReference: info.frameOfReference ?? '',
        range: { min: info.range.min, max: upper },
      },
      window: this.window,
      colormap: this.colormap,
      share: this.share,
    });
  }

  /** Another volume was opened: its views start without a second scan. */
  clear(): void {
    this.current = null;
    this.uncertainty = false;
    this.failure = null;
  }
}

export const fusion = new FusionStore();

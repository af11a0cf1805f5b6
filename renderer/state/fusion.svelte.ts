import type { VolumeId, WorklistVolume } from '../../preload/api';
import type { Colormap, WindowRange } from '../viewer/viewer';
import { archive } from './archive.svelte';
import { VolumeArrival } from './arrival';
import { sentenceOf } from './failure';
import { partnerOf, type Partner } from './hanging';
import { firstWindow } from './presets';
import { layout } from './layout.svelte';
import { preferences } from './preferences.svelte';
import { proposal } from './proposal.svelte';
import { views } from './views.svelte';
import { volume, type LoadedVolume } from './volume.svelte';

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
  /** The scan that belongs over the open one, if there is one. */
  readonly partner = $derived.by((): Partner | null =>
    volume.current === null ? null : partnerOf(archive.patients, volume.current.info.id),
  );
  /** Of the two, the PET is the one in colour, whichever is open. */
  readonly beneath = $derived(this.current !== null && this.laysBeneath(this.current.info.modality));
  private arrival: VolumeArrival | null = null;

  /** Whether a scan of a modality would lie beneath the open one: grey under the colours of a PET. */
  laysBeneath(modality: string): boolean {
    return volume.current?.info.modality === 'PT' && modality !== 'PT';
  }

  /** What may be laid over the open volume: other scans of the same patient. */
  choices(): readonly WorklistVolume[] {
    const id = volume.current?.info.id;
    return id === undefined ? [] : archive.companions(id);
  }

  /** Lays the partner over a scan that has just been opened, where the person has it so. */
  async hang(): Promise<void> {
    const { partner } = this;
    const modality = volume.current?.info.modality;
    if (partner?.sure && (modality === 'CT' || modality === 'PT') && preferences.kept.fuseOpened[modality])
      await this.choose(partner.volume.id);
  }

  /** Lays the partner over the open scan, or takes away what lies over it. */
  toggle(): Promise<void> {
    if (this.current || this.loading) return this.choose(null);
    return this.partner ? this.choose(this.partner.volume.id) : Promise.resolve();
  }

  async choose(id: VolumeId | null): Promise<void> {
    this.failure = null;
    this.arrival?.abandon();
    this.arrival = null;
    if (id === null) {
      this.current = null;
      this.loading = false;
      await views.viewer.fuse(null);
      return;
    }
    const base = volume.current;
    const arrival = (this.arrival = new VolumeArrival(id));
    this.loading = true;
    try {
      const loaded = await arrival.load();
      // By its name: a scan whose last slices came meanwhile is another object, and still the same scan.
      if (this.arrival !== arrival || !base || volume.current?.info.id !== base.info.id) return;
      const frame = base.info.frameOfReference;
      if (frame === null || loaded.info.frameOfReference !== frame)
        throw new Error(
          `${loaded.info.label.series} and ${base.info.label.series} have no common frame of reference: they cannot be laid over each other.`,
        );
      this.current = loaded;
      this.window = firstWindow(loaded.info);
      await this.draw();
    } catch (failure) {
      if (this.arrival === arrival) this.failure = sentenceOf(failure);
    } finally {
      if (this.arrival === arrival) this.loading = false;
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
    await views.viewer.fuse({
      volume: {
        id: `over:${info.id}`,
        geometry: info.geometry,
        voxels: loaded.voxels,
        frameOfReference: info.frameOfReference ?? '',
        range: info.range,
      },
      beneath: this.beneath,
      window: this.window,
      colormap: this.colormap,
      share: this.share,
    });
  }

  /** Another volume was opened: its views start without a second scan. */
  clear(): void {
    this.arrival?.abandon();
    this.arrival = null;
    this.loading = false;
    this.current = null;
    this.uncertainty = false;
    this.failure = null;
  }
}

export const fusion = new FusionStore();

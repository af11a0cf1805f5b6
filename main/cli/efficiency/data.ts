import {
  labelledSliceSource,
  sliceSource,
  type LabelledSliceSource,
  type SliceSource,
} from '../../../models/train';
import type { Reading } from '../../../models/amlp';
import type { Volume } from '../../imaging/volume';
import { isReviewed, maskPlane } from '../../learning/cache/sources';
import { readLabels } from '../../learning/jobs/labels';
import { desktopSlicing, startingProfile, startingRecipe } from '../../learning/profiles';
import { copyWindow, cutCase, type CutCase } from '../../learning/preprocess/cut';
import type { Slicing } from '../../learning/preprocess/grid';
import { PlaneSampler } from '../../learning/preprocess/resample';
import { ontoGrid } from '../../learning/volumes/grid';
import { openVolumeFile } from '../../learning/volumes/open';
import { labelledCases, spreadSlices } from '../cases';
import type { DataFolder } from '../layouts';

/** What one modality of the comparison is made of. */
export interface ModalitySettings {
  /** Name in results, e.g. `PET`. */
  readonly name: string;
  readonly channels: readonly string[];
  readonly label: string;
  /** Pixels finer than this are resampled to it, mm; absent: the profile's. */
  readonly finestMm?: number;
  /** Side of a patch, pixels; absent: the profile's. */
  readonly patch?: number;
}

/** One patient in memory: slices as the network sees them, and the scan's own grid for the figures. */
interface Patient {
  readonly id: string;
  readonly cut: CutCase;
  readonly volume: Volume;
  readonly truth: Uint8Array;
  readonly images: readonly Float32Array[];
  readonly masks: readonly Int8Array[];
}

/** All patients of a modality. */
export class ModalityData {
  private constructor(
    readonly settings: ModalitySettings,
    readonly slicing: Slicing,
    readonly reading: Reading,
    readonly patch: number,
    private readonly patients: ReadonlyMap<string, Patient>,
    private readonly files: ReadonlyMap<
      string,
      { readonly file: string; readonly values: readonly number[] | null }
    >,
  ) {}

  static async load(data: DataFolder, folder: string, settings: ModalitySettings): Promise<ModalityData> {
    const { channels, label, finestMm } = settings;
    const { cases, geometries } = await labelledCases(data, folder, channels, label, null);
    const profile = startingProfile(channels[0]);
    const recipe = startingRecipe('desktop', channels, geometries);
    const slicing = desktopSlicing({ ...profile, finestMm: finestMm ?? profile.finestMm }, geometries);
    const patients = new Map<string, Patient>();
    const files = new Map<string, { file: string; values: readonly number[] | null }>();
    for (const ref of cases) {
      const volumes: Volume[] = [];
      for (const { source } of ref.channels) {
        if (source.kind !== 'file') continue;
        const volume = await openVolumeFile(source.file);
        volumes.push(volumes.length === 0 ? volume : ontoGrid(volume, volumes[0]));
      }
      const labels = await readLabels(ref, volumes[0].geometry);
      const cut = await cutCase(volumes, slicing, async () => undefined);
      patients.set(ref.id, patientOf(ref.id, cut, volumes[0], labels.masks[0], slicing));
      if (ref.label.kind === 'files')
        files.set(ref.id, { file: ref.label.files[0], values: ref.label.values?.[0] ?? null });
    }
    return new ModalityData(
      settings,
      slicing,
      recipe.reading,
      settings.patch ?? recipe.patch,
      patients,
      files,
    );
  }

  get ids(): string[] {
    return [...this.patients.keys()].sort();
  }

  patient(id: string): Patient {
    const found = this.patients.get(id);
    if (!found) throw new RangeError(`There is no patient ${id}.`);
    return found;
  }

  /** The slices of some patients without their contours. */
  unlabelled(ids: readonly string[]): SliceSource {
    const rows = ids.flatMap((id) => this.patient(id).images.map((image) => ({ id, image })));
    return sliceSource({
      size: this.slicing.size,
      channels: this.settings.channels.length,
      images: concat(rows.map(({ image }) => image)),
      cases: rows.map(({ id }) => id),
    });
  }

  /** The contoured slices of some patients: all, or so many of each as a person would choose them. */
  async labelled(ids: readonly string[], slicesEach?: number): Promise<LabelledSliceSource> {
    const rows: { id: string; image: Float32Array; mask: Int8Array }[] = [];
    for (const id of ids) {
      const { cut, images, masks } = this.patient(id);
      const of = this.files.get(id);
      const reviewed =
        slicesEach === undefined || !of ? null : new Set(await spreadSlices(of.file, of.values, slicesEach));
      images.forEach((image, index) => {
        if (reviewed === null || isReviewed(cut.grid, cut.places[index].s, reviewed))
          rows.push({ id, image, mask: masks[index] });
      });
    }
    const masks = new Int8Array(rows.length * this.slicing.size ** 2);
    rows.forEach(({ mask }, r) => masks.set(mask, r * mask.length));
    return labelledSliceSource({
      size: this.slicing.size,
      channels: this.settings.channels.length,
      labels: 1,
      images: concat(rows.map(({ image }) => image)),
      masks,
      cases: rows.map(({ id }) => id),
    });
  }
}

function concat(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((n, part) => n + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function patientOf(id: string, cut: CutCase, volume: Volume, truth: Uint8Array, slicing: Slicing): Patient {
  const { size, interpolation } = slicing;
  const sampler = new PlaneSampler(cut.grid, interpolation);
  const scratch = new Float32Array(sampler.width * sampler.height);
  const plane = new Float32Array(scratch.length);
  const tile = new Float32Array(size * size);
  const images: Float32Array[] = [];
  const masks: Int8Array[] = [];
  cut.places.forEach(({ s, tile: at }, index) => {
    const image = new Float32Array(size * size * cut.channels);
    cut.read(index, image);
    images.push(image);
    maskPlane(sampler, truth, s, scratch, plane);
    copyWindow({ pixels: plane, width: sampler.width, height: sampler.height }, at, {
      into: tile,
      width: size,
      height: size,
      stride: 1,
      offset: 0,
      outside: 0,
    });
    masks.push(Int8Array.from(tile));
  });
  return { id, cut, volume, truth, images, masks };
}

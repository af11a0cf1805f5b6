import type { VoxelArray } from '../../main/imaging/volume';
import type { ArrivingVolume, OpenVolume, VolumeId } from '../../preload/api';
import type { LoadedVolume } from './volume.svelte';

const arrays = { Uint8Array, Int16Array, Uint16Array, Int32Array, Float32Array } as const;

/** Bytes fetched at a time: enough to be fast, few enough that the picture grows as one looks. */
const portion = 12 * 2 ** 20;

/** What is done while a volume comes. */
export interface ArrivalSteps {
  /** Its middle slice is there; all others may still be empty. */
  readonly first: (loaded: LoadedVolume) => Promise<void>;
  /** Slices [from, to) are there as well; `share` of all are. */
  readonly more: (loaded: LoadedVolume, from: number, to: number, share: number) => void;
}

/**
 * Brings a volume into the window: its middle slice first, then outwards from there, as fast as the files are read.
 */
export class VolumeArrival {
  private loaded: LoadedVolume | null = null;
  /** What can be fetched, as it was told last. */
  private told: ArrivingVolume | null = null;
  private from = 0;
  private to = 0;
  private abandoned = false;
  private wake: () => void = () => undefined;

  constructor(
    private readonly id: VolumeId,
    private readonly steps: ArrivalSteps | null = null,
  ) {}

  /** Somebody opened something else. */
  abandon(): void {
    this.abandoned = true;
    this.wake();
  }

  /** @throws Error with a sentence; also where it was abandoned, which nobody needs to hear */
  async load(): Promise<LoadedVolume> {
    const forget = window.studio.archive.onArriving((arrival) => {
      if (arrival.volume.id === this.id) this.hear(arrival);
    });
    let failure: unknown = null;
    window.studio.archive.openVolume(this.id).then(
      (volume) => {
        // What came last stays; without such an end, all of it is fetched from what was prepared.
        if (this.told?.last) return;
        if (this.told !== null) this.begin(volume);
        this.hear({ volume, from: 0, to: volume.geometry.size[2], last: true });
      },
      (thrown: unknown) => {
        failure = thrown;
        this.wake();
      },
    );
    try {
      for (;;) {
        if (this.abandoned) throw new Error('Another scan was opened.');
        if (failure !== null && !this.told?.last) throw failure;
        if (this.told !== null && (await this.fetchSome(this.told))) continue;
        const { loaded, told } = this;
        if (loaded && told?.last && this.to - this.from === told.volume.geometry.size[2])
          return { info: told.volume, voxels: loaded.voxels };
        await new Promise<void>((resolve) => (this.wake = resolve));
      }
    } finally {
      forget();
    }
  }

  private hear(arrival: ArrivingVolume): void {
    this.told = arrival;
    this.wake();
  }

  private begin(volume: OpenVolume): LoadedVolume {
    const [columns, rows, slices] = volume.geometry.size;
    const voxels: VoxelArray = new arrays[volume.dataType](columns * rows * slices);
    this.from = this.to = Math.floor(slices / 2);
    return (this.loaded = { info: volume, voxels });
  }

  /** The slices to be fetched next, none where all that can be are here. */
  private next({ volume, from, to, last }: ArrivingVolume, most: number): readonly [number, number] | null {
    if (this.from === this.to) {
      if (this.steps !== null) return [this.from, this.from + 1];
      // Nobody looks meanwhile: all in one go.
      return last ? [0, volume.geometry.size[2]] : null;
    }
    if (this.to < to && to - this.to >= this.from - from) return [this.to, Math.min(to, this.to + most)];
    if (this.from > from) return [Math.max(from, this.from - most), this.from];
    return null;
  }

  /** Fetches the next portion. @returns whether there was anything to fetch */
  private async fetchSome(told: ArrivingVolume): Promise<boolean> {
    const loaded = this.loaded ?? this.begin(told.volume);
    const [columns, rows, slices] = told.volume.geometry.size;
    const sliceBytes = columns * rows * loaded.voxels.BYTES_PER_ELEMENT;
    const next = this.next(told, Math.max(1, Math.floor(portion / sliceBytes)));
    if (next === null) return false;
    const [start, end] = next;
    const part = await fetchSlices(told.volume, start, end, sliceBytes);
    // Meanwhile something else may have been opened, or all of it been begun anew.
    if (this.loaded !== loaded || this.abandoned) return true;
    new Uint8Array(loaded.voxels.buffer).set(part, start * sliceBytes);
    const isFirst = this.from === this.to;
    this.from = isFirst ? start : Math.min(this.from, start);
    this.to = isFirst ? end : Math.max(this.to, end);
    if (isFirst) await this.steps?.first(loaded);
    else this.steps?.more(loaded, start, end, (this.to - this.from) / slices);
    return true;
  }
}

async function fetchSlices(
  volume: OpenVolume,
  from: number,
  to: number,
  sliceBytes: number,
): Promise<Uint8Array> {
  const response = await fetch(`${volume.voxelsUrl}?bytes=${from * sliceBytes}-${to * sliceBytes}`);
  if (!response.ok)
    throw new Error(`The voxels of ${volume.label.series} could not be fetched. Open the scan again.`);
  const bytes = new Uint8Array(await response.arrayBuffer());
  if (bytes.length !== (to - from) * sliceBytes)
    throw new Error(
      `${volume.label.series} came with ${bytes.length} bytes of ${(to - from) * sliceBytes}. Open the scan again.`,
    );
  return bytes;
}

/** A window whose process ended is loaded again; what people made is on the disk, and it shows what it showed. */
import type { VolumeId, WindowRevival } from '../../preload/api';

/** A page that lived so long is loaded again at once; one that ends sooner waits, longer each time. */
const LIVED = 10_000;
const FIRST_WAIT = 250;
const LONGEST_WAIT = 30_000;

export class Revival {
  #opened: VolumeId | null = null;
  #pending: WindowRevival | null = null;
  #loadedAt = 0;
  #wait = 0;

  /** The person opened a case, or an archive (null). */
  opened(id: VolumeId | null): void {
    this.#opened = id;
  }

  loaded(now: number): void {
    this.#loadedAt = now;
  }

  /** The page's process ended. @returns milliseconds after which the page is to be loaded again */
  gone(now: number): number {
    this.#pending = { volumeId: this.#opened };
    this.#wait =
      now - this.#loadedAt > LIVED ? 0 : Math.min(LONGEST_WAIT, Math.max(FIRST_WAIT, 2 * this.#wait));
    return this.#wait;
  }

  /** For the page that was loaded again; an ordinary start gets null. */
  take(): WindowRevival | null {
    const pending = this.#pending;
    this.#pending = null;
    return pending;
  }
}

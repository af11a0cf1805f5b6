import { sentenceOf } from './failure';

export type SaveState = 'saved' | 'saving' | 'failed';

/** A change that is to be written, and the volume that it is of. */
interface Waiting {
  readonly volumeId: string;
  readonly write: () => Promise<unknown>;
}

/**
 * Sends changes to main one after the other, in the order in which they were made. The window does not wait for
 * the disk, nor for the volume to stay open; a change that could not be written stays first in line until it is tried again.
 */
export class SaveQueue {
  state = $state<SaveState>('saved');
  failure = $state<string | null>(null);
  private waiting: Waiting[] = [];
  private running = false;
  private idle: (() => void)[] = [];

  add(volumeId: string, write: () => Promise<unknown>): void {
    this.waiting.push({ volumeId, write });
    if (this.state !== 'failed') void this.pump();
  }

  retry(): void {
    this.failure = null;
    void this.pump();
  }

  /** Forgets what of a volume could not be written; the caller loads its state on the disk again. */
  forget(volumeId: string): void {
    const [first] = this.waiting;
    this.waiting = this.waiting.filter((one) => one.volumeId !== volumeId);
    if (this.failure !== null && this.waiting[0] !== first) this.retry();
  }

  /** Resolves when nothing waits any more. @throws Error with the sentence of what could not be written. */
  async settled(): Promise<void> {
    if (this.running) await new Promise<void>((resolve) => this.idle.push(resolve));
    if (this.failure !== null) throw new Error(this.failure);
  }

  private async pump(): Promise<void> {
    if (this.running) return;
    this.running = true;
    this.state = 'saving';
    while (this.waiting.length > 0 && this.failure === null) {
      const [first] = this.waiting;
      try {
        await first.write();
        // Forgotten meanwhile, it stands there no more, and another must not go in its place.
        if (this.waiting[0] === first) this.waiting.shift();
      } catch (failure) {
        if (this.waiting[0] === first) this.failure = sentenceOf(failure);
      }
    }
    this.state = this.failure === null ? 'saved' : 'failed';
    this.running = false;
    for (const resolve of this.idle.splice(0)) resolve();
  }
}

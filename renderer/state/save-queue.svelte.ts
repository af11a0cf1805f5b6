import { sentenceOf } from './failure';

export type SaveState = 'saved' | 'saving' | 'failed';

/**
 * Sends changes to main one after the other, in the order in which they were made. The window does not wait for
 * the disk; a change that could not be written stays first in line until it is tried again.
 */
export class SaveQueue {
  state = $state<SaveState>('saved');
  failure = $state<string | null>(null);
  private waiting: (() => Promise<unknown>)[] = [];
  private running = false;
  private idle: (() => void)[] = [];

  add(write: () => Promise<unknown>): void {
    this.waiting.push(write);
    if (this.state !== 'failed') void this.pump();
  }

  retry(): void {
    this.failure = null;
    void this.pump();
  }

  /** Forgets what could not be written; the caller loads the state on the disk again. */
  forget(): void {
    this.waiting = [];
    this.failure = null;
    this.state = 'saved';
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
    while (this.waiting.length > 0 && this.failure === null)
      try {
        await this.waiting[0]();
        this.waiting.shift();
      } catch (failure) {
        this.failure = sentenceOf(failure);
      }
    this.state = this.failure === null ? 'saved' : 'failed';
    this.running = false;
    for (const resolve of this.idle.splice(0)) resolve();
  }
}

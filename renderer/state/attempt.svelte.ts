import { sentenceOf } from './failure';

/** Something that a dialog does and that may fail: whether it is under way, and the sentence if it failed. */
export class Attempt {
  busy = $state(false);
  failure = $state<string | null>(null);

  /** What it gave, or null where it failed; a second run while one is under way does nothing. */
  async run<T>(act: () => Promise<T>): Promise<T | null> {
    if (this.busy) return null;
    this.busy = true;
    this.failure = null;
    try {
      return await act();
    } catch (refused) {
      this.failure = sentenceOf(refused);
      return null;
    } finally {
      this.busy = false;
    }
  }
}

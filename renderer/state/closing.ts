import { t } from '../i18n/message.svelte';
import type { SaveQueue } from './save-queue.svelte';

/** How long a person who asks again is kept by a write that does not end, ms. */
const patience = 5000;

/**
 * Keeps the window open until what was drawn is on the disk. What cannot be written is said once; nobody is kept from
 * leaving without it.
 */
export class Closing {
  private asked: number | null = null;
  private told: string | null = null;

  /**
   * @param close closes the window
   * @param say tells the person
   * @param now the time, ms
   */
  constructor(
    private readonly queue: Pick<SaveQueue, 'state' | 'failure' | 'settled'>,
    private readonly close: () => void,
    private readonly say: (sentence: string) => void,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** The window is about to close; `event` can stop it. */
  before(event: Pick<Event, 'preventDefault'>): void {
    const { state, failure } = this.queue;
    if (state === 'saved') return;
    if (state === 'failed') {
      if (this.told === failure) return;
      event.preventDefault();
      this.tell();
      return;
    }
    if (this.asked !== null && this.now() - this.asked > patience) return;
    event.preventDefault();
    if (this.asked !== null) return;
    this.asked = this.now();
    void this.queue.settled().then(
      () => this.close(),
      () => {
        this.asked = null;
        this.tell();
      },
    );
  }

  private tell(): void {
    this.told = this.queue.failure;
    this.say(t('save.leaving', { why: this.told ?? '' }));
  }
}

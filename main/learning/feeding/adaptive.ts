import type { FeedAnswers, Feeder, FeedOrder } from '../../../models/train/feeder';

/** Orders of a kind after which it is known what they cost. */
const enough = 8;
/** Share of the time that feeding may take of the thread that trains; the bar is 5 %. */
const allowed = 0.03;

/** Threads that can be ended. */
export type Threads = Feeder & { close(): Promise<void> };

/**
 * Feeds on the thread that trains as long as that costs next to nothing, and through threads of its own once it is
 * seen to cost more. The samples are the same either way; so a thread that fails is done without.
 */
export class AdaptiveFeeder implements Feeder {
  private threads: Threads | null = null;
  private without = false;
  private readonly spent = new Map<
    FeedOrder['kind'],
    { orders: number; ms: number; since: number; share?: number }
  >();

  constructor(
    private readonly own: Feeder,
    private readonly start: () => Threads,
    private readonly clock: () => number = () => performance.now(),
  ) {}

  ahead(kind: FeedOrder['kind']): number {
    return this.threads && this.costs(kind) ? this.threads.ahead(kind) : 0;
  }

  async make<O extends FeedOrder>(order: O): Promise<FeedAnswers[O['kind']]> {
    if (this.costs(order.kind) && !this.without) {
      try {
        this.threads ??= this.start();
        return await this.threads.make(order);
      } catch {
        this.without = true;
        await this.close();
      }
    }
    const known = this.spent.get(order.kind);
    const began = this.clock();
    const answer = await this.own.make(order);
    const now = this.clock();
    // The first order opens files and warms up: it tells nothing of the others.
    if (!known) this.spent.set(order.kind, { orders: 0, ms: 0, since: now });
    else {
      known.orders++;
      known.ms += now - began;
    }
    return answer;
  }

  /** Whether threads are at work, for the report. */
  get threaded(): boolean {
    return this.threads !== null;
  }

  async close(): Promise<void> {
    const { threads } = this;
    this.threads = null;
    await threads?.close();
  }

  private costs(kind: FeedOrder['kind']): boolean {
    const known = this.spent.get(kind);
    if (!known || known.orders < enough) return false;
    known.share ??= known.ms / Math.max(1e-9, this.clock() - known.since);
    return known.share > allowed;
  }
}

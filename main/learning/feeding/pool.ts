import { Worker } from 'node:worker_threads';
import type { FeedAnswers, Feeder, FeedOrder } from '../../../models/train/feeder';
import type { FeedReply, FeedRequest, FeedSource } from './messages';

interface Waiting {
  readonly resolve: (answer: never) => void;
  readonly reject: (error: Error) => void;
}

interface Thread {
  readonly worker: Worker;
  readonly waiting: Map<number, Waiting>;
}

/** Feeding threads, each order to the one with the least to do. How many there are changes nothing in what is made. */
export class FeederPool implements Feeder {
  private readonly threads: Thread[];
  private failure: Error | null = null;
  private orders = 0;

  /** @param entry bundle of `feeder.ts` */
  constructor(entry: string, source: FeedSource, threads: number) {
    this.threads = Array.from({ length: threads }, () => this.start(entry, source));
  }

  ahead(): number {
    return this.threads.length;
  }

  make<O extends FeedOrder>(order: O): Promise<FeedAnswers[O['kind']]> {
    if (this.failure) return Promise.reject(this.failure);
    const id = ++this.orders;
    const thread = this.threads.reduce((a, b) => (b.waiting.size < a.waiting.size ? b : a));
    return new Promise<FeedAnswers[O['kind']]>((resolve, reject) => {
      thread.waiting.set(id, { resolve, reject });
      thread.worker.postMessage({ id, order } satisfies FeedRequest);
    });
  }

  async close(): Promise<void> {
    this.fail(new Error('Feeding has ended.'));
    await Promise.all(this.threads.map(({ worker }) => worker.terminate()));
  }

  private start(entry: string, source: FeedSource): Thread {
    const worker = new Worker(entry, { workerData: source });
    const waiting: Thread['waiting'] = new Map();
    worker.on('message', (reply: FeedReply) => {
      const one = waiting.get(reply.id);
      waiting.delete(reply.id);
      if ('message' in reply) one?.reject(new Error(reply.message));
      else one?.resolve(reply.answer as never);
    });
    worker.on('error', (error) => this.fail(error instanceof Error ? error : new Error(String(error))));
    worker.on('exit', () => this.fail(new Error('A feeding thread has ended.')));
    return { worker, waiting };
  }

  private fail(error: Error): void {
    this.failure ??= error;
    for (const { waiting } of this.threads ?? []) {
      for (const { reject } of waiting.values()) reject(error);
      waiting.clear();
    }
  }
}

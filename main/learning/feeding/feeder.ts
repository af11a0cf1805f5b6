/**
 * A feeding thread: reads slices from the cache and makes samples of them while the engine's thread runs its step.
 * It holds no state beside its files, and makes what `SliceFeeder` makes: it is one.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { samplesOf } from '../../../models/train/blocks';
import { SliceFeeder } from '../../../models/train/feeder';
import { SliceFile } from '../cache/slice-file';
import { cachedSlices, judgedSlices } from '../cache/sources';
import type { FeedReply, FeedRequest, FeedSource } from './messages';

const { cases, network, labelled } = workerData as FeedSource;

function open(): SliceFeeder {
  const slices = cachedSlices(
    cases.map(({ patient, file }) => {
      const opened = SliceFile.open(file);
      if (!opened) throw new Error('A file of the slice cache is gone; start the job again.');
      return { patient, file: opened };
    }),
  );
  return new SliceFeeder(
    labelled ? samplesOf(judgedSlices(slices, labelled), network) : samplesOf(slices, network),
  );
}

/** What can be handed over instead of copied. */
function buffersOf(answer: object): ArrayBuffer[] {
  const values = answer instanceof Float32Array ? [answer] : Object.values(answer);
  return values.flatMap((v: unknown) =>
    v instanceof Float32Array && v.buffer instanceof ArrayBuffer ? [v.buffer] : [],
  );
}

const feeder = open();
parentPort?.on('message', ({ id, order }: FeedRequest) => {
  let reply: FeedReply;
  let hand: ArrayBuffer[] = [];
  try {
    const answer = feeder.work(order);
    reply = { id, answer };
    hand = buffersOf(answer);
  } catch (error) {
    reply = { id, message: error instanceof Error ? error.message : String(error) };
  }
  parentPort?.postMessage(reply, hand);
});

import type { FeedAnswers, FeedOrder } from '../../../models/train/feeder';
import type { NetworkConfig } from '../../../models/train';

/** What a feeding thread must know to read the same slices as the thread that trains. Labels are shared memory. */
export interface FeedSource {
  readonly cases: readonly { readonly patient: string; readonly file: string }[];
  readonly network: NetworkConfig;
  /** Teaching: the slices that a person judged, and their labels [slices, size, size, labels]. */
  readonly labelled?: {
    readonly kept: readonly number[];
    readonly labels: number;
    readonly masks: Int8Array;
  };
}

export interface FeedRequest {
  readonly id: number;
  readonly order: FeedOrder;
}

export type FeedReply =
  | { readonly id: number; readonly answer: FeedAnswers[FeedOrder['kind']] }
  | { readonly id: number; readonly message: string };

import type { JobProgress, JobResult, EngineSpec } from '../jobs/spec';

/** What main says to the engine. Small: volumes and results travel as paths. */
export type ToEngine =
  | { readonly kind: 'run'; readonly run: number; readonly spec: EngineSpec }
  | { readonly kind: 'stop'; readonly run: number; readonly will: 'pause' | 'cancel' }
  | { readonly kind: 'volume'; readonly request: number; readonly folder: string }
  | { readonly kind: 'volume-current'; readonly request: number }
  | { readonly kind: 'no-volume'; readonly request: number; readonly message: string }
  | { readonly kind: 'end' };

export interface EngineDevice {
  /** A few words, e.g. "CPU, 2 cores, bfloat16". */
  readonly name: string;
  readonly sentence: string;
  readonly memoryBytes: number;
}

/** What the engine says to main. */
export type FromEngine =
  | { readonly kind: 'ready'; readonly device: EngineDevice }
  | { readonly kind: 'unavailable'; readonly message: string }
  | { readonly kind: 'progress'; readonly run: number; readonly progress: JobProgress }
  | { readonly kind: 'want-volume'; readonly request: number; readonly volumeId: string }
  /** Whether the archive's volume is still the one of this key. */
  | {
      readonly kind: 'check-volume';
      readonly request: number;
      readonly volumeId: string;
      readonly key: string;
    }
  | { readonly kind: 'done'; readonly run: number; readonly result: JobResult }
  | { readonly kind: 'stopped'; readonly run: number; readonly will: 'pause' | 'cancel' }
  | { readonly kind: 'failed'; readonly run: number; readonly message: string }
  | { readonly kind: 'ended' };

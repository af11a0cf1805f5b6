import type { StepState } from '../runtime';

/**
 * A run as it stands between two steps: enough to go on bit for bit. Numbers in `tensors`, all else in `facts`,
 * which is plain JSON.
 */
export interface TrainingState {
  readonly kind: 'pretrain' | 'finetune';
  readonly tensors: Readonly<Record<string, Float32Array>>;
  readonly facts: TrainingFacts;
}

export interface TrainingFacts {
  /** Epochs that are complete. */
  readonly epoch: number;
  /** Steps made in the epoch under way. */
  readonly stepInEpoch: number;
  /** Updates made in all. */
  readonly t: number;
  /** Sums of the epoch under way, for its report. */
  readonly sums: Readonly<Record<string, number>>;
  /** What the run was started with; a state goes on only with the same. */
  readonly fingerprint: string;
  readonly best?: { readonly epoch: number; readonly figure: number };
  /** Round of self-training, from 1; absent before the first pseudo-labels. */
  readonly round?: number;
  /** DSC on the held-back slices of the model that labelled for that round; absent where none was held back. */
  readonly taughtDsc?: number;
}

const WEIGHT = 'weight/';
const MOMENT = 'moment/';

export function packStep(state: StepState): Record<string, Float32Array> {
  const tensors: Record<string, Float32Array> = {};
  for (const [name, data] of Object.entries(state.weights)) tensors[WEIGHT + name] = data;
  for (const [name, data] of Object.entries(state.moments)) tensors[MOMENT + name] = data;
  if (state.lossScale)
    tensors['loss-scale'] = Float32Array.of(state.lossScale.scale, state.lossScale.goodSteps);
  return tensors;
}

export function unpackStep({ tensors, facts }: TrainingState): StepState {
  const part = (prefix: string): Record<string, Float32Array> =>
    Object.fromEntries(
      Object.entries(tensors)
        .filter(([name]) => name.startsWith(prefix))
        .map(([name, data]) => [name.slice(prefix.length), data]),
    );
  const scale = tensors['loss-scale'];
  return {
    t: facts.t,
    weights: part(WEIGHT),
    moments: part(MOMENT),
    ...(scale ? { lossScale: { scale: scale[0], goodSteps: scale[1] } } : {}),
  };
}

/** Names a run by all that decides its course; JSON with sorted keys. */
export function fingerprint(value: unknown): string {
  return JSON.stringify(value, (_key, v: unknown) =>
    v && typeof v === 'object' && !Array.isArray(v)
      ? Object.fromEntries(Object.entries(v).sort(([a], [b]) => (a < b ? -1 : 1)))
      : v,
  );
}

/** @throws where the state is of another run. */
export function assertResumable(state: TrainingState, kind: TrainingState['kind'], own: string): void {
  if (state.kind !== kind || state.facts.fingerprint !== own)
    throw new Error(
      'The saved state is of another run: its settings or its slices differ. Start this learning anew.',
    );
}

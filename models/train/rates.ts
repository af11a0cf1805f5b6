import type { Parameter } from '../runtime';
import type { FinetuneConfig } from './finetune-config';

/**
 * The parameters that are trained, each with its share of the learning rate: what was carried over learns by
 * `carriedRate`, and by a further `levelDecay` for every level that lies deeper than the head. Frozen ones are left out.
 */
export function withRates(
  parameters: readonly Parameter[],
  carried: ReadonlySet<string>,
  { freeze, carriedRate, levelDecay }: Pick<FinetuneConfig, 'freeze' | 'carriedRate' | 'levelDecay'>,
): Parameter[] {
  return parameters
    .filter((p) => !(freeze === 'encoder' && p.name.startsWith('encoder.') && carried.has(p.name)))
    .map((p) => {
      const level = Number(/^(?:encoder|decoder)\.(\d+)\./.exec(p.name)?.[1] ?? 0);
      const own = carried.has(p.name) ? carriedRate * levelDecay ** level : 1;
      return { ...p, learningRateScale: p.learningRateScale * own };
    });
}

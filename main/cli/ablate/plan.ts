import { Random } from '../../../models/random';
import { ABLATIONS, type AblationName, type AblationTable } from '../../../models/train/ablations';
import { UsageError } from '../program';

/** How many cases teach: a share of those that are not tested, as the paper has it, or a number of patients. */
export interface Budget {
  readonly name: string;
  /** Number of teaching cases out of `available`, at least one. */
  count(available: number): number;
}

/** "5,10" are per cent of the cases, "1p,3p" patients. @throws UsageError */
export function budgetList(text: string): Budget[] {
  return text.split(',').map((part): Budget => {
    const match = /^(\d+(?:\.\d+)?)(p|%)?$/.exec(part.trim());
    const value = match ? Number(match[1]) : 0;
    if (!match || value <= 0)
      throw new UsageError(`"${part}" is no budget; give per cent (5,10) or patients (1p,3p).`);
    return match[2] === 'p'
      ? { name: `${value} ${value === 1 ? 'patient' : 'patients'}`, count: (n) => Math.min(n, value) }
      : { name: `${value} %`, count: (n) => Math.min(n, Math.max(1, Math.round((n * value) / 100))) };
  });
}

export function tableName(text: string): AblationName {
  if (Object.hasOwn(ABLATIONS, text)) return text as AblationName;
  throw new UsageError(`There is no table "${text}"; there are ${Object.keys(ABLATIONS).join(', ')}.`);
}

export const tableOf = (name: AblationName): AblationTable => ABLATIONS[name];

/** One split by patient: who is tested, and in which order the others teach. */
export interface Fold {
  readonly seed: number;
  readonly tested: readonly string[];
  /** Everybody else; the first ones teach. All of them are pretrained on, without their contours. */
  readonly others: readonly string[];
}

/** Folds by patient, one a seed; a fifth is tested, at least one and at most `most`. */
export function foldsOf(cases: readonly string[], seeds: number, most: number): Fold[] {
  const sorted = [...cases].sort();
  const tested = Math.max(1, Math.min(most, Math.round(sorted.length / 5)));
  return Array.from({ length: seeds }, (_, s) => {
    const order = [...new Random(77, s + 1).permutation(sorted.length)].map((i) => sorted[i]);
    return { seed: s + 1, tested: order.slice(0, tested), others: order.slice(tested) };
  });
}

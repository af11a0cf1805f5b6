import type { Random } from '../random';
import { maskingOrder, type MaskingOrder } from './order';
import type { PatchSelection } from './reading';

/** How the share of masked patches grows while training (AMR; paper, III-D). Equal ends: a fixed ratio. */
export interface MaskingSchedule {
  /** σ0, the share in the first epoch; the paper's 0.25. */
  readonly start: number;
  /** The share in the last epoch; the paper's 0.80. */
  readonly end: number;
  /** E, the epochs over which it grows; it stays at `end` after them. */
  readonly epochs: number;
}

/**
 * Masking ratio of an epoch, eq. 5: σ(e) = σ0 + ln(e) / τ with τ = ln(E) / (σE − σ0), so that σ(1) = σ0 and
 * σ(E) = σE.
 * @param epoch counted from 1
 */
export function maskingRatio(schedule: MaskingSchedule, epoch: number): number {
  const { start, end, epochs } = schedule;
  if (epoch >= epochs && epochs > 1) return end;
  if (epochs <= 1 || epoch <= 1) return start;
  return start + ((end - start) * Math.log(epoch)) / Math.log(epochs);
}

/** n = ⌊N · σ⌋ (paper, III-D); rounding noise of σ does not lose a patch. */
export const maskedCount = (patches: number, ratio: number): number => Math.floor(patches * ratio + 1e-9);

/**
 * Which patches of a slice are masked, 1 a masked patch. N counts the patches that take part, so that a ratio
 * means the same on a small body as on a large one; at least one patch is masked where any takes part.
 * @param labels the labels of now; they may be newer than those of `selection`
 */
export function maskPatches(
  selection: PatchSelection,
  labels: Uint8Array,
  order: MaskingOrder,
  ratio: number,
  random: Random,
): Uint8Array {
  const count = labels.length;
  let taking = 0;
  for (let p = 0; p < count; p++) taking += selection.takesPart[p];
  const mask = new Uint8Array(count);
  const masked = Math.min(taking, Math.max(1, maskedCount(taking, ratio)));
  if (order === 'random') {
    let left = masked;
    for (const p of random.permutation(count)) {
      if (left === 0) break;
      if (!selection.takesPart[p]) continue;
      mask[p] = 1;
      left--;
    }
    return mask;
  }
  const sorted = maskingOrder(selection, labels, order);
  for (let i = 0; i < masked; i++) mask[sorted[i]] = 1;
  return mask;
}

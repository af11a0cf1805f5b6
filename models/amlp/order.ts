import type { PatchSelection } from './reading';

/** In which order patches are masked (paper, III-A and Table VI). */
export type MaskingOrder = 'foreground-first' | 'background-first' | 'random';

/**
 * The patches in the order in which they are masked: those that take part come first; among them the foreground
 * label, then the score. `labels` may be newer than `selection.label` (category consistency changes them).
 * @returns patch indices, first masked first
 */
export function maskingOrder(
  selection: PatchSelection,
  labels: Uint8Array = selection.label,
  order: Exclude<MaskingOrder, 'random'> = 'foreground-first',
): Uint32Array {
  const { score, takesPart } = selection;
  const sign = order === 'foreground-first' ? 1 : -1;
  return Uint32Array.from({ length: score.length }, (_, p) => p).sort(
    (a, b) =>
      takesPart[b] - takesPart[a] || sign * (labels[b] - labels[a]) || sign * (score[b] - score[a]) || a - b,
  );
}

import type { Predictor } from '../infer/predictor';
import { segmentSlices } from '../infer/segment';
import type { LabelledSliceSource, SliceSource } from './slice-source';

export interface PseudoLabelOptions {
  /** A pixel counts as inside from here on, and as outside up to 1 − confident; between them it has no say. */
  readonly confident: number;
  /** How much a pseudo-labelled slice counts beside a person's contour, which is 1. */
  readonly weight: number;
  /** A slice is used where at least this share of what may be lesion is confident. */
  readonly agreement: number;
  /** Most slices; they are held in memory, a byte a pixel and label. */
  readonly limit: number;
  onSlice?(done: number, total: number): void;
  shouldStop?(): boolean;
}

export const PSEUDO_LABELS: PseudoLabelOptions = { confident: 0.9, weight: 0.5, agreement: 0.5, limit: 2000 };

/**
 * Confident pseudo-labels of a taught model on unlabelled slices: what it is sure of becomes a label of less weight,
 * the rest stays unknown. Mirrored passes are averaged first, so that being sure means agreeing with oneself.
 * @returns null where the run was stopped or where no slice was sure enough
 */
export async function pseudoLabels(
  predictor: Predictor,
  source: SliceSource,
  options: Partial<PseudoLabelOptions> = {},
): Promise<LabelledSliceSource | null> {
  const { confident, weight, agreement, limit, onSlice, shouldStop } = { ...PSEUDO_LABELS, ...options };
  const kept: { index: number; label: Int8Array }[] = [];
  // Evenly spread over the source, so that no patient fills the limit alone.
  const stride = Math.max(1, source.count / limit);
  const indices = Array.from({ length: Math.min(source.count, limit) }, (_, i) => Math.floor(i * stride));
  const whole = await segmentSlices(
    predictor,
    {
      count: indices.length,
      width: source.size,
      height: source.size,
      channels: source.channels,
      read: (i, into) => source.read(indices[i], into),
    },
    ({ index, probability }) => {
      const label = new Int8Array(probability.length);
      let possible = 0;
      let sure = 0;
      probability.forEach((p, v) => {
        label[v] = p >= confident ? 1 : p <= 1 - confident ? 0 : -1;
        if (label[v] !== 0) possible++;
        if (label[v] === 1) sure++;
      });
      if (possible === 0 || sure >= agreement * possible) kept.push({ index: indices[index], label });
    },
    { mirror: 'both', onSlice, shouldStop },
  );
  if (!whole || kept.length === 0) return null;
  return {
    count: kept.length,
    size: source.size,
    channels: source.channels,
    labels: predictor.labels,
    read: (i, into) => source.read(kept[i].index, into),
    readLabel: (i, into) => into.set(kept[i].label),
    caseOf: (i) => source.caseOf(kept[i].index),
    weight: () => weight,
  };
}

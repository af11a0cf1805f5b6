import type { Predictor } from '../infer/predictor';
import { answerSamples } from '../infer/samples';
import type { LabelledSliceSource } from './slice-source';

/** DSC over the known pixels of some slices together, averaged over the labels. 1 where all is rightly empty. */
export async function heldBackDsc(
  predictor: Predictor,
  source: LabelledSliceSource,
  slices: readonly number[],
): Promise<number> {
  const { size } = source;
  const { labels } = predictor;
  const label = new Float32Array(size * size * source.labels);
  const both = new Float64Array(labels);
  const sum = new Float64Array(labels);
  await answerSamples(
    predictor,
    { count: slices.length, width: size, height: size, read: (i, into) => source.read(slices[i], into) },
    (index, probability) => {
      source.readLabel(slices[index], label);
      for (let v = 0; v < label.length; v++) {
        if (label[v] < 0) continue;
        const inside = probability[v] >= 0.5 ? 1 : 0;
        both[v % labels] += inside * label[v];
        sum[v % labels] += inside + label[v];
      }
    },
    { mirror: 'none', overlap: 0.5 },
  );
  return both.reduce((total, n, l) => total + (sum[l] > 0 ? (2 * n) / sum[l] : 1), 0) / labels;
}

import type { NextCase, VolumeId } from '../../../preload/api';
import type { VolumeGeometry } from '../../imaging/space/geometry';

/** What is known of a case when the next one is chosen. */
export interface Candidate {
  readonly volumeId: VolumeId;
  readonly geometry: VolumeGeometry;
  readonly accepted: boolean;
  readonly reviewedSlices: readonly number[];
  /** Of the case's proposal; null where nothing is proposed. */
  readonly sliceUncertainty: readonly number[] | null;
}

/** The least certain slices decide: a tumour is seen on some slices only, and the others are certain anyway. */
const worst = 5;

const meanOfWorst = (values: readonly number[]): number => {
  const top = [...values].sort((a, b) => b - a).slice(0, worst);
  return top.length === 0 ? 0 : top.reduce((a, b) => a + b, 0) / top.length;
};

/**
 * The case that is worth the next minute of contouring: the one that the model is least sure of; before any
 * proposal the most typical one that nobody has contoured. Null where every case is accepted.
 * @param taught whether a model of this profile was taught
 */
export function chooseNextCase(
  candidates: readonly Candidate[],
  name: string,
  taught: boolean,
): NextCase | null {
  const open = candidates.filter((one) => !one.accepted);
  const proposed = open.flatMap((one) => {
    const unreviewed = one.sliceUncertainty?.map((u, k) => (one.reviewedSlices.includes(k) ? 0 : u));
    return unreviewed ? [{ one, unreviewed, score: meanOfWorst(unreviewed) }] : [];
  });
  const least = proposed.sort((a, b) => b.score - a.score).at(0);
  if (least && least.score > 0) {
    const slice = least.unreviewed.indexOf(Math.max(...least.unreviewed));
    const percent = Math.round(100 * least.unreviewed[slice]);
    return {
      volumeId: least.one.volumeId,
      slice,
      reason: `Of ${proposed.length} ${proposed.length === 1 ? 'proposal' : 'proposals'}, the model is least sure of this one; on slice ${slice + 1} it is ${percent} % uncertain.`,
    };
  }
  const fresh = open.filter((one) => one.sliceUncertainty === null && one.reviewedSlices.length === 0);
  const typical = medoid(fresh, candidates);
  if (typical)
    return {
      volumeId: typical.volumeId,
      slice: Math.floor(typical.geometry.size[2] / 2),
      reason: taught
        ? 'Nothing is proposed for this case yet; press Propose and see whether the model knows it.'
        : `It is the most typical of the ${candidates.length} ${name} scans, so what you contour here serves the others.`,
    };
  const begun = open.at(0);
  return begun
    ? { volumeId: begun.volumeId, slice: null, reason: 'It is contoured in part and not accepted yet.' }
    : null;
}

/** The candidate that is nearest to all scans in pixel size, slice distance and extent. */
function medoid(fresh: readonly Candidate[], all: readonly Candidate[]): Candidate | null {
  const features = ({ geometry: g }: Candidate): number[] => [
    Math.log(g.spacing[0]),
    Math.log(g.spacing[2]),
    Math.log(g.size[0] * g.spacing[0]),
    Math.log(g.size[1] * g.spacing[1]),
    Math.log(g.size[2] * g.spacing[2]),
  ];
  const table = all.map(features);
  const distance = (a: readonly number[], b: readonly number[]): number =>
    Math.sqrt(a.reduce((sum, v, i) => sum + (v - b[i]) ** 2, 0));
  let best: Candidate | null = null;
  let nearest = Infinity;
  for (const one of fresh) {
    const own = features(one);
    const total = table.reduce((sum, other) => sum + distance(own, other), 0);
    if (total < nearest) [best, nearest] = [one, total];
  }
  return best;
}

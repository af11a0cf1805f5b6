export { compareMasks, defaultCompareOptions, type Agreement, type CompareOptions } from './compare';
export type { Grid, Mask } from './grid';
export { boundaryIou, dice, overlap, precision, sensitivity, type Overlap } from './overlap';
export { pairedDifference, summarise, type PairedDifference, type Summary } from './summary';
export {
  addedPathLength,
  averageSurfaceDistance,
  hausdorff95,
  surfaceDice,
  surfacePair,
  type SurfacePair,
} from './surface';
export { wilcoxon, type SignedRank } from './wilcoxon';

export {
  carryToCrop,
  cropSlice,
  patchesUnderCrop,
  randomCrop,
  wholeSlice,
  type Crop,
  type CropRange,
} from './crop';
export { categoryConsistency, PatchLabels, updatedLabel, type LabelOptions } from './labels';
export { reconstructionLoss, stopGradient, type LossReading } from './loss';
export { maskedCount, maskingRatio, maskPatches, type MaskingSchedule } from './masking';
export { maskingOrder, type MaskingOrder } from './order';
export {
  bodyPatches,
  isInformative,
  patchesOf,
  patchGrid,
  patchStatistics,
  pixelsOfPatches,
  type PatchGrid,
} from './patches';
export {
  chooseReading,
  lesionPatches,
  readingPrecision,
  type ContouredSlice,
  type ReadingChoice,
  type ReadingPrecision,
} from './precision';
export {
  ALL_READINGS,
  AS_PRINTED,
  describeReading,
  selectPatches,
  type ClusterMethod,
  type PatchSelection,
  type Reading,
} from './reading';
export { twoMeans } from './two-means';

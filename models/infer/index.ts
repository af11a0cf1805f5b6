export { KEEP_ALL, postProcess, type PostProcessing } from './post-process';
export { compilePredictor, plainWeights, type Predictor, type PredictorShape } from './predictor';
export {
  entropyOf,
  SEGMENT_DEFAULTS,
  type SegmentedSlice,
  type SegmentOptions,
  segmentSlices,
  sliceUncertainty,
  type SlicesToSegment,
} from './segment';

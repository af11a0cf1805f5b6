export { ABLATIONS, type AblationName, type AblationTable, type Arm, type Pretraining } from './ablations';
export { NNUNET, PLAIN, type Augmentation } from './augment/options';
export type { TrainingFacts, TrainingState } from './checkpoint';
export { pretrainContrastive } from './contrastive';
export type { ContrastiveMethod } from './contrastive-step';
export { finetune, type FinetuneResult, type FinetuneStart } from './finetune';
export type { EarlyStopping, FinetuneConfig, FinetuneReport } from './finetune-config';
export type { StepProgress, TrainingHooks } from './hooks';
export { createNetwork, slicesOf, type NamedWeights, type NetworkConfig } from './network';
export {
  DESKTOP_NETWORK,
  FINETUNE_PRESETS,
  PAPER_NETWORK,
  PRETRAIN_PRESETS,
  type PresetName,
  startingReading,
} from './presets';
export { pretrain, type PretrainResult, type PretrainStart } from './pretrain';
export type { PretrainConfig, PretrainReport, Reconstruction } from './pretrain-config';
export {
  joined,
  type LabelledSliceSource,
  labelledSliceSource,
  type SliceSource,
  sliceSource,
  subset,
} from './slice-source';
export { MEAN_TEACHER, meanTeacher, type MeanTeacherOptions } from './mean-teacher';
export type { Companion, CompanionPlan } from './companion';
export { selfTrain, type SelfTrainResult } from './self-train';
export { PSEUDO_LABELS, pseudoLabels, type PseudoLabelOptions } from './pseudo-labels';
export { BASE, MAE, SIMMIM, type TeachingVariant, type Variant } from './variants';
export { finetuneTrial, pretrainTrial } from './trial';

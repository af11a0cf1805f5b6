import type * as tfjs from '@tensorflow/tfjs';

/** The tensor library as the chosen backend offers it. */
export type Tensorflow = typeof tfjs;

/** What one step runs on. */
export type DeviceKind = 'cuda' | 'webgpu' | 'cpu';

/** Half-width arithmetic of the convolutions; weights, moments and losses stay float32. */
export type MixedPrecision = 'bfloat16' | 'float16';

export interface Device {
  readonly kind: DeviceKind;
  /** Name of the processor or the card, as its maker writes it. */
  readonly name: string;
  readonly cores: number;
  /** Memory that a step can use: of the card for CUDA, of the machine otherwise. */
  readonly memoryBytes: number;
  /** What mixed precision would use here; null where it does not pay. */
  readonly mixed: MixedPrecision | null;
  /** One sentence for the window and for `doctor`. */
  readonly sentence: string;
}

export interface RuntimeOptions {
  /** First choice; where it cannot be had, another is taken and `device.sentence` says why. Absent: what suits. */
  readonly prefer?: DeviceKind;
  /** Default true: used where `device.mixed` is not null. */
  readonly mixedPrecision?: boolean;
  /** Only recorded; every initialiser takes its own seed. */
  readonly seed?: number;
}

/** A weight of a network: `name` is its key in checkpoints and model files, e.g. `encoder.0.conv1.kernel`. */
export interface Parameter {
  readonly name: string;
  readonly variable: tfjs.Variable;
  /** Whether weight decay applies (kernels yes, biases and scales no). */
  readonly decay: boolean;
  /** Factor on the learning rate; 1 unless a part learns more gently than the rest. */
  readonly learningRateScale: number;
}

export interface InputSpec {
  readonly name: string;
  /** Fixed: pad the last batch. */
  readonly shape: readonly number[];
  /** Values to record with, where arbitrary ones would be refused (indices, for example). */
  readonly example?: Float32Array;
}

/** Kingma & Ba 2015, algorithm 1, with the decoupled decay of Loshchilov & Hutter 2019 (as PyTorch's AdamW). */
export interface AdamW {
  readonly kind: 'adamw';
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
  /** Largest global L2 norm of all gradients together; absent: no clipping. */
  readonly clipNorm?: number;
}

/** Momentum with decay added to the gradient (as PyTorch's SGD). */
export interface MomentumSgd {
  readonly kind: 'sgd';
  readonly momentum: number;
  readonly nesterov: boolean;
  readonly weightDecay: number;
  readonly clipNorm?: number;
}

export type Optimiser = AdamW | MomentumSgd;

export interface TrainingStepSpec {
  readonly inputs: readonly InputSpec[];
  readonly variables: readonly Parameter[];
  /**
   * A pure function of the inputs and the variables: forward pass and loss. Whatever else it captures keeps the value
   * of the moment of compilation; random numbers must come in as inputs.
   */
  readonly loss: (inputs: Record<string, tfjs.Tensor>) => LossAndOutputs;
  readonly optimiser: Optimiser;
  /** Default: as the runtime was opened. */
  readonly mixedPrecision?: boolean;
}

export interface LossAndOutputs {
  readonly loss: tfjs.Scalar;
  /** Tensors to hand back with every step (losses of patches, a reconstruction); no gradient flows from them. */
  readonly outputs?: Record<string, tfjs.Tensor>;
}

/** Everything that a step has learnt: enough to go on bit for bit. */
export interface StepState {
  /** Updates made so far. */
  readonly t: number;
  readonly weights: Record<string, Float32Array>;
  /** `<parameter>/first` and `<parameter>/second` for AdamW, `<parameter>/momentum` for SGD. */
  readonly moments: Record<string, Float32Array>;
  /** Only with float16. */
  readonly lossScale?: LossScale;
}

export interface LossScale {
  readonly scale: number;
  /** Steps without overflow since the scale last changed. */
  readonly goodSteps: number;
}

export interface StepResult {
  readonly loss: number;
  readonly outputs: Record<string, Float32Array>;
}

export interface TrainingStep {
  readonly compiled: boolean;
  /** Why the step is not compiled; absent where it is. */
  readonly why?: string;
  /** The arithmetic in use; null is float32 throughout. */
  readonly mixed: MixedPrecision | null;
  /**
   * One update. Feeds by input name, row-major float32.
   * @throws where a feed is missing or has another length than its shape.
   */
  run(feeds: Record<string, Float32Array>, learningRate: number): Promise<StepResult>;
  state(): Promise<StepState>;
  /** Continues from `state`; parameters without moments there start with zeros. */
  load(state: StepState): void;
  /** Copies the weights of the step into the variables that it was made from (they are not kept up to date). */
  sync(): Promise<void>;
  dispose(): void;
}

export interface InferenceSpec {
  readonly inputs: readonly InputSpec[];
  readonly variables: readonly Parameter[];
  readonly forward: (inputs: Record<string, tfjs.Tensor>) => Record<string, tfjs.Tensor>;
  readonly mixedPrecision?: boolean;
}

export interface Inference {
  readonly compiled: boolean;
  readonly why?: string;
  readonly mixed: MixedPrecision | null;
  run(feeds: Record<string, Float32Array>): Promise<Record<string, Float32Array>>;
  /** Takes other weights, by parameter name; those not named keep theirs. */
  load(weights: Record<string, Float32Array>): void;
  dispose(): void;
}

export interface RuntimeMemory {
  /** Tensors alive in the tensor library. */
  readonly tensors: number;
  /** Resident memory of this process now, and the most it ever was. */
  readonly residentBytes: number;
  readonly peakBytes: number;
}

/** Layers whose gradients the tensor library lacks or computes slowly; numerically the same on every backend. */
export interface NetworkOps {
  relu<T extends tfjs.Tensor>(x: T): T;
  /** Adds `bias` ([C]) to the last axis of `x`. */
  biasAdd<T extends tfjs.Tensor>(x: T, bias: tfjs.Tensor1D): T;
  /** Normalises over batch and space, then scales by `gamma` and shifts by `beta` ([C] each). Always by the batch's own figures. */
  batchNorm<T extends tfjs.Tensor>(x: T, gamma: tfjs.Tensor1D, beta: tfjs.Tensor1D): T;
  /** Normalises each sample and channel over space. */
  instanceNorm<T extends tfjs.Tensor>(x: T, gamma: tfjs.Tensor1D, beta: tfjs.Tensor1D): T;
  /** Normalises each sample over space and `C / groups` channels (Wu & He 2018). */
  groupNorm<T extends tfjs.Tensor>(x: T, gamma: tfjs.Tensor1D, beta: tfjs.Tensor1D, groups: number): T;
}

export interface Runtime {
  readonly tf: Tensorflow;
  readonly device: Device;
  readonly ops: NetworkOps;
  compileTrainingStep(spec: TrainingStepSpec): Promise<TrainingStep>;
  compileInference(spec: InferenceSpec): Promise<Inference>;
  memory(): RuntimeMemory;
  dispose(): void;
}

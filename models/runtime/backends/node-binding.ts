import type { Tensor, TensorInfo } from '@tensorflow/tfjs';
import type { Tensorflow } from '../types';

/** A tensor as the native addon describes it. */
export interface TensorMetadata {
  readonly id: number;
  readonly shape: number[];
  readonly dtype: number;
}

/** An attribute of an operation as the addon takes it. */
export interface OperationAttribute {
  readonly name: string;
  readonly type: number;
  readonly value: boolean | number | object | string | number[];
}

export type TensorValues = Float32Array | Int32Array | Uint8Array;

/** The addon of tfjs-node: the functions and constants that the engine uses. */
export interface Binding {
  createTensor(shape: number[], dtype: number, values: TensorValues | Uint8Array[]): number;
  deleteTensor(id: number): void;
  tensorDataSync(id: number): TensorValues;
  executeOp(
    name: string,
    attributes: OperationAttribute[],
    inputs: number[],
    outputs: number,
  ): TensorMetadata[];
  loadSavedModel(folder: string, tags: string): number;
  deleteSavedModel(id: number): void;
  runSavedModel(id: number, inputs: number[], inputNames: string, outputNames: string): TensorMetadata[];
  isUsingGpuDevice(): boolean;
  readonly TF_ATTR_STRING: number;
  readonly TF_ATTR_INT: number;
  readonly TF_ATTR_FLOAT: number;
  readonly TF_ATTR_BOOL: number;
  readonly TF_ATTR_TYPE: number;
  readonly TF_ATTR_SHAPE: number;
  readonly TF_Version: string;
}

/** The backend of tfjs-node, with the two members that its own types keep private. */
export interface NodeBackend {
  binding: Binding;
  getInputTensorIds(tensors: readonly TensorInfo[]): number[];
  executeSingleOutput(name: string, attributes: OperationAttribute[], inputs: TensorInfo[]): Tensor;
  executeMultipleOutputs(
    name: string,
    attributes: OperationAttribute[],
    inputs: TensorInfo[],
    outputs: number,
  ): Tensor[];
}

export const nodeBackend = (tf: Tensorflow): NodeBackend => tf.backend() as unknown as NodeBackend;

/** The binding with some functions replaced (its own properties are read-only). */
export const override = (binding: Binding, changes: Partial<Binding>): Binding => {
  const descriptors = Object.getOwnPropertyDescriptors(changes);
  return Object.create(binding, descriptors) as Binding;
};

/**
 * A copy that TensorFlow will copy once more instead of sharing.
 * The addon releases shared JavaScript memory on TensorFlow's own threads, which now and then kills the process;
 * an array that does not start at a multiple of its alignment is never shared.
 */
export const unshared = <T extends TensorValues>(values: T): T => {
  const buffer = new ArrayBuffer(values.byteLength + 4);
  new Uint8Array(buffer, 4).set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  const Values = values.constructor as new (buffer: ArrayBuffer, offset: number, length: number) => T;
  return new Values(buffer, 4, values.length);
};

/** Makes every tensor that the library itself creates an unshared one. */
export const withoutSharedMemory = (binding: Binding): Binding =>
  override(binding, {
    createTensor: (shape, dtype, values) =>
      binding.createTensor(shape, dtype, Array.isArray(values) ? values : unshared(values)),
  });

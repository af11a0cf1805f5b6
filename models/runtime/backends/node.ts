import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import util from 'node:util';
import { withoutPool } from '../pool';
import type { Tensorflow } from '../types';
import { nodeBackend, withoutSharedMemory, type NodeBackend } from './node-binding';

let loaded: Promise<Tensorflow> | undefined;

/** Folder of the addon's package, beside whose libraries CUDA's are unpacked; undefined where it is not installed. */
export const addonFolder = (): string | undefined => {
  try {
    return dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-node-gpu/package.json'));
  } catch {
    return undefined;
  }
};

/** Node 23 removed two functions that tfjs-node 4.22 calls. */
const restoreRemovedFunctions = (): void => {
  const target = util as unknown as Record<string, unknown>;
  target.isNullOrUndefined ??= (value: unknown) => value === null || value === undefined;
  target.isArray ??= Array.isArray;
};

const load = async (): Promise<Tensorflow> => {
  // Without these the runtime prints the processor's instruction sets to standard error.
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '3';
  withoutPool();
  restoreRemovedFunctions();
  const module = (await import('@tensorflow/tfjs-node-gpu')) as unknown as Tensorflow & {
    default?: Tensorflow;
  };
  const tf = module.default ?? module;
  await tf.setBackend('tensorflow');
  const backend: NodeBackend = nodeBackend(tf);
  backend.binding = withoutSharedMemory(backend.binding);
  return tf;
};

/**
 * The library over libtensorflow (on the processor or CUDA); loaded once a process.
 * Never call it in Electron's main process, which dies while loading it.
 * @throws where the native addon was not built or does not load.
 */
export const loadNodeBackend = (): Promise<Tensorflow> => {
  loaded ??= load().catch((error: unknown) => {
    loaded = undefined;
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`The tensor runtime does not load: ${reason.split('\n')[0]}`, { cause: error });
  });
  return loaded;
};

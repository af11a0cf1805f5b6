import { availableParallelism } from 'node:os';
import { addonFolder, loadNodeBackend } from './backends/node';
import { nodeBackend } from './backends/node-binding';
import { findWebGpuCard, loadWebGpuBackend } from './backends/webgpu';
import { firstChoice } from './choose';
import { detectCuda } from './cuda';
import { describeCpu, describeCuda } from './device';
import { CompiledInference } from './graph/inference';
import { CannotCompile, RuntimeRefuses } from './graph/record';
import { checkTrainable } from './graph/trace';
import { CompiledTrainingStep } from './graph/training-step';
import { registerConv3dTransposeGradient } from './ops/conv3d-transpose-gradient';
import { nativeOps } from './ops/native-ops';
import { plainOps } from './ops/plain-ops';
import { PlainInference, PlainTrainingStep } from './plain/steps';
import { checkInputs, checkParameters } from './spec';
import type {
  Device,
  Inference,
  MixedPrecision,
  NetworkOps,
  Runtime,
  RuntimeOptions,
  Tensorflow,
  TrainingStep,
} from './types';

/**
 * Tries to compile, in half width where asked, else in float32; what cannot be compiled runs op by op and says why.
 */
const orPlain = <T>(
  compile: (mixed: MixedPrecision | null) => T,
  mixed: MixedPrecision | null,
  plain: (why: string) => T,
): T => {
  try {
    return compile(mixed);
  } catch (error) {
    if (mixed && error instanceof RuntimeRefuses) return orPlain(compile, null, plain);
    if (error instanceof CannotCompile) return plain(error.message);
    throw error;
  }
};

const makeRuntime = (
  tf: Tensorflow,
  device: Device,
  ops: NetworkOps,
  graphs: boolean,
  mixedByDefault: boolean,
  check?: () => void,
): Runtime => {
  const open = new Set<{ dispose(): void }>();
  const noGraph = 'This backend has no graphs, so steps run op by op.';
  const mixedFor = (asked: boolean | undefined): MixedPrecision | null =>
    (asked ?? mixedByDefault) ? device.mixed : null;
  const owned = <T extends { dispose(): void }>(resource: T): T => {
    const dispose = resource.dispose.bind(resource);
    open.add(resource);
    resource.dispose = () => {
      if (open.delete(resource)) dispose();
    };
    return resource;
  };
  return {
    tf,
    device,
    ops,
    compileTrainingStep: async (spec) => {
      checkInputs(spec.inputs);
      checkParameters(spec.variables);
      checkTrainable(spec.variables);
      if (spec.variables.length === 0) throw new Error('A training step needs at least one variable.');
      return owned(
        graphs
          ? orPlain<TrainingStep>(
              (mixed) => CompiledTrainingStep.compile(tf, spec, mixed),
              mixedFor(spec.mixedPrecision),
              (why) => new PlainTrainingStep(tf, spec, why),
            )
          : new PlainTrainingStep(tf, spec, noGraph, check),
      );
    },
    compileInference: async (spec) => {
      checkInputs(spec.inputs);
      checkParameters(spec.variables);
      return owned(
        graphs
          ? orPlain<Inference>(
              (mixed) => CompiledInference.compile(tf, spec, mixed),
              mixedFor(spec.mixedPrecision),
              (why) => new PlainInference(tf, spec, why),
            )
          : new PlainInference(tf, spec, noGraph, check),
      );
    },
    memory: () => ({
      tensors: tf.memory().numTensors,
      residentBytes: process.memoryUsage.rss(),
      peakBytes: process.resourceUsage().maxRSS * 1024,
    }),
    dispose: () => {
      for (const resource of [...open]) resource.dispose();
    },
  };
};

const openNode = async (): Promise<{ tf: Tensorflow; device: Device; check?: () => void }> => {
  const tf = await loadNodeBackend();
  return { tf, device: nodeBackend(tf).binding.isUsingGpuDevice() ? describeCuda() : describeCpu() };
};

/**
 * Opens a tensor backend: what was preferred, else what suits this machine (`firstChoice`); where that does not load,
 * the other one. What was preferred and could not be had is told in `device.sentence`.
 * @throws where none runs, with what is missing.
 */
export const openRuntime = async (options: RuntimeOptions = {}): Promise<Runtime> => {
  const { prefer, mixedPrecision = true } = options;
  const cores = availableParallelism();
  const failures: string[] = [];
  const cuda = detectCuda(addonFolder());
  const first = await firstChoice(prefer, cuda, findWebGpuCard);
  for (const open of first === 'webgpu' ? [loadWebGpuBackend, openNode] : [openNode, loadWebGpuBackend]) {
    try {
      const { tf, device, check } = await open(cores);
      if (prefer === 'cuda' && device.kind === 'cpu') failures.push(cuda.sentence);
      const told = { ...device, sentence: [...failures, device.sentence].join(' ') };
      const graphs = device.kind !== 'webgpu';
      registerConv3dTransposeGradient(tf);
      return makeRuntime(tf, told, graphs ? nativeOps(tf) : plainOps(tf), graphs, mixedPrecision, check);
    } catch (error) {
      failures.push(error instanceof Error ? error.message : String(error));
    }
  }
  throw new Error(`No tensor runtime works here. ${failures.join(' ')} Run the set-up (npm start) again.`);
};

import type { Device, Tensorflow } from '../types';

/** What of the WebGPU interface this module touches. */
interface Adapter {
  readonly info: {
    readonly vendor: string;
    readonly architecture: string;
    readonly device: string;
    readonly description: string;
    readonly isFallbackAdapter?: boolean;
  };
  readonly limits: { readonly maxBufferSize: number };
}
interface Gpu {
  requestAdapter(options?: { powerPreference: 'high-performance' }): Promise<Adapter | null>;
}
interface Dawn {
  create(options: string[]): Gpu;
  readonly globals: object;
}

export interface WebGpuBackend {
  readonly tf: Tensorflow;
  readonly device: Device;
  /**
   * The card reports what it refuses apart from the results, which are then wrong.
   * @throws where that has happened since the last call.
   */
  check(): void;
}

let loaded: Promise<WebGpuBackend> | undefined;

/** The library asks for a browser's `navigator.gpu`; Dawn provides it, the rest of a browser must not seem to exist. */
const provideGpu = ({ create, globals }: Dawn): Gpu => {
  const gpu = create([]);
  Object.assign(globalThis, globals);
  Object.defineProperty(globalThis, 'navigator', {
    value: { gpu, userAgent: 'node' },
    configurable: true,
    writable: true,
  });
  return gpu;
};

const nameOf = ({ info }: Adapter): string =>
  info.description || info.device || [info.vendor, info.architecture].join(' ').trim() || 'Graphics card';

/** Whether the processor plays the card: right, but far slower than libtensorflow on the same processor. */
const isSoftware = (adapter: Adapter): boolean =>
  adapter.info.isFallbackAdapter === true ||
  /swiftshader|llvmpipe|basic render/i.test(
    [nameOf(adapter), adapter.info.architecture, adapter.info.device].join(' '),
  );

/** A card that WebGPU reaches. */
export interface WebGpuCard {
  readonly name: string;
  readonly software: boolean;
}

/** Looks for a card without starting the backend; null where WebGPU finds none or does not load. */
export const findWebGpuCard = async (): Promise<WebGpuCard | null> => {
  try {
    const { create } = (await import('webgpu')) as unknown as Dawn;
    const adapter = await create([]).requestAdapter({ powerPreference: 'high-performance' });
    return adapter && { name: nameOf(adapter), software: isSoftware(adapter) };
  } catch {
    return null;
  }
};

const describe = (adapter: Adapter, cores: number): Device => {
  const { limits } = adapter;
  const name = nameOf(adapter);
  const software = isSoftware(adapter);
  const largest = `${(limits.maxBufferSize / 2 ** 30).toFixed(1)} GB`;
  return {
    kind: 'webgpu',
    name,
    cores,
    // WebGPU does not tell a card's memory; one buffer of this size is what it promises.
    memoryBytes: limits.maxBufferSize,
    mixed: null,
    sentence: software
      ? `Computes through WebGPU in software (${name}): right, but very slow; meant for tests.`
      : `Computes on the graphics card through WebGPU (${name}, buffers up to ${largest}, float32).`,
  };
};

const load = async (cores: number): Promise<WebGpuBackend> => {
  const gpu = provideGpu((await import('webgpu')) as unknown as Dawn);
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter) throw new Error('no graphics driver with WebGPU (Vulkan, Metal or Direct3D 12) was found.');
  const module = (await import('@tensorflow/tfjs')) as unknown as Tensorflow & { default?: Tensorflow };
  const tf = module.default?.setBackend ? module.default : module;
  const scope = globalThis as { WorkerGlobalScope?: unknown };
  const before = scope.WorkerGlobalScope;
  // The backend registers itself only in what looks like a window or a worker.
  scope.WorkerGlobalScope ??= class {};
  try {
    await import('@tensorflow/tfjs-backend-webgpu');
  } finally {
    if (before === undefined) delete scope.WorkerGlobalScope;
  }
  if (!(await tf.setBackend('webgpu'))) throw new Error('the backend refused the graphics card.');
  await tf.ready();
  let fault: string | undefined;
  const { device } = tf.backend() as unknown as { device: EventTarget };
  device.addEventListener('uncapturederror', (event) => {
    fault ??= (event as Event & { error: { message: string } }).error.message;
    event.preventDefault();
  });
  const check = (): void => {
    const reason = fault?.split('\n')[0];
    fault = undefined;
    if (reason) throw new Error(`The graphics card refused an operation: ${reason}`);
  };
  return { tf, device: describe(adapter, cores), check };
};

/**
 * The library over Dawn, for cards without CUDA and systems without libtensorflow; loaded once a process.
 * @throws where no adapter is found.
 */
export const loadWebGpuBackend = (cores: number): Promise<WebGpuBackend> => {
  loaded ??= load(cores).catch((error: unknown) => {
    loaded = undefined;
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`WebGPU cannot be used: ${reason}`, { cause: error });
  });
  return loaded;
};

import type { WebGpuCard } from './backends/webgpu';
import type { CudaReport } from './cuda';
import type { DeviceKind } from './types';

/**
 * The backend to try first. A preference wins; else CUDA where the driver and its libraries are there, then any other
 * card through WebGPU, then the processor. A card that the processor only plays counts as none.
 * @param find looks for a card; asked only where it could be taken.
 */
export const firstChoice = async (
  prefer: DeviceKind | undefined,
  cuda: CudaReport,
  find: () => Promise<WebGpuCard | null>,
): Promise<DeviceKind> => {
  if (prefer) return prefer;
  if (cuda.driver !== null && cuda.cards.length > 0 && cuda.missing.length === 0) return 'cuda';
  const card = await find();
  return card && !card.software ? 'webgpu' : 'cpu';
};

/** The preference that a person set in `AMLP_BACKEND`; anything else than a backend's name is none. */
export const preferredBackend = (
  environment: Readonly<Record<string, string | undefined>>,
): DeviceKind | undefined => {
  const wanted = environment.AMLP_BACKEND;
  return wanted === 'cuda' || wanted === 'webgpu' || wanted === 'cpu' ? wanted : undefined;
};

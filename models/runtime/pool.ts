/**
 * On the processor libtensorflow takes its tensors from a pool that grows by pieces, each twice the one before.
 * Electron's allocator ends the process at once where it is asked for 2 GiB in one piece, instead of refusing it, and the
 * pool comes to that once a network needs more than it has. In Electron each tensor is therefore asked of the allocator
 * by itself, which takes less memory too.
 */
export const withoutPool = (electron: string | undefined = process.versions.electron): void => {
  if (electron !== undefined) process.env.TF_ONEDNN_USE_SYSTEM_ALLOCATOR ??= '1';
};

/** Largest tensor that this process survives, in bytes: in Electron what its allocator gives in one piece. */
export const largestTensorBytes = (electron: string | undefined = process.versions.electron): number =>
  electron === undefined ? Number.POSITIVE_INFINITY : 2 ** 31 - 2 ** 22;

/** Whether the library said that memory is short (`RESOURCE_EXHAUSTED`). */
export const isOutOfMemory = (error: unknown): boolean =>
  error instanceof Error && /TF_Status: 8\b|OOM when allocating/.test(error.message);

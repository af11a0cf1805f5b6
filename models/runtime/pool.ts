/**
 * The pool that libtensorflow takes its tensors from, on the processor. It grows by pieces, each twice the one before.
 * Electron's allocator ends the process at once where it is asked for a piece of 2 GiB, instead of refusing it; so there
 * the pool ends before it would ask: at 3.2e9 bytes, a piece of 2 GiB can only follow when less than that is left (it
 * follows one of 1 GiB), and the library then says that memory is short, which is an error like another.
 */
const electronPoolBytes = 3_200_000_000;

/** Most bytes that the tensors of this process may take on the processor, beside what the machine has; null: any. */
export const poolLimit = (electron: string | undefined = process.versions.electron): number | null =>
  electron === undefined ? null : electronPoolBytes;

/** Has the library keep to `poolLimit`; before it is loaded. */
export const limitPool = (): void => {
  const limit = poolLimit();
  if (limit !== null) process.env.TF_MKL_ALLOC_MAX_BYTES ??= String(limit);
};

/** Whether the library said that memory is short (`RESOURCE_EXHAUSTED`). */
export const isOutOfMemory = (error: unknown): boolean =>
  error instanceof Error && /TF_Status: 8\b|OOM when allocating/.test(error.message);

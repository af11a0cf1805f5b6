import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';
import type { Device } from './types';

/** Instruction sets of the processor as Linux names them; empty where the system does not tell. */
const processorFlags = (): ReadonlySet<string> => {
  try {
    const line = /^flags\s*:\s*(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'));
    return new Set(line?.[1]?.split(/\s+/) ?? []);
  } catch {
    return new Set();
  }
};

/**
 * Whether half-width convolutions pay here: without these instructions they are emulated, and slower than float32.
 * @param flags as in /proc/cpuinfo.
 */
export const hasBfloat16 = (flags: ReadonlySet<string>): boolean =>
  flags.has('avx512_bf16') || flags.has('amx_bf16');

const gibibytes = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(0)} GB`;

export const describeCpu = (): Device => {
  const name = cpus()[0]?.model.trim() || 'Processor';
  const cores = availableParallelism();
  const memoryBytes = Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY);
  const mixed = hasBfloat16(processorFlags()) ? 'bfloat16' : null;
  const arithmetic = mixed ? 'bfloat16 convolutions' : 'float32';
  return {
    kind: 'cpu',
    name,
    cores,
    memoryBytes,
    mixed,
    sentence: `Computes on the processor (${name}, ${cores} ${cores === 1 ? 'core' : 'cores'}, ${gibibytes(memoryBytes)} of memory, ${arithmetic}).`,
  };
};

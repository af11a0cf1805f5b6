import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { addonFolder } from './backends/node';
import { detectCuda } from './cuda';
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

/** Name, memory in MiB and compute capability of the first card, from NVIDIA's own tool; null without it. */
const queryCard = (): { name: string; memoryBytes: number; capability: number } | null => {
  try {
    const query = ['--query-gpu=name,memory.total,compute_cap', '--format=csv,noheader,nounits'];
    const line =
      execFileSync('nvidia-smi', query, { encoding: 'utf8', timeout: 10_000 }).split('\n')[0] ?? '';
    const [name = '', memory, capability] = line.split(',').map((part) => part.trim());
    return { name, memoryBytes: Number(memory) * 2 ** 20, capability: Number(capability) };
  } catch {
    return null;
  }
};

/** First capability with fast bfloat16 (Ampere); the cards before it have float16 alone, from Volta (7.0) on. */
const ampere = 8;
const volta = 7;

export const describeCuda = (): Device => {
  const card = queryCard();
  const name = card?.name ?? detectCuda(addonFolder()).cards[0] ?? 'NVIDIA card';
  const capability = card?.capability ?? 0;
  const mixed = capability >= ampere ? 'bfloat16' : capability >= volta ? 'float16' : null;
  const memoryBytes = card?.memoryBytes ?? totalmem();
  return {
    kind: 'cuda',
    name,
    cores: availableParallelism(),
    memoryBytes,
    mixed,
    sentence: `Computes on the graphics card through CUDA (${name}, ${gibibytes(memoryBytes)} of memory, ${mixed ?? 'float32'}).`,
  };
};

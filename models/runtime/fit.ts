import { readFileSync, writeFileSync } from 'node:fs';
import type { Runtime, TrainingStep } from './types';

/** A step ready to run, with something to feed it. */
export interface Trial {
  readonly step: TrainingStep;
  readonly feeds: Record<string, Float32Array>;
}

export interface StepFigures {
  /** Median of the steps measured, in seconds. */
  readonly secondsPerStep: number;
  /** Most resident memory of this process while the step was made and run. */
  readonly peakBytes: number;
}

export interface Fit {
  readonly width: number;
  readonly batch: number;
  readonly secondsPerStep: number;
  /** Expected peak of this process. */
  readonly peakBytes: number;
  /** What was chosen and why, for the user. */
  readonly sentence: string;
}

const warmUp = 2;
const fewest = 5;
/** Enough for a median that holds over a long run; slow steps are measured `fewest` times. */
const usualSeconds = 1;

/** Linux lets a process forget its peak; elsewhere the peak is that of the process's whole life. */
const forgetPeak = (): void => {
  try {
    writeFileSync('/proc/self/clear_refs', '5');
  } catch {
    // Not Linux, or forbidden: peaks can then only grow, which is why small trials come first.
  }
};

const peakBytes = (runtime: Runtime): number => {
  try {
    const kibibytes = /^VmHWM:\s*(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
    if (kibibytes) return Number(kibibytes) * 1024;
  } catch {
    // As above.
  }
  return runtime.memory().peakBytes;
};

/**
 * Makes a step, runs it some seconds and disposes it. Its weights change by a learning rate of zero: not at all.
 * @param measuringSeconds 0 where memory alone is asked: the first steps show its peak
 */
export const measureStep = async (
  runtime: Runtime,
  make: () => Promise<Trial>,
  measuringSeconds = usualSeconds,
): Promise<StepFigures> => {
  forgetPeak();
  const { step, feeds } = await make();
  try {
    for (let i = 0; i < warmUp; i++) await step.run(feeds, 0);
    const seconds: number[] = [];
    const start = performance.now();
    const least = measuringSeconds === 0 ? 1 : fewest;
    while (seconds.length < least || performance.now() - start < measuringSeconds * 1000) {
      const before = performance.now();
      await step.run(feeds, 0);
      seconds.push((performance.now() - before) / 1000);
    }
    seconds.sort((a, b) => a - b);
    return { secondsPerStep: seconds[seconds.length >> 1] ?? 0, peakBytes: peakBytes(runtime) };
  } finally {
    step.dispose();
  }
};

export interface FitOptions {
  /** Widths to try, best first. */
  readonly widths: readonly number[];
  /** Batch size wanted, and the smallest that still learns well. */
  readonly batch: { readonly wanted: number; readonly least: number };
  /** What this process may use at its peak, in bytes. */
  readonly budgetBytes: number;
  /** How long each trial is timed; 0: its memory alone is wanted. Default: a second. */
  readonly seconds?: number;
}

/** Share of the machine's memory that training may take: the rest is for the window, the archive and the system. */
const share = 0.6;

/** The budget where nothing else is said; of a card, where the step runs on one. */
export const defaultBudget = (runtime: Runtime): number => runtime.device.memoryBytes * share;

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;

/**
 * The best width, and the batch nearest to the one wanted, whose training step fits into the budget.
 * Each width is measured with the batches 1 and 2 alone: memory and time grow with the batch in a straight line, so the
 * rest follows without ever running out of memory.
 * @param make makes the step of a width and a batch; it is disposed here.
 * @throws where not even the smallest width fits.
 */
export const fitConfiguration = async (
  runtime: Runtime,
  make: (width: number, batch: number) => Promise<Trial>,
  { widths, batch, budgetBytes, seconds }: FitOptions,
): Promise<Fit> => {
  let smallest = Number.POSITIVE_INFINITY;
  let best: Fit | undefined;
  // Upwards: a process seldom gives back what a larger trial took, and the first that does not fit ends the search.
  for (const width of [...widths].reverse()) {
    const one = await measureStep(runtime, () => make(width, 1), seconds);
    const two = await measureStep(runtime, () => make(width, 2), seconds);
    // A small network's growth drowns in the allocator's slack: never assume less than nothing.
    const perSample = Math.max(0, two.peakBytes - one.peakBytes);
    const bytes = (size: number): number => one.peakBytes + perSample * (size - 1);
    const most = perSample === 0 ? batch.wanted : Math.floor((budgetBytes - bytes(0)) / perSample);
    const chosen = Math.min(batch.wanted, most);
    smallest = Math.min(smallest, bytes(batch.least));
    if (chosen < batch.least || bytes(chosen) > budgetBytes) break;
    const perSampleSeconds = Math.max(0, two.secondsPerStep - one.secondsPerStep);
    const secondsPerStep = one.secondsPerStep + perSampleSeconds * (chosen - 1);
    const asWanted = width === widths[0] && chosen === batch.wanted;
    const reason = asWanted ? 'as wanted' : 'the largest that fits this machine';
    best = {
      width,
      batch: chosen,
      secondsPerStep,
      peakBytes: bytes(chosen),
      sentence: `Width ${width} with ${chosen} slices a step, ${reason}: about ${gigabytes(bytes(chosen))} of ${gigabytes(budgetBytes)} and ${secondsPerStep.toPrecision(2)} s a step.`,
    };
  }
  if (best) return best;
  throw new Error(
    `Training does not fit: the smallest network needs about ${gigabytes(smallest)}, and ${gigabytes(budgetBytes)} may be used. Close other programs or choose smaller slices.`,
  );
};

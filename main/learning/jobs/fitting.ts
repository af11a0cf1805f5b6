import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { finetuneTrial, pretrainTrial } from '../../../models/train';
import { slicesOf } from '../../../models/train/network';
import { largestTensorBytes } from '../../../models/runtime/pool';
import { defaultBudget, fitConfiguration, type Trial } from '../../../models/runtime/fit';
import type { Runtime } from '../../../models/runtime';
import { writeAtomic } from '../store/atomic';
import { StudioError } from '../store/failure';
import { pretrainConfig, teachConfig } from './configs';
import type { JobContext } from './context';
import type { PretrainSpec, TeachSpec } from './spec';
import { coolDown } from './warm';

const fitsSchema = z.record(
  z.string(),
  z.object({ width: z.int().positive(), batch: z.int().positive(), sentence: z.string() }),
);
type Remembered = z.infer<typeof fitsSchema>;

/** Batches under this no longer tell a slice from its neighbours; rather a narrower network. */
const leastBatch = 4;

/** Bytes that a run may use: `AMLP_MEMORY_BUDGET` (a number of GB), else a share of the device's memory. */
const budgetOf = (runtime: Runtime): number => {
  const told = Number(process.env.AMLP_MEMORY_BUDGET);
  return told > 0 ? told * 1e9 : defaultBudget(runtime);
};

const read = (file: string): Remembered => {
  if (!existsSync(file)) return {};
  try {
    return fitsSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    // Another version wrote it; it is measured anew.
    return {};
  }
};

function remember(file: string, fits: Remembered): void {
  try {
    writeAtomic(file, [JSON.stringify(fits)]);
  } catch {
    // A full disk: it is measured again next time.
  }
}

/**
 * The run with a width and a batch that fit this machine, found by measuring its very step, the first time; the
 * answer is remembered. A model that the run goes on from decides the width.
 * @returns the run, changed where it had to be, and what was chosen and why where that is not what was wanted
 * @throws StudioError where not even the smallest configuration fits
 */
export async function fitting<S extends PretrainSpec | TeachSpec>(
  spec: S,
  context: JobContext,
): Promise<{ readonly spec: S; readonly remark: string | null }> {
  const runtime = await context.runtime();
  coolDown(runtime);
  const { recipe, batch } = spec;
  const budgetBytes = budgetOf(runtime);
  const file = spec.fits ?? join(spec.cache, 'fits.json');
  const key = JSON.stringify([
    ...[spec.kind, spec.preset, spec.variant, recipe.width, batch, recipe.slicing.size],
    ...[recipe.channels.length, spec.kind === 'teach' ? spec.segments.length : 0, spec.from !== null],
    ...[runtime.device.name, runtime.device.kind, Math.round(budgetBytes / 1e7)],
  ]);
  const known = read(file);
  let fit = Object.hasOwn(known, key) ? known[key] : null;
  if (fit === null) {
    context.report({ phase: 'Measuring what fits this machine', fraction: 0, secondsLeft: null });
    fit = await measured(spec, runtime, budgetBytes);
    remember(file, { ...read(file), [key]: fit });
  }
  if (fit.width === recipe.width && fit.batch === batch) return { spec, remark: null };
  return {
    spec: { ...spec, batch: fit.batch, recipe: { ...recipe, width: fit.width } },
    remark: fit.sentence,
  };
}

async function measured(
  spec: PretrainSpec | TeachSpec,
  runtime: Runtime,
  budgetBytes: number,
): Promise<Remembered[string]> {
  const { recipe } = spec;
  const batch = Math.min(spec.batch, mostSamples(spec));
  const channels = recipe.channels.length;
  const make = (width: number, samples: number): Promise<Trial> => {
    const as = { ...spec, batch: samples, recipe: { ...recipe, width } };
    return as.kind === 'pretrain'
      ? pretrainTrial(runtime, channels, pretrainConfig(as))
      : finetuneTrial(runtime, { channels, labels: as.segments.length }, teachConfig(as));
  };
  const widths = spec.from === null ? halvings(recipe.width) : [recipe.width];
  try {
    const {
      width,
      batch: fits,
      sentence,
    } = await fitConfiguration(runtime, make, {
      widths,
      batch: { wanted: batch, least: Math.min(batch, leastBatch) },
      budgetBytes,
      seconds: 0,
    });
    return { width, batch: fits, sentence };
  } catch (error) {
    throw new StudioError(
      error instanceof Error ? error.message : String(error),
      'Close other programs, or choose a smaller network width.',
    );
  }
}

/**
 * Samples of a step whose largest tensor the process survives: what the last level joins, twice the width of channels at
 * full size. At least one.
 * @param bytes of the largest tensor that the process survives
 */
export function mostSamples(spec: PretrainSpec | TeachSpec, bytes = largestTensorBytes()): number {
  const { slicing } = spec.recipe;
  const { network } = spec.kind === 'pretrain' ? pretrainConfig(spec) : teachConfig(spec);
  return Math.max(1, Math.floor(bytes / (4 * slicing.size ** 2 * slicesOf(network) * 2 * network.width)));
}

/** A width and its halves, down to 4. */
function halvings(width: number): number[] {
  const widths = [width];
  while (widths[widths.length - 1] >= 8) widths.push(widths[widths.length - 1] >> 1);
  return widths;
}

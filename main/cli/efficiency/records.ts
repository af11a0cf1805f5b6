import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { runKey } from './plan';

export const runRecordSchema = z.object({
  modality: z.string(),
  arm: z.string(),
  seed: z.int(),
  budget: z.string(),
  /** Slices that taught, and the patients that they are of. */
  slices: z.int(),
  taught: z.array(z.string()),
  /** One row a tested patient: 3D, on the scan's own grid; hd95 in mm, null where nothing was proposed. */
  patients: z.array(z.object({ case: z.string(), dsc: z.number(), hd95: z.number().nullable() })),
  steps: z.int(),
  /** Of teaching alone: processor seconds of all threads, and by the clock. */
  cpuSeconds: z.number(),
  seconds: z.number(),
  /** Of the pretraining that the arm began with, shared by all budgets; null where it had none. */
  pretrainCpuSeconds: z.number().nullable(),
});
export type RunRecord = z.infer<typeof runRecordSchema>;

/** Finished runs, one JSON object a line; a line that was cut off by an interruption is left out. */
export function readRecords(file: string): RunRecord[] {
  if (!existsSync(file)) return [];
  const found = new Map<string, RunRecord>();
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      continue;
    }
    const parsed = runRecordSchema.safeParse(value);
    if (parsed.success) found.set(runKey(parsed.data), parsed.data);
  }
  return [...found.values()];
}

/** Adds a finished run; begins a new line first where the last one was cut off. */
export function appendRecord(file: string, record: RunRecord): void {
  mkdirSync(dirname(file), { recursive: true });
  const cut = existsSync(file) && !/(^|\n)$/.test(readFileSync(file, 'utf8'));
  appendFileSync(file, `${cut ? '\n' : ''}${JSON.stringify(record)}\n`);
}

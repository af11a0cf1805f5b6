import type { Runtime } from '../../../models/runtime';
import type { JobContext } from '../../learning/jobs/context';
import type { DataFolder } from '../layouts';
import { efficiencyArm } from './arms';
import { ModalityData, type ModalitySettings } from './data';
import {
  developmentPatients,
  developmentSplit,
  labelBudget,
  planRuns,
  runKey,
  splitOf,
  type Part,
  type PlannedRun,
} from './plan';
import { appendRecord, readRecords, type RunRecord } from './records';
import { Runner, type EfficiencySettings, type Peer } from './run';

/** A whole comparison, as plain data: it is kept beside the results. */
export interface EfficiencyConfig {
  readonly modalities: readonly ModalitySettings[];
  /** Patients on whom settings were tried; never tested. */
  readonly development: number;
  /** `development`: every run teaches and tests patients of development alone; absent: the others are tested. */
  readonly on?: 'development';
  readonly settings: EfficiencySettings;
  /** Parts of the matrix by name, in the order in which they are made. */
  readonly parts: readonly {
    readonly arms: readonly string[];
    readonly seeds: readonly number[];
    readonly budgets: readonly string[];
  }[];
}

export const partsOf = ({ parts }: EfficiencyConfig): Part[] =>
  parts.map(({ arms, seeds, budgets }) => ({
    arms: arms.map(efficiencyArm),
    seeds,
    budgets: budgets.map(labelBudget),
  }));

const median = (values: readonly number[]): number | null =>
  values.length === 0 ? null : [...values].sort((a, b) => a - b)[values.length >> 1];

/**
 * What a peer may spend on a run: the processor seconds of teaching from scratch in the same modality, at the same
 * budget and seed; the median of all such runs where that one is missing.
 */
export function peerSeconds(
  { modality, seed, budget }: PlannedRun,
  records: readonly RunRecord[],
): number | null {
  const scratch = records.filter((one) => one.arm === 'scratch' && one.modality === modality);
  const same = scratch.find((one) => one.seed === seed && one.budget === budget.name);
  return same?.cpuSeconds ?? median(scratch.map((one) => one.cpuSeconds));
}

export interface CompareHooks {
  onRun?(record: RunRecord, done: number, total: number): void;
  onSkip?(run: PlannedRun, why: string): void;
}

/** Makes every run of a comparison that is not in `raw` yet, and adds each to it as soon as it is finished. */
export async function compareLabels(
  config: EfficiencyConfig,
  data: DataFolder,
  folder: string,
  places: { readonly raw: string; readonly work: string },
  runtime: Runtime,
  context: Pick<JobContext, 'will' | 'report'>,
  peer: Peer | null,
  hooks: CompareHooks = {},
): Promise<RunRecord[]> {
  const loaded = new Map<string, ModalityData>();
  for (const modality of config.modalities)
    loaded.set(modality.name, await ModalityData.load(data, folder, modality));
  const runner = new Runner(runtime, config.settings, places.work, context, peer);
  const plan = planRuns(
    partsOf(config),
    config.modalities.map(({ name }) => name),
  );
  const records = readRecords(places.raw);
  const finished = new Set(records.map(runKey));
  let done = 0;
  for (const run of plan) {
    done++;
    if (context.will() !== 'run') break;
    const of = loaded.get(run.modality);
    if (!of || finished.has(runKey({ ...run, arm: run.arm.name, budget: run.budget.name }))) continue;
    const split = (config.on === 'development' ? developmentSplit : splitOf)(
      of.ids,
      developmentPatients(of.ids, config.development),
      run.seed,
    );
    try {
      const record = await runner.run(run, of, split, peerSeconds(run, records));
      if (record === null) continue;
      records.push(record);
      appendRecord(places.raw, record);
      hooks.onRun?.(record, done, plan.length);
    } catch (error) {
      if (context.will() !== 'run') break;
      hooks.onSkip?.(run, error instanceof Error ? error.message : String(error));
    }
  }
  return records;
}

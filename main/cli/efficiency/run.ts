import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compilePredictor, plainWeights, type Predictor } from '../../../models/infer';
import { compareMasks } from '../../../models/metrics';
import type { Runtime } from '../../../models/runtime';
import {
  createNetwork,
  finetune,
  meanTeacher,
  pretrain,
  selfTrain,
  type FinetuneConfig,
  type LabelledSliceSource,
  type NamedWeights,
  type PretrainConfig,
} from '../../../models/train';
import { pretrainConfig, teachConfig } from '../../learning/jobs/configs';
import type { JobContext } from '../../learning/jobs/context';
import { segmentCase } from '../../learning/jobs/propose';
import type { Recipe } from '../../learning/jobs/spec';
import { storedOf, weightsOf } from '../../learning/jobs/weights';
import { sha256, writeAtomic } from '../../learning/store/atomic';
import { decodeSafetensors, encodeSafetensors } from '../../learning/store/safetensors';
import type { EfficiencyArm } from './arms';
import type { ModalityData } from './data';
import type { PlannedRun, Split } from './plan';
import type { RunRecord } from './records';

/** What every run of a comparison shares. */
export interface EfficiencySettings {
  readonly width: number;
  readonly pretraining: {
    readonly epochs: number;
    readonly batch: number;
    readonly slicesPerEpoch: number;
    readonly rate: number;
  };
  readonly teaching: {
    readonly epochs: number;
    readonly stepsPerEpoch: number;
    readonly batch: number;
    readonly rate: number;
  };
  /** Averages mirrored answers when testing, in every arm alike. */
  readonly mirror: boolean;
}

/** Another library that teaches on the same slices and answers like our network. */
export interface Peer {
  teach(
    slices: LabelledSliceSource,
    options: {
      readonly seed: number;
      readonly cpuSeconds: number;
      readonly width: number;
      readonly batch: number;
      readonly normalisation: 'batch' | 'instance';
    },
  ): Promise<{
    readonly predictor: Predictor;
    readonly steps: number;
    readonly cpuSeconds: number;
    readonly seconds: number;
  }>;
}

/** Slices in one call of the network when testing. */
const testBatch = 16;

const round = (v: number): number => Math.round(v * 1e4) / 1e4;

interface Taught {
  readonly predictor: Predictor;
  readonly steps: number;
  readonly cpuSeconds: number;
  readonly seconds: number;
  readonly pretrainCpuSeconds: number | null;
  dispose(): void;
}

/** Processor seconds of this process, all threads. */
const cpuSeconds = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

/** Makes the runs of a comparison; pretrained weights are kept below `work` and shared by all budgets. */
export class Runner {
  constructor(
    private readonly runtime: Runtime,
    private readonly settings: EfficiencySettings,
    private readonly work: string,
    private readonly context: Pick<JobContext, 'will' | 'report'>,
    private readonly peer: Peer | null,
  ) {}

  /**
   * One run: pretrains where the arm does and nobody has yet, teaches, and tests every patient of the split.
   * @param peerCpuSeconds what a peer may spend; null where teaching from scratch has not been measured
   * @returns null where it cannot be made here: no peer, or nothing to give it for time
   */
  async run(
    planned: PlannedRun,
    data: ModalityData,
    split: Split,
    peerCpuSeconds: number | null,
  ): Promise<RunRecord | null> {
    const { arm, budget, modality, seed } = planned;
    if (arm.kind === 'peer' && (this.peer === null || peerCpuSeconds === null)) return null;
    const ids = split.pool.slice(0, Math.min(budget.patients, split.pool.length));
    const slices = await data.labelled(ids, budget.slicesEach);
    const about = { modality, arm: arm.name, seed, budget: budget.name };
    if (arm.kind === 'threshold') {
      const above = (id: string): Uint8Array =>
        Uint8Array.from(data.patient(id).volume.voxels, (v) => (v > (arm.threshold ?? Infinity) ? 1 : 0));
      const patients = split.tested.map((id) => figures(data, id, above(id)));
      const none = { slices: 0, taught: [], steps: 0, cpuSeconds: 0, seconds: 0, pretrainCpuSeconds: null };
      return { ...about, ...none, patients };
    }
    const taught = await this.teach(planned, data, split, ids, slices, peerCpuSeconds);
    try {
      const patients = [];
      for (const id of split.tested) {
        const { cut } = data.patient(id);
        const options = { mirror: this.settings.mirror, uncertainty: false };
        const { masks } = await segmentCase(taught.predictor, cut, options, this.context);
        patients.push(figures(data, id, masks[0]));
      }
      return {
        ...about,
        slices: slices.count,
        taught: ids,
        patients,
        steps: taught.steps,
        cpuSeconds: round(taught.cpuSeconds),
        seconds: round(taught.seconds),
        pretrainCpuSeconds: taught.pretrainCpuSeconds,
      };
    } finally {
      taught.dispose();
    }
  }

  private async teach(
    { arm, budget, seed }: PlannedRun,
    data: ModalityData,
    split: Split,
    ids: readonly string[],
    slices: LabelledSliceSource,
    peerCpuSeconds: number | null,
  ): Promise<Taught> {
    const { width, teaching } = this.settings;
    if (arm.kind === 'peer' && this.peer && peerCpuSeconds !== null) {
      const options = {
        seed,
        cpuSeconds: peerCpuSeconds,
        width,
        batch: teaching.batch,
        normalisation: arm.normalisation ?? 'batch',
      };
      const answer = await this.peer.teach(slices, options);
      return { ...answer, pretrainCpuSeconds: null, dispose: () => answer.predictor.dispose() };
    }
    const pretrained = await this.pretrained(arm, data, split);
    const config = this.teachingOf(arm, data, seed);
    const start = pretrained ? { from: pretrained.weights } : {};
    let steps = 0;
    const hooks = { onStep: () => void steps++, shouldStop: () => this.context.will() !== 'run' };
    const [cpu, clock] = [cpuSeconds(), performance.now()];
    let weights: NamedWeights;
    if (arm.selfTraining) {
      // Slices that nobody contoured: of the taught patients where only some were, and of everybody else in the pool.
      const others = budget.slicesEach === undefined ? split.pool.slice(ids.length) : split.pool;
      const rest = data.unlabelled(arm.selfTrainingOptions?.tested ? [...others, ...split.tested] : others);
      ({ weights } =
        arm.selfTraining === 'mean-teacher'
          ? await finetune(this.runtime, slices, config, hooks, { ...start, companion: meanTeacher(rest) })
          : await selfTrain(this.runtime, slices, rest, config, hooks, start, arm.selfTrainingOptions));
    } else ({ weights } = await finetune(this.runtime, slices, config, hooks, start));
    if (this.context.will() !== 'run') throw new Error('Stopped in the middle of a run; it is made anew.');
    const spent = { cpuSeconds: cpuSeconds() - cpu, seconds: (performance.now() - clock) / 1000 };
    const network = createNetwork(this.runtime, config.network, slices.channels, slices.labels, 1);
    const predictor = await compilePredictor(this.runtime, network, {
      batch: testBatch,
      size: config.size,
      channels: slices.channels,
      labels: slices.labels,
    });
    predictor.load(plainWeights(weights));
    return {
      predictor,
      steps,
      ...spent,
      pretrainCpuSeconds: pretrained?.cpuSeconds ?? null,
      dispose: () => {
        predictor.dispose();
        network.dispose();
      },
    };
  }

  private recipe(data: ModalityData): Recipe {
    const { settings, slicing, reading, patch } = data;
    return {
      profileId: settings.name,
      channels: [...settings.channels],
      slicing,
      reading,
      patch,
      width: this.settings.width,
    };
  }

  teachingOf(arm: EfficiencyArm, data: ModalityData, seed: number): FinetuneConfig {
    const { rate, ...teaching } = this.settings.teaching;
    const config = teachConfig({
      preset: 'desktop',
      recipe: this.recipe(data),
      ...teaching,
      learningRate: rate,
      seed,
      variant: 'amlp',
      carryDecoder: false,
      heldBack: false,
    });
    return arm.teaching ? arm.teaching(config) : config;
  }

  pretrainingOf(arm: EfficiencyArm, data: ModalityData, seed: number): PretrainConfig | null {
    if (!arm.pretraining) return null;
    const { rate, ...rest } = this.settings.pretraining;
    const config = pretrainConfig({
      preset: 'desktop',
      recipe: this.recipe(data),
      ...rest,
      learningRate: rate,
      seed,
      variant: arm.pretraining.variant,
    });
    return arm.pretraining.change ? arm.pretraining.change(config) : config;
  }

  private async pretrained(
    arm: EfficiencyArm,
    data: ModalityData,
    split: Split,
  ): Promise<{ weights: NamedWeights; cpuSeconds: number } | null> {
    const from = split.pretraining ?? { patients: split.pool, seed: split.seed };
    const config = this.pretrainingOf(arm, data, from.seed);
    if (config === null) return null;
    const cases = arm.pretraining?.archive ? data.ids : [...from.patients].sort();
    const key = sha256(JSON.stringify([config, data.settings, data.slicing, cases])).slice(0, 24);
    const file = join(this.work, `${key}.safetensors`);
    const facts = join(this.work, `${key}.json`);
    if (existsSync(file) && existsSync(facts)) {
      const { tensors } = decodeSafetensors(readFileSync(file));
      const spent = JSON.parse(readFileSync(facts, 'utf8')) as { cpuSeconds: number };
      return { weights: weightsOf({ weights: tensors }), cpuSeconds: spent.cpuSeconds };
    }
    const cpu = cpuSeconds();
    const { weights, finished } = await pretrain(this.runtime, data.unlabelled(cases), config, {
      shouldStop: () => this.context.will() !== 'run',
      onStep: ({ done, total, epoch, epochs }) =>
        this.context.report({
          phase: `Pretraining ${arm.name} on ${data.settings.name}, epoch ${epoch} of ${epochs}`,
          fraction: done / total,
          secondsLeft: null,
        }),
    });
    if (!finished || weights === null)
      throw new Error('Stopped in the middle of pretraining; it is made anew.');
    const spent = { cpuSeconds: round(cpuSeconds() - cpu) };
    writeAtomic(file, encodeSafetensors(storedOf(weights)));
    writeAtomic(facts, [JSON.stringify(spent)]);
    return { weights, ...spent };
  }
}

/** Figures of one patient, in 3D at the scan's own spacing. */
function figures(data: ModalityData, id: string, mask: Uint8Array): RunRecord['patients'][number] {
  const { truth, volume } = data.patient(id);
  const { dsc, hd95 } = compareMasks(mask, truth, volume.geometry);
  return { case: id, dsc: round(dsc), hd95: hd95 === null ? null : Math.round(hd95 * 100) / 100 };
}

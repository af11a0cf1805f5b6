import { pretrain, finetune, type LabelledSliceSource, type TrainingHooks } from '../../../models/train';
import { Random } from '../../../models/random';
import { pretrainConfig, teachConfig } from './configs';
import { Stopped, type JobContext } from './context';
import { stopReason } from './training';
import type { JobResult, MeasureSpec } from './spec';

/** The first steps compile and warm up; the median of the others is what a step takes. */
const steps = 7;
const warmUp = 3;

/** Times training steps of the very configuration that a run would have. */
export async function runMeasure(spec: MeasureSpec, context: JobContext): Promise<JobResult> {
  const { slicing, channels } = spec.recipe;
  const source = madeUp(slicing.size, channels.length, steps * spec.batch);
  const common = { ...spec, epochs: 1, learningRate: 1e-4, seed: 1, variant: 'amlp' };
  const times: number[] = [];
  let last = performance.now();
  const hooks: TrainingHooks<unknown> = {
    shouldStop: () => context.will() !== 'run',
    onStep: () => {
      const now = performance.now();
      times.push((now - last) / 1000);
      last = now;
    },
  };
  const runtime = await context.runtime();
  const { finished } =
    spec.mode === 'pretrain'
      ? await pretrain(runtime, source, pretrainConfig(common), hooks)
      : await finetune(
          runtime,
          source,
          teachConfig({ ...common, carryDecoder: false, heldBack: false, stepsPerEpoch: steps }),
          hooks,
        );
  if (!finished) throw new Stopped(stopReason(context));
  const settled = times.slice(warmUp).sort((a, b) => a - b);
  const secondsPerStep = settled[settled.length >> 1];
  return { message: `${secondsPerStep.toFixed(3)} s a step.`, figures: [], secondsPerStep };
}

/** Slices of smooth noise with a round label: nothing to learn, but the same work. */
function madeUp(size: number, channels: number, count: number): LabelledSliceSource {
  return {
    count,
    size,
    channels,
    labels: 1,
    read: (index, into) => {
      const random = new Random(1, index);
      for (let i = 0; i < into.length; i++) into[i] = random.normal();
    },
    readLabel: (_index, into) => {
      for (let p = 0; p < into.length; p++) {
        const x = (p % size) - size / 2;
        const y = Math.floor(p / size) - size / 2;
        into[p] = x * x + y * y < (size / 6) ** 2 ? 1 : 0;
      }
    },
    caseOf: (index) => String(index % 4),
  };
}

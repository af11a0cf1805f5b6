import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { segmentSlices, type Predictor, type SegmentedSlice } from '../../../models/infer';
import { flipsBetween } from '../../imaging/mask/flips';
import { voxelMillilitres } from '../../imaging/space/geometry';
import type { Volume } from '../../imaging/volume';
import { cutCase, type CutCase } from '../preprocess/cut';
import { readModel, type Model } from '../registry/model-folder';
import { writeAtomic } from '../store/atomic';
import { pack, unpack } from '../store/packed';
import { ontoGrid } from '../volumes/grid';
import { breathing, Stopped, TimeLeft, type JobContext } from './context';
import { NativeCollector, type NativeAnswer } from './native';
import { stopReason } from './training';
import type { JobResult, ProposeSpec } from './spec';
import { warmPredictor } from './warm';

const proposedSchema = z.object({
  modelId: z.string(),
  modelName: z.string(),
  segments: z.array(
    z.object({ name: z.string(), flips: z.instanceof(Uint32Array), millilitres: z.number() }),
  ),
  sliceUncertainty: z.array(z.number()),
  uncertainty: z.instanceof(Uint8Array),
});
/** What a proposal job leaves in its result file. */
export type Proposed = z.infer<typeof proposedSchema>;

export const readProposed = (file: string): Proposed => proposedSchema.parse(unpack(readFileSync(file)));

/** Proposes contours for one case and writes them to the result file. */
export async function runPropose(spec: ProposeSpec, context: JobContext): Promise<JobResult> {
  const model = readModel(spec.modelFolder);
  const { segments, id, name } = model.description;
  const volumes: Volume[] = [];
  context.report({ phase: 'Reading the scan', fraction: 0, secondsLeft: null });
  for (const channel of spec.case.channels) {
    const volume = await context.openVolume(channel);
    volumes.push(volumes.length === 0 ? volume : ontoGrid(volume, volumes[0]));
  }
  const answer = await proposeFor(model, volumes, context, spec);
  const { geometry } = volumes[0];
  const empty = new Uint8Array(answer.masks[0].length);
  const proposed = segments.map((segment, s) => ({
    name: segment,
    flips: flipsBetween(empty, answer.masks[s]),
    millilitres: answer.masks[s].reduce((n, v) => n + v, 0) * voxelMillilitres(geometry),
  }));
  writeAtomic(
    spec.result,
    pack({
      modelId: id,
      modelName: name,
      segments: proposed,
      sliceUncertainty: answer.sliceUncertainty,
      uncertainty: answer.uncertainty,
    }),
  );
  const found = proposed.filter(({ millilitres }) => millilitres > 0);
  const message =
    found.length === 0
      ? 'The model found nothing to contour here.'
      : `Proposed ${found.map((s) => `${s.name}, ${s.millilitres.toFixed(1)} ml`).join('; ')}.`;
  return { message, figures: [message] };
}

/** Runs the network over every slice of a case and lays its answer onto the case's own grid. */
export async function proposeFor(
  model: Model,
  volumes: readonly Volume[],
  context: JobContext,
  options: { readonly mirror: boolean; readonly uncertainty: boolean },
): Promise<NativeAnswer> {
  const cut = await cutCase(volumes, model.description.recipe.slicing, breathing(context));
  const predictor = await warmPredictor(await context.runtime(), model);
  return segmentCase(predictor, cut, options, context);
}

/** Runs a network, ours or another one behind the same interface, over a cut case and back onto its own grid. */
export async function segmentCase(
  predictor: Predictor,
  cut: CutCase,
  options: { readonly mirror: boolean; readonly uncertainty: boolean },
  context: Pick<JobContext, 'will' | 'report'>,
): Promise<NativeAnswer> {
  const frame = framed(cut);
  const collector = new NativeCollector(cut.grid, predictor.labels, options.uncertainty);
  const time = new TimeLeft();
  const finished = await segmentSlices(
    predictor,
    frame.slices,
    (slice) => collector.take(frame.unframed(slice)),
    {
      mirror: options.mirror ? 'both' : 'none',
      onSlice: (done, total) =>
        context.report({
          phase: `Slice ${done} of ${total}`,
          fraction: done / total,
          secondsLeft: time.done(total - done),
        }),
      shouldStop: () => context.will() !== 'run',
    },
  );
  if (!finished) throw new Stopped(stopReason(context));
  return collector.answer;
}

/**
 * Planes smaller than what the network sees get the same frame of background as in training; the answer is cut out
 * of it again.
 */
function framed({ plane, size, channels, grid, readWindow }: CutCase): {
  readonly slices: Parameters<typeof segmentSlices>[1];
  unframed(slice: SegmentedSlice): SegmentedSlice;
} {
  const width = Math.max(size, plane.width);
  const height = Math.max(size, plane.height);
  const tile = { x: -Math.floor((width - plane.width) / 2), y: -Math.floor((height - plane.height) / 2) };
  const cutOut = (values: Float32Array, labels: number): Float32Array => {
    if (width === plane.width && height === plane.height) return values;
    const out = new Float32Array(plane.width * plane.height * labels);
    for (let y = 0; y < plane.height; y++) {
      const from = ((y - tile.y) * width - tile.x) * labels;
      out.set(values.subarray(from, from + plane.width * labels), y * plane.width * labels);
    }
    return out;
  };
  return {
    slices: {
      count: grid.slices.length,
      width,
      height,
      channels,
      read: (s, into) => readWindow(s, tile, width, height, into),
    },
    unframed: ({ index, probability, entropy }) => ({
      index,
      probability: cutOut(probability, probability.length / entropy.length),
      entropy: cutOut(entropy, 1),
    }),
  };
}

import { type NetworkConfig, slicesOf } from './network';
import type { LabelledSliceSource, SliceSource } from './slice-source';

/**
 * The samples of a 3D network: runs of neighbouring slices of one case, side by side in the last axis. In 2D the
 * source itself. Slices of a case must follow each other in the source; a run that leaves its case repeats the
 * outermost slice, whose copies have no label.
 *
 * For teaching in 3D the source must hold every slice of a volume, labelled -1 where nobody reviewed it; runs
 * without any known label are left out.
 */
export function samplesOf(source: LabelledSliceSource, network: NetworkConfig): LabelledSliceSource;
export function samplesOf(source: SliceSource, network: NetworkConfig): SliceSource;
export function samplesOf(
  source: SliceSource & Partial<LabelledSliceSource>,
  network: NetworkConfig,
): SliceSource & Partial<LabelledSliceSource> {
  const slices = slicesOf(network);
  if (slices === 1) return source;
  const { size, channels, labels, readLabel, weight } = source;
  const starts = readLabel ? runsWithLabels(source as LabelledSliceSource, slices) : runs(source, slices);
  const image = new Float32Array(size * size * channels);
  const label = new Float32Array(size * size * (labels ?? 0));
  return {
    count: starts.length,
    size,
    channels: slices * channels,
    labels: labels && slices * labels,
    caseOf: (index) => source.caseOf(starts[index].first),
    read: (index, into) => {
      for (let s = 0; s < slices; s++) {
        source.read(sliceAt(starts[index], s), image);
        spread(image, channels, into, slices, s);
      }
    },
    readLabel:
      readLabel &&
      ((index, into) => {
        for (let s = 0; s < slices; s++) {
          if (starts[index].start + s > starts[index].last) label.fill(-1);
          else readLabel.call(source, sliceAt(starts[index], s), label);
          spread(label, labels ?? 0, into, slices, s);
        }
      }),
    weight: weight && ((index) => weight.call(source, sliceAt(starts[index], slices >> 1))),
  };
}

/** A run begins at `start` inside the case that lies at `first` to `last` of the source. */
interface RunOfSlices {
  readonly start: number;
  readonly first: number;
  readonly last: number;
}

const sliceAt = ({ start, last }: RunOfSlices, s: number): number => Math.min(last, start + s);

/** Runs that overlap by half, the last one flush with the end of its case. */
function runs(source: SliceSource, slices: number): RunOfSlices[] {
  const found: RunOfSlices[] = [];
  for (let first = 0, last = 0; first < source.count; first = last + 1) {
    last = first;
    while (last + 1 < source.count && source.caseOf(last + 1) === source.caseOf(first)) last++;
    for (const start of runStarts(last - first + 1, slices))
      found.push({ start: first + start, first, last });
  }
  return found;
}

/** Where runs begin in a stack: every half run, and flush with its end. */
export function runStarts(count: number, slices: number): number[] {
  if (count <= slices) return [0];
  const step = Math.max(1, slices >> 1);
  const starts: number[] = [];
  for (let start = 0; start + slices < count; start += step) starts.push(start);
  return [...starts, count - slices];
}

function runsWithLabels(source: LabelledSliceSource, slices: number): RunOfSlices[] {
  const label = new Float32Array(source.size * source.size * source.labels);
  const known = Array.from({ length: source.count }, (_, s) => {
    source.readLabel(s, label);
    return label.some((v) => v >= 0);
  });
  return runs(source, slices).filter((run) => {
    for (let s = run.start; s < run.start + slices && s <= run.last; s++) if (known[s]) return true;
    return false;
  });
}

/** Writes one slice [pixels, values] to its place in [pixels, slices, values]. */
export function spread(
  from: Float32Array,
  values: number,
  into: Float32Array,
  slices: number,
  at: number,
): void {
  for (let p = 0, v = 0; v < from.length; p++)
    for (let c = 0; c < values; c++, v++) into[(p * slices + at) * values + c] = from[v];
}

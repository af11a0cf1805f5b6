/**
 * Axial slices that learning reads from, all of one size. Reading must be cheap (a copy out of a memory-mapped
 * cache): an epoch reads every slice once.
 */
export interface SliceSource {
  readonly count: number;
  /** Pixels along one side. */
  readonly size: number;
  readonly channels: number;
  /** Writes slice `index` as [size, size, channels], z-scored, channels fastest. */
  read(index: number, into: Float32Array): void;
  /** Which patient the slice is of; splits are made by this and never by slice. */
  caseOf(index: number): string;
}

/** Slices with contours. Slices that nobody reviewed are not in it. */
export interface LabelledSliceSource extends SliceSource {
  /** Label channels (sigmoid each, so labels may overlap or nest). */
  readonly labels: number;
  /** Writes the labels as [size, size, labels]: 1 inside, 0 outside, -1 where it is not known. */
  readLabel(index: number, into: Float32Array): void;
  /** How much the slice counts: 1 for a person's contour, less for a pseudo-label. Absent: 1 for all. */
  weight?(index: number): number;
}

/** Slices already in memory. */
export interface SlicesInMemory {
  readonly size: number;
  readonly channels: number;
  /** [count, size, size, channels] */
  readonly images: Float32Array;
  readonly cases: readonly string[];
}

export function sliceSource({ size, channels, images, cases }: SlicesInMemory): SliceSource {
  const length = size * size * channels;
  if (images.length !== cases.length * length)
    throw new RangeError(
      `${cases.length} slices of ${size}×${size}×${channels} need ${cases.length * length} values.`,
    );
  return {
    count: cases.length,
    size,
    channels,
    read: (index, into) => into.set(images.subarray(index * length, (index + 1) * length)),
    caseOf: (index) => cases[index],
  };
}

/** @param masks [count, size, size, labels] of 0, 1 and -1 */
export function labelledSliceSource(
  slices: SlicesInMemory & { readonly labels: number; readonly masks: Int8Array },
): LabelledSliceSource {
  const { size, labels, masks } = slices;
  const length = size * size * labels;
  return {
    ...sliceSource(slices),
    labels,
    readLabel: (index, into) => into.set(masks.subarray(index * length, (index + 1) * length)),
  };
}

/** Some slices of a source, in the order given. */
export function subset(source: LabelledSliceSource, indices: readonly number[]): LabelledSliceSource;
export function subset(source: SliceSource, indices: readonly number[]): SliceSource;
export function subset(
  source: SliceSource & Partial<LabelledSliceSource>,
  indices: readonly number[],
): SliceSource & Partial<LabelledSliceSource> {
  const { readLabel, weight } = source;
  return {
    count: indices.length,
    size: source.size,
    channels: source.channels,
    labels: source.labels,
    read: (index, into) => source.read(indices[index], into),
    caseOf: (index) => source.caseOf(indices[index]),
    readLabel: readLabel && ((index, into) => readLabel.call(source, indices[index], into)),
    weight: weight && ((index) => weight.call(source, indices[index])),
  };
}

/** The slices of several sources as one; all must agree in size, channels and labels. */
export function joined(sources: readonly LabelledSliceSource[]): LabelledSliceSource {
  const [first] = sources;
  if (
    sources.some((s) => s.size !== first.size || s.channels !== first.channels || s.labels !== first.labels)
  )
    throw new RangeError('Slices of different size, channels or labels cannot be learnt from together.');
  const find = (index: number): [LabelledSliceSource, number] => {
    for (const source of sources) {
      if (index < source.count) return [source, index];
      index -= source.count;
    }
    throw new RangeError('No such slice.');
  };
  return {
    count: sources.reduce((n, s) => n + s.count, 0),
    size: first.size,
    channels: first.channels,
    labels: first.labels,
    read: (index, into) => {
      const [source, i] = find(index);
      source.read(i, into);
    },
    readLabel: (index, into) => {
      const [source, i] = find(index);
      source.readLabel(i, into);
    },
    caseOf: (index) => {
      const [source, i] = find(index);
      return source.caseOf(i);
    },
    weight: (index) => {
      const [source, i] = find(index);
      return source.weight?.(i) ?? 1;
    },
  };
}

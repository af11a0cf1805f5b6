import type { LabelledSliceSource, SliceSource } from '../../../models/train/slice-source';
import { copyWindow } from '../preprocess/cut';
import { nativeSlice, type LearningGrid } from '../preprocess/grid';
import { PlaneSampler } from '../preprocess/resample';
import { StudioError } from '../store/failure';
import type { SliceFile } from './slice-file';

/** A case of the cache, with the patient it is of. */
export interface CachedCase {
  readonly patient: string;
  readonly file: SliceFile;
}

function assertAlike(cases: readonly CachedCase[]): void {
  const first = cases.at(0)?.file.header;
  if (!first) throw new StudioError('There is no scan to learn from.', 'Choose a folder with scans.');
  if (cases.some(({ file }) => file.header.size !== first.size || file.header.channels !== first.channels))
    throw new RangeError('Cases cut in different ways cannot be read together.');
}

/** Every slice of every case, read from the disk when asked for. */
export function cachedSlices(cases: readonly CachedCase[]): SliceSource & { close(): void } {
  assertAlike(cases);
  const { size, channels } = cases[0].file.header;
  const starts = [0];
  for (const { file } of cases) starts.push(starts[starts.length - 1] + file.header.count);
  const find = (index: number): number => {
    let low = 0;
    let high = cases.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (starts[middle] <= index) low = middle;
      else high = middle - 1;
    }
    return low;
  };
  const open: SliceFile[] = [];
  return {
    count: starts[cases.length],
    size,
    channels,
    read: (index, into) => {
      const c = find(index);
      const { file } = cases[c];
      if (!open.includes(file)) {
        open.push(file);
        // Systems allow some hundreds of open files; an archive has more.
        if (open.length > 200) open.shift()?.close();
      }
      file.read(index - starts[c], into);
    },
    caseOf: (index) => cases[find(index)].patient,
    close: () => {
      for (const { file } of cases) file.close();
    },
  };
}

/** The contours of one case: one mask a segment on the case's own grid, and the slices that a person judged whole. */
export interface CaseLabels {
  readonly masks: readonly Uint8Array[];
  readonly reviewed: ReadonlySet<number>;
}

/**
 * A mask on the plane of the learning grid: the same resampling as the image, cut at one half.
 * @param into width · height, 0 or 1
 */
export function maskPlane(
  sampler: PlaneSampler,
  mask: Uint8Array,
  s: number,
  scratch: Float32Array,
  into: Float32Array,
): void {
  sampler.sample(mask, s, scratch);
  for (let p = 0; p < into.length; p++) into[p] = scratch[p] >= 0.5 ? 1 : 0;
}

/** Whether a slice of the learning grid shows a slice that a person reviewed. */
export const isReviewed = (grid: LearningGrid, s: number, reviewed: ReadonlySet<number>): boolean =>
  reviewed.has(nativeSlice(grid, s));

/** Which slices a person judged, and what they were judged to show. */
export interface JudgedSlices {
  /** Places in the slices of all cases. */
  readonly kept: readonly number[];
  readonly labels: number;
  /** [kept, size, size, labels]; shared memory, so that threads can read it. */
  readonly masks: Int8Array;
}

/** The judged slices of a source, with their labels. */
export function judgedSlices(
  images: SliceSource & { close(): void },
  { kept, labels, masks }: JudgedSlices,
): LabelledSliceSource & { close(): void } {
  const length = images.size * images.size * labels;
  return {
    count: kept.length,
    size: images.size,
    channels: images.channels,
    labels,
    read: (index, into) => images.read(kept[index], into),
    caseOf: (index) => images.caseOf(kept[index]),
    readLabel: (index, into) => into.set(masks.subarray(index * length, (index + 1) * length)),
    close: images.close,
  };
}

/**
 * The reviewed slices with their labels. Labels are kept in memory as single bytes; images come from the disk.
 * @throws StudioError where no slice is reviewed
 */
export function labelledSlices(
  cases: readonly (CachedCase & { readonly labels: CaseLabels })[],
  interpolation: 'linear' | 'nearest',
): LabelledSliceSource & { readonly judged: JudgedSlices; close(): void } {
  const images = cachedSlices(cases);
  const { size } = images;
  const segments = cases[0].labels.masks.length;
  const kept: number[] = [];
  const labels: Int8Array[] = [];
  let start = 0;
  for (const { file, labels: of } of cases) {
    const { grid, places, count } = file.header;
    const sampler = new PlaneSampler(grid, interpolation);
    const scratch = new Float32Array(sampler.width * sampler.height);
    const plane = new Float32Array(scratch.length);
    const tile = new Float32Array(size * size * segments);
    for (let index = 0; index < count; index++) {
      const [s, x, y] = places[index];
      if (!isReviewed(grid, s, of.reviewed)) continue;
      for (const [segment, mask] of of.masks.entries()) {
        maskPlane(sampler, mask, s, scratch, plane);
        copyWindow(
          { pixels: plane, width: sampler.width, height: sampler.height },
          { x, y },
          { into: tile, width: size, height: size, stride: segments, offset: segment, outside: 0 },
        );
      }
      kept.push(start + index);
      labels.push(Int8Array.from(tile));
    }
    start += count;
  }
  if (kept.length === 0)
    throw new StudioError(
      'There is no contoured slice to learn from.',
      'Contour a tumour on a few slices, or mark slices without one as reviewed.',
    );
  const length = size * size * segments;
  const masks = new Int8Array(new SharedArrayBuffer(kept.length * length));
  labels.forEach((label, n) => masks.set(label, n * length));
  const judged = { kept, labels: segments, masks };
  return { ...judgedSlices(images, judged), judged };
}

import type { FrameHeader } from '../dicom/frames';
import { ImagingError } from '../error';
import { patientPoint, patientVector, type VolumeGeometry } from '../space/geometry';
import { cross, dot, unit } from '../space/vectors';

/** Where frames lie: a regular grid, and the slice of each frame on it. */
export interface FrameStack {
  readonly geometry: VolumeGeometry;
  readonly slices: readonly number[];
}

/** Farther than this from its place, mm, a frame does not lie on the grid. */
const OFF_GRID = 0.05;
/** More slices than this come from a wrong distance, not from a scan. */
const MOST_SLICES = 20_000;

/**
 * The smallest regular grid that holds all frames.
 * @param size columns and rows. @param sliceSpacing distance of the scan's slices, mm, where known.
 * @throws ImagingError where frames do not say where they lie, differ in direction, or fit no regular grid.
 */
export function stackOf(
  frames: readonly FrameHeader[],
  size: readonly [number, number],
  sliceSpacing?: number,
): FrameStack {
  const first = frames[0];
  if (first?.position == null || first.orientation === null || first.spacing === null)
    throw new ImagingError('no-geometry', 'The segmentation does not say where its frames lie.');
  const u = unit(patientVector(...first.orientation[0]));
  const normal = unit(cross(u, patientVector(...first.orientation[1])));
  const levels = frames.map((frame) => {
    if (frame.position === null) throw new ImagingError('no-geometry', 'A frame does not say where it lies.');
    if (frame.orientation !== null && !sameDirections(frame.orientation, first.orientation))
      throw new ImagingError('unsupported', 'Frames of the segmentation lie in different directions.');
    return dot(patientVector(...frame.position), normal);
  });
  const lowest = Math.min(...levels);
  const offsets = levels.map((level) => level - lowest);
  const stated = first.spacingBetween;
  // Slices farther apart than the scan's are another grid; on the scan's they would lie strewn, empty slices between them.
  const coarser = stated !== null && sliceSpacing !== undefined && stated > 1.1 * sliceSpacing;
  const spacing = [coarser ? stated : null, sliceSpacing, stated, smallestGap(offsets), first.thickness].find(
    (s): s is number => s != null && s > 0 && onGrid(offsets, s),
  );
  if (spacing === undefined)
    throw new ImagingError('irregular', 'The frames of the segmentation are not at regular distances.');
  const slices = offsets.map((offset) => Math.round(offset / spacing));
  const count = Math.max(...slices) + 1;
  if (count > MOST_SLICES)
    throw new ImagingError('over-limit', 'The frames of the segmentation lie too far from each other.');
  const origin = frames[levels.indexOf(lowest)].position ?? first.position;
  return {
    geometry: {
      size: [size[0], size[1], count],
      spacing: [first.spacing[0], first.spacing[1], spacing],
      origin: patientPoint(...origin),
      axes: [u, cross(normal, u), normal],
    },
    slices,
  };
}

const onGrid = (offsets: readonly number[], spacing: number): boolean =>
  offsets.every((offset) => Math.abs(offset - Math.round(offset / spacing) * spacing) <= OFF_GRID);

function smallestGap(offsets: readonly number[]): number | null {
  const sorted = [...offsets].sort((a, b) => a - b);
  const gaps = sorted.slice(1).map((offset, n) => offset - sorted[n]);
  const real = gaps.filter((gap) => gap > OFF_GRID);
  return real.length === 0 ? null : Math.min(...real);
}

type Directions = NonNullable<FrameHeader['orientation']>;

const sameDirections = (a: Directions, b: Directions | null): boolean =>
  b !== null && a.every((axis, n) => axis.every((x, m) => Math.abs(x - b[n][m]) < 1e-4));

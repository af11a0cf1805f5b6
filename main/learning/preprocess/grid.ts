import type { VolumeGeometry } from '../../imaging/space/geometry';

/** How a profile's scans become slices for the network. */
export interface Slicing {
  /** Pixel size in the slice, mm. */
  readonly mm: number;
  /** Distance of slices: the scan's own, or resampled to this many mm (the paper: 1). */
  readonly through: 'native' | number;
  /** Pixels along one side of what the network sees; a multiple of 16 (four halvings, patches of 16). */
  readonly size: number;
  /** The paper resamples images by nearest neighbour, which aliases; linear is the field's default. */
  readonly interpolation: 'linear' | 'nearest';
  /** CT alone: HU are clipped to this range before all else, so that air and metal do not decide the contrast. */
  readonly window?: [low: number, high: number];
}

/** The paper: 1 mm³, nearest neighbour, 144² for CT and PET, 160² for MR. */
export const paperSlicing = (modality: string): Slicing => ({
  mm: 1,
  through: 1,
  size: modality === 'MR' ? 160 : 144,
  interpolation: 'nearest',
});

/** One axis of the learning grid: position p lies at `start + step · p` on axis `source` of the scan. */
export interface GridAxis {
  readonly source: 0 | 1 | 2;
  readonly length: number;
  readonly start: number;
  /** Negative where the scan's axis runs the other way. */
  readonly step: number;
}

/** A square window of a resampled slice; negative where it reaches over the border. */
export interface Tile {
  readonly x: number;
  readonly y: number;
}

/**
 * The grid that a scan is learnt on: its slices, in-plane turned so that every scan looks the same way round
 * (axial: left of the patient to the right, front up), resampled along each axis. Each axis maps linearly onto
 * one axis of the scan, so that the way back is exact.
 */
export interface LearningGrid {
  readonly native: VolumeGeometry;
  readonly columns: GridAxis;
  readonly rows: GridAxis;
  readonly slices: GridAxis;
}

/** Directions in which columns and rows run, by the patient axis that the slices are stacked along. */
const wanted = [
  { columns: [0, 1, 0], rows: [0, 0, -1] }, // sagittal: back to the right, head up
  { columns: [1, 0, 0], rows: [0, 0, -1] }, // coronal
  { columns: [1, 0, 0], rows: [0, 1, 0] }, // axial
] as const;

const dot = (a: readonly number[], b: readonly number[]): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];

function axis(native: VolumeGeometry, source: 0 | 1 | 2, mm: number | 'native', flip: boolean): GridAxis {
  const n = native.size[source];
  const spacing = native.spacing[source];
  const length = mm === 'native' ? n : Math.max(1, Math.round((n * spacing) / mm));
  const step = mm === 'native' ? 1 : mm / spacing;
  // Both grids share their centre, so that the borders agree to half a pixel.
  const start = (0.5 - length / 2) * step + n / 2 - 0.5;
  return flip ? { source, length, start: n - 1 - start, step: -step } : { source, length, start, step };
}

/** The learning grid of a scan. Slices are the scan's own k slices, which is how people contour and review. */
export function learningGrid(native: VolumeGeometry, slicing: Slicing): LearningGrid {
  const normal = native.axes[2].map(Math.abs);
  const { columns, rows } = wanted[normal.indexOf(Math.max(...normal))];
  const [u, v] = native.axes;
  const swapped = Math.abs(dot(u, columns)) < Math.abs(dot(v, columns));
  const [across, down] = swapped ? ([1, 0] as const) : ([0, 1] as const);
  return {
    native,
    columns: axis(native, across, slicing.mm, dot(native.axes[across], columns) < 0),
    rows: axis(native, down, slicing.mm, dot(native.axes[down], rows) < 0),
    slices: axis(native, 2, slicing.through, false),
  };
}

/** Where windows of `size` start along an axis so that they cover [from, to) with a quarter of overlap. */
export function windows(length: number, size: number, from = 0, to = length): number[] {
  if (length <= size) return [-Math.floor((size - length) / 2)];
  const extent = to - from;
  const inside = (start: number): number => Math.min(Math.max(0, Math.round(start)), length - size);
  if (extent <= size) return [inside((from + to - size) / 2)];
  const overlap = size / 4;
  const n = Math.ceil((extent - overlap) / (size - overlap));
  return Array.from({ length: n }, (_, i) => inside(from + (i * (extent - size)) / (n - 1)));
}

/** The part of a resampled slice, in pixels, that shows the body. */
export interface BodyBox {
  readonly x: readonly [from: number, to: number];
  readonly y: readonly [from: number, to: number];
}

/** The windows that the network sees of each slice: one where the body fits, else several that overlap. */
export function tilesOf(grid: LearningGrid, size: number, body?: BodyBox): Tile[] {
  const xs = windows(grid.columns.length, size, body?.x[0], body?.x[1]);
  const ys = windows(grid.rows.length, size, body?.y[0], body?.y[1]);
  return ys.flatMap((y) => xs.map((x) => ({ x, y })));
}

/** The scan's slice (whole k) that position `s` of the slice axis lies nearest to. */
export const nativeSlice = (grid: LearningGrid, s: number): number =>
  Math.min(grid.native.size[2] - 1, Math.max(0, Math.round(grid.slices.start + grid.slices.step * s)));

import type { VoxelArray } from '../../volume';
import type { VolumeGeometry } from '../../space/geometry';
import { squaredDistanceTo } from '../distance';
import { labelRegions } from '../regions';
import { intensityModel, type IntensityModel } from './intensity';
import { fuseField } from './fuse';
import { cutWindow, windowAround, type SliceWindow } from './window';

/** What a contour is carried on from. */
export interface SpreadInput {
  readonly voxels: VoxelArray;
  readonly geometry: VolumeGeometry;
  /** The structure as a person drew it, 0 or 1 on the grid. Read only. */
  readonly mask: Uint8Array;
  /** The slice (k) that the contour is carried on from. */
  readonly slice: number;
  /** Slices to either side at most. */
  readonly reach: number;
  /** Slices (k) that must not be offered anything, because a person's work is there: spreading ends before them. */
  readonly closed: ReadonlySet<number>;
  /** What a model says of each voxel, 0 to 1; null where there is none. */
  readonly probability: Float32Array | null;
}

/** Why spreading ended on a side. */
export type SpreadEnd = 'reach' | 'scan' | 'closed' | 'evidence';

/** A contour carried on. */
export interface SpreadResult {
  /** The slices offered, ascending, each with its shape, size[0] × size[1]. */
  readonly slices: readonly { readonly slice: number; readonly plane: Uint8Array }[];
  /** Why it ended towards lower and higher k. */
  readonly ends: readonly [SpreadEnd, SpreadEnd];
  /** Whether a model had a say. */
  readonly withModel: boolean;
}

/** How wide a border the surroundings are, mm, and how far from the contour they begin. */
const ring = { from: 2, to: 15 } as const;
/** What is looked at round the contour of the slice before, mm. */
const margin = 18;
/** Weights of the evidence; that of the image counts by how well values tell inside from outside. */
const weights = { image: 0.6, model: 0.8 } as const;
/** mm of the carried contour that stand for one logit: by the length of the step, and no less than this. */
const softness = { least: 1.2, perStep: 0.45 } as const;
/** How far a border may well move from slice to slice, mm: by the length of the step, and at most. */
const movement = { fixed: 0.5, perStep: 1.2, most: 8 } as const;
/** Spreading ends where less than this share of the first contour's area is left. */
const leastArea = 0.12;

/**
 * Carries the contour of one slice on to its neighbours, slice by slice. The distance from the contour follows what the
 * two slices look like ({@link fuseField}); to it come, as logits, how far the values are those of the structure rather
 * than of its surroundings, and what a model says. Ends at the scan's end, before a person's slice, and where the inside
 * looks more like the surroundings than like the structure. Figures: docs/benchmarks/spread.md.
 * @throws RangeError if the slice is empty or not in the grid.
 */
export function spreadFrom(input: SpreadInput): SpreadResult {
  const { geometry, mask, slice } = input;
  const [nx, ny, nz] = geometry.size;
  if (slice < 0 || slice >= nz) throw new RangeError(`There is no slice ${slice}.`);
  const start = mask.slice(slice * nx * ny, (slice + 1) * nx * ny);
  if (!start.includes(1)) throw new RangeError(`Nothing is drawn on slice ${slice + 1}.`);
  const look = appearance(input, start);
  const down = carry(input, start, look, -1);
  const up = carry(input, start, look, 1);
  return {
    slices: [...down.slices.reverse(), ...up.slices],
    ends: [down.end, up.end],
    withModel: input.probability !== null,
  };
}

/** What the structure looks like on the slice it was drawn on. */
interface Appearance {
  readonly model: IntensityModel;
  /** Differences of neighbouring values within the structure, as a standard deviation. */
  readonly noise: number;
  readonly area: number;
}

function appearance({ voxels, geometry, slice }: SpreadInput, plane: Uint8Array): Appearance {
  const [nx, ny] = geometry.size;
  const window = windowAround(plane, nx, ny, marginOf(geometry, ring.to + 2));
  if (!window) throw new RangeError(`Nothing is drawn on slice ${slice + 1}.`);
  const shape = Uint8Array.from(cutWindow(plane, 0, nx, window));
  const values = cutWindow(voxels, slice * nx * ny, nx, window);
  const away = squaredDistanceTo(shape, 1, [window.width, window.height, 1], geometry.spacing);
  const inside: number[] = [];
  const outside: number[] = [];
  const steps: number[] = [];
  for (let p = 0; p < shape.length; p++) {
    if (shape[p] === 1) {
      inside.push(values[p]);
      if (p % window.width > 0 && shape[p - 1] === 1) steps.push(Math.abs(values[p] - values[p - 1]));
    } else if (away[p] >= ring.from ** 2 && away[p] <= ring.to ** 2) outside.push(values[p]);
  }
  if (outside.length === 0) outside.push(values[0]);
  const model = intensityModel(inside, outside);
  steps.sort((a, b) => a - b);
  // The median of absolute differences, as a standard deviation: fat or air in the contour does not spoil it.
  const noise = steps.length > 0 ? steps[Math.floor(steps.length / 2)] / 0.6745 : 0;
  const span = Math.max(...inside) - Math.min(...inside);
  return { model, noise: Math.max(noise, span * 0.01, 1e-6), area: inside.length };
}

const marginOf = (g: VolumeGeometry, mm: number): readonly [number, number] => [
  Math.ceil(mm / g.spacing[0]),
  Math.ceil(mm / g.spacing[1]),
];

function carry(
  input: SpreadInput,
  start: Uint8Array,
  look: Appearance,
  step: 1 | -1,
): { readonly slices: { readonly slice: number; readonly plane: Uint8Array }[]; readonly end: SpreadEnd } {
  const slices: { readonly slice: number; readonly plane: Uint8Array }[] = [];
  let plane = start;
  for (let n = 1; n <= input.reach; n++) {
    const k = input.slice + n * step;
    if (k < 0 || k >= input.geometry.size[2]) return { slices, end: 'scan' };
    if (input.closed.has(k)) return { slices, end: 'closed' };
    const next = nextShape(input, plane, k - step, k, look);
    if (!next) return { slices, end: 'evidence' };
    slices.push({ slice: k, plane: next });
    plane = next;
  }
  return { slices, end: 'reach' };
}

/** The shape on slice k, given that of the slice before; null where the evidence ends. */
function nextShape(
  input: SpreadInput,
  before: Uint8Array,
  from: number,
  k: number,
  look: Appearance,
): Uint8Array | null {
  const { voxels, geometry, probability } = input;
  const [nx, ny] = geometry.size;
  const window = windowAround(before, nx, ny, marginOf(geometry, margin));
  if (!window) return null;
  const { width, height } = window;
  const shape = Uint8Array.from(cutWindow(before, 0, nx, window));
  const values = cutWindow(voxels, k * nx * ny, nx, window);
  const step = geometry.spacing[2];
  const distance = fuseField(
    signedDistance(shape, width, height, geometry),
    cutWindow(voxels, from * nx * ny, nx, window),
    values,
    width,
    height,
    {
      spacing: [geometry.spacing[0], geometry.spacing[1]],
      movedMm: Math.min(movement.most, movement.fixed + movement.perStep * step),
      noise: look.noise,
    },
  );
  const mmPerLogit = Math.max(softness.least, softness.perStep * step);
  const model = probability === null ? null : cutWindow(probability, k * nx * ny, nx, window);
  const imageWeight = weights.image * (1 - look.model.overlap);
  const likely = shape.map((_, p) => {
    let sum = Math.min(4, Math.max(-6, distance[p] / mmPerLogit));
    sum += imageWeight * look.model.evidence(values[p]);
    if (model) sum += weights.model * logit(model[p]);
    return sum > 0 ? 1 : 0;
  });
  const found = joined(likely, shape, width, height);
  let [area, said] = [0, 0];
  for (let p = 0; p < found.length; p++)
    if (found[p] === 1) {
      area++;
      said += look.model.evidence(values[p]) + (model ? weights.model * logit(model[p]) : 0);
    }
  if (area === 0 || area < leastArea * look.area || said < 0) return null;
  return placed(found, window, nx, ny);
}

const logit = (p: number): number => {
  const q = Math.min(0.98, Math.max(0.02, p));
  return Math.log(q / (1 - q));
};

/** mm to the border, positive inside. */
function signedDistance(
  shape: Uint8Array,
  width: number,
  height: number,
  { spacing }: VolumeGeometry,
): Float32Array {
  const size = [width, height, 1] as const;
  const outside = squaredDistanceTo(shape, 1, size, spacing);
  const inside = squaredDistanceTo(shape, 0, size, spacing);
  const half = Math.min(spacing[0], spacing[1]) / 2;
  return Float32Array.from(outside, (d, p) =>
    shape[p] === 1 ? Math.sqrt(inside[p]) - half : half - Math.sqrt(d),
  );
}

/** The parts that touch the shape of the slice before; without holes where that had none. */
function joined(found: Uint8Array, before: Uint8Array, width: number, height: number): Uint8Array {
  const size = [width, height, 1] as const;
  const parts = labelRegions(found, size, 1, 'faces');
  const touching = new Set<number>();
  for (let p = 0; p < found.length; p++) if (found[p] === 1 && before[p] === 1) touching.add(parts.labels[p]);
  const kept = found.map((x, p) => (x === 1 && touching.has(parts.labels[p]) ? 1 : 0));
  if (labelRegions(before, size, 0, 'corners').touchesEdge.includes(false)) return kept;
  const holes = labelRegions(kept, size, 0, 'corners');
  return kept.map((x, p) => (x === 1 || !holes.touchesEdge[holes.labels[p] - 1] ? 1 : 0));
}

function placed(
  shape: Uint8Array,
  { i0, j0, width, height }: SliceWindow,
  nx: number,
  ny: number,
): Uint8Array {
  const plane = new Uint8Array(nx * ny);
  for (let j = 0; j < height; j++) plane.set(shape.subarray(j * width, (j + 1) * width), (j0 + j) * nx + i0);
  return plane;
}

import { assertMask, boundingBox, type Box, cutMask, type Grid, type Mask, voxelsInside } from './grid';
import { boundaryIou, dice, overlap, precision, sensitivity } from './overlap';
import { addedPathLength, averageSurfaceDistance, hausdorff95, surfaceDice, surfacePair } from './surface';

/** How well a prediction agrees with the truth, one volume. Distances in mm, volumes in millilitres. */
export interface Agreement {
  /** 0 to 1; 1 where both are empty. */
  readonly dsc: number;
  /** 0 to 1; null where the truth is empty. */
  readonly sensitivity: number | null;
  /** 0 to 1; null where the prediction is empty. */
  readonly precision: number | null;
  readonly boundaryIou: number;
  /** 0 where both are empty; null where one is: no distance describes a missing lesion. */
  readonly hd95: number | null;
  readonly averageSurfaceDistance: number | null;
  /** 0 to 1; 1 where both are empty, 0 where one is. */
  readonly surfaceDsc: number;
  readonly addedPathLength: number;
  readonly predictedMillilitres: number;
  readonly trueMillilitres: number;
}

export interface CompareOptions {
  /** How far apart two contours may lie and still count as one, mm. */
  readonly tolerance: number;
  /** Width of the boundary for boundary IoU, mm. */
  readonly boundaryWidth: number;
}

/** 2 mm: what two experts differ by; on coarse grids at least one voxel. */
export function defaultCompareOptions(grid: Grid): CompareOptions {
  const width = Math.max(2, grid.spacing[0], grid.spacing[1]);
  return { tolerance: width, boundaryWidth: width };
}

/** All figures of one prediction against the truth on the same grid. @throws RangeError if a mask does not fit. */
export function compareMasks(
  prediction: Mask,
  truth: Mask,
  grid: Grid,
  options: CompareOptions = defaultCompareOptions(grid),
): Agreement {
  assertMask(prediction, grid);
  assertMask(truth, grid);
  const box = boundingBox(grid, prediction, truth);
  const [p, t] = [prediction, truth].map((mask) => cutMask(mask, grid, box ? spatial(box, grid) : NOTHING));
  return compareCut(p.mask, t.mask, p.grid, options);
}

/** One voxel: empty masks are compared there. */
const NOTHING: Box = [
  [0, 0, 0],
  [0, 0, 0],
];

/** A box through several slices wherever the grid has several, so that a cut volume is not taken for a slice. */
function spatial([low, high]: Box, grid: Grid): Box {
  if (high[2] > low[2] || grid.size[2] === 1) return [low, high];
  return low[2] > 0 ? [[low[0], low[1], low[2] - 1], high] : [low, [high[0], high[1], high[2] + 1]];
}

function compareCut(prediction: Mask, truth: Mask, grid: Grid, options: CompareOptions): Agreement {
  const shared = overlap(prediction, truth);
  const pair = surfacePair(prediction, truth, grid);
  const bothEmpty = shared.both + shared.predictionOnly + shared.truthOnly === 0;
  const millilitres = (grid.spacing[0] * grid.spacing[1] * grid.spacing[2]) / 1000;
  return {
    dsc: dice(shared),
    sensitivity: sensitivity(shared),
    precision: precision(shared),
    boundaryIou: boundaryIou(prediction, truth, grid, options.boundaryWidth),
    hd95: pair ? hausdorff95(pair) : bothEmpty ? 0 : null,
    averageSurfaceDistance: pair ? averageSurfaceDistance(pair) : bothEmpty ? 0 : null,
    surfaceDsc: pair ? surfaceDice(pair, options.tolerance) : bothEmpty ? 1 : 0,
    addedPathLength: addedPathLength(prediction, truth, grid, options.tolerance),
    predictedMillilitres: voxelsInside(prediction) * millilitres,
    trueMillilitres: voxelsInside(truth) * millilitres,
  };
}

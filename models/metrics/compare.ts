import { type Grid, type Mask, voxelsInside } from './grid';
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

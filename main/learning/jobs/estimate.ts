import type { VolumeGeometry } from '../../imaging/space/geometry';
import { learningGrid, tilesOf, type Slicing } from '../preprocess/grid';
import { pretrainConfig } from './configs';
import type { PretrainSpec } from './spec';

/** What a run will need, as far as it can be told without measuring. */
export interface Sketch {
  readonly slices: number;
  readonly diskBytes: number;
  readonly steps: number;
}

/** Slices that scans of these grids make, on average over the grids, for `cases` scans. */
export function slicesOf(geometries: readonly VolumeGeometry[], slicing: Slicing, cases: number): number {
  if (geometries.length === 0) return 0;
  const each = geometries.map((geometry) => {
    const grid = learningGrid(geometry, slicing);
    return grid.slices.length * tilesOf(grid, slicing.size).length;
  });
  return Math.round((each.reduce((a, b) => a + b, 0) / each.length) * cases);
}

export const sliceBytes = (slices: number, size: number, channels: number): number =>
  slices * size * size * channels * 2;

export function sketchPretraining(spec: PretrainSpec, geometries: readonly VolumeGeometry[]): Sketch {
  const { slicing, channels } = spec.recipe;
  const slices = slicesOf(geometries, slicing, spec.cases.length);
  const perEpoch = Math.min(slices, pretrainConfig(spec).slicesPerEpoch ?? slices);
  return {
    slices,
    diskBytes: sliceBytes(slices, slicing.size, channels.length),
    steps: Math.ceil(perEpoch / spec.batch) * spec.epochs,
  };
}

import type { Random } from '../random';
import { bodyPatches, patchesOf, patchLength, patchStatistics, type PatchGrid } from './patches';
import { twoMeans } from './two-means';

/**
 * A reading of masked patch selection (paper, III-A). The paper's own words contradict each other, and measured on
 * real tumours no single reading serves every modality, so each part is a choice that a profile carries.
 */
export interface Reading {
  /** What k-means sees of a patch: its pixels, or its mean, spread and extremes. */
  readonly clusterOn: 'raw' | 'statistics';
  /** Which patches take part: all, or those that show the body and not air or padding. */
  readonly patches: 'all' | 'body';
  /** Which cluster is the foreground, label 1: the one with fewer or with more patches. */
  readonly foreground: 'small' | 'large';
  /**
   * What makes a patch more likely foreground: `as-printed` the distance to the foreground centre, farther first;
   * `nearest-foreground` the same, nearer first; `margin` how much nearer it is to the foreground centre than to
   * the other.
   */
  readonly order: 'as-printed' | 'nearest-foreground' | 'margin';
}

/** The paper's words as they stand. */
export const AS_PRINTED: Reading = {
  clusterOn: 'raw',
  patches: 'all',
  foreground: 'small',
  order: 'as-printed',
};

/** Every combination; `chooseReading` measures them all. */
export const ALL_READINGS: readonly Reading[] = (['raw', 'statistics'] as const).flatMap((clusterOn) =>
  (['all', 'body'] as const).flatMap((patches) =>
    (['small', 'large'] as const).flatMap((foreground) =>
      (['as-printed', 'nearest-foreground', 'margin'] as const).map((order) => ({
        clusterOn,
        patches,
        foreground,
        order,
      })),
    ),
  ),
);

/** What a person reads. */
export function describeReading(r: Reading): string {
  const which = r.patches === 'body' ? 'body patches only' : 'all patches';
  const on = r.clusterOn === 'statistics' ? 'clustered on their statistics' : 'clustered on their pixels';
  const order = {
    'as-printed': 'farthest first',
    'nearest-foreground': 'nearest first',
    margin: 'clearest first',
  }[r.order];
  return `${which}, ${on}, ${r.foreground === 'small' ? 'smaller' : 'larger'} cluster, ${order}`;
}

/** What is known of the patches of one slice before any training. */
export interface PatchSelection {
  /** 1 foreground, 0 background; a patch that takes no part is background. [N] */
  readonly label: Uint8Array;
  /** Larger is more likely foreground. [N] */
  readonly score: Float32Array;
  /** 1 where the patch takes part in selection. [N] */
  readonly takesPart: Uint8Array;
}

/** Two clusters with the distance of each patch to each: what a clustering method must answer. */
export interface Clusters {
  readonly cluster: Uint8Array;
  /** Squared distance to either centre, [N, 2]. */
  readonly distance: Float32Array;
  readonly sizes: readonly [number, number];
}

/** Puts points [count, length] into two clusters. k-means, unless Table VIII asks for another. */
export type ClusterMethod = (
  points: Float32Array,
  count: number,
  random: Random,
  among: Uint8Array,
) => Clusters;

/**
 * Classifies and scores the patches of one slice.
 * @param slice [size, size, channels], z-scored
 */
export function selectPatches(
  slice: Float32Array,
  grid: PatchGrid,
  channels: number,
  reading: Reading,
  random: Random,
  method: ClusterMethod = twoMeans,
): PatchSelection {
  const patches = new Float32Array(grid.count * patchLength(grid, channels));
  patchesOf(slice, grid, channels, patches);
  const takesPart =
    reading.patches === 'body'
      ? bodyPatches(slice, patches, grid, channels)
      : new Uint8Array(grid.count).fill(1);
  const points = reading.clusterOn === 'raw' ? patches : patchStatistics(patches, grid.count, channels);
  return readClusters(method(points, grid.count, random, takesPart), takesPart, reading);
}

/** Turns clusters into labels and scores, as the reading has it. */
export function readClusters(
  clusters: Clusters,
  takesPart: Uint8Array,
  reading: Pick<Reading, 'foreground' | 'order'>,
): PatchSelection {
  const count = takesPart.length;
  const smaller = clusters.sizes[0] < clusters.sizes[1] ? 0 : 1;
  const foreground = reading.foreground === 'small' ? smaller : 1 - smaller;
  const label = new Uint8Array(count);
  const score = new Float32Array(count);
  for (let p = 0; p < count; p++) {
    if (!takesPart[p]) continue;
    label[p] = clusters.cluster[p] === foreground ? 1 : 0;
    const near = Math.sqrt(clusters.distance[2 * p + foreground]);
    const far = Math.sqrt(clusters.distance[2 * p + 1 - foreground]);
    score[p] = reading.order === 'as-printed' ? near : reading.order === 'margin' ? far - near : -near;
  }
  return { label, score, takesPart };
}

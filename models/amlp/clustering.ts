import type { ClusterMethod } from './reading';
import { twoMeans } from './two-means';

/** The clusterings that Table VIII compares; k-means is the method's own. */
export type ClusteringName = 'k-means';

export const clusterMethod = (_name: ClusteringName): ClusterMethod => twoMeans;

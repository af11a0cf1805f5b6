import { resampleVolume } from '../../imaging';
import { sameGrid } from '../../imaging/space/geometry';
import type { Volume } from '../../imaging/volume';

/** A channel on the grid of the first one, which contours are drawn on. Both must share one patient space. */
export const ontoGrid = (volume: Volume, first: Volume): Volume =>
  sameGrid(volume.geometry, first.geometry) ? volume : resampleVolume(volume, first.geometry, 'linear');

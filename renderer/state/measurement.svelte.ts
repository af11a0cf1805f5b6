import { diametersOf } from '../measure/diameters';
import { peakOf, statisticsOf } from '../measure/statistics';
import type { Measurement } from '../measure/table';
import { annotation } from './annotation.svelte';
import { volume } from './volume.svelte';

/** Measures one segment as it is now; null where it is empty or gone. */
export function measure(segmentId: string): Measurement | null {
  const row = annotation.segments.find((s) => s.info.id === segmentId);
  const loaded = volume.current;
  if (!row || !loaded || row.voxels === 0) return null;
  const mask = annotation.masks.of(segmentId);
  const { geometry, unit } = loaded.info;
  return {
    name: row.info.name,
    voxels: row.voxels,
    millilitres: row.millilitres,
    diameters: diametersOf(mask, geometry),
    statistics: statisticsOf(loaded.voxels, mask),
    peak: unit === 'SUVbw' ? peakOf(loaded.voxels, mask, geometry) : null,
  };
}

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { groupIntoVolumes, readDicomHeader, type DicomHeader, type VolumePlan } from '../../main/imaging';
import { sourceSeriesOfPlan, type SourceSeries } from '../../main/imaging/dicom/source-series';
import type { VolumeGeometry } from '../../main/imaging/space/geometry';
import { dataPath } from '../data';

/** A real series: the grid of its one volume, and what exporters need of its files. */
export interface RealSeries {
  readonly folder: string;
  readonly plan: VolumePlan;
  readonly geometry: VolumeGeometry;
  readonly headers: readonly DicomHeader[];
  readonly source: SourceSeries;
}

/** The only volume of a folder of the test archive. */
export function realSeries(...parts: string[]): RealSeries {
  const folder = dataPath('archive', ...parts);
  const headers = readdirSync(folder)
    .filter((name) => name.endsWith('.dcm'))
    .map((name) => ({ path: join(folder, name), ...readDicomHeader(readFileSync(join(folder, name))) }))
    .filter((header) => header.image !== null);
  const { volumes } = groupIntoVolumes(headers);
  const plan = volumes.at(0);
  if (volumes.length !== 1 || plan?.geometry == null) throw new Error(`${folder} is not one volume.`);
  return { folder, plan, geometry: plan.geometry, headers, source: sourceSeriesOfPlan(plan) };
}
